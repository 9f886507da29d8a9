"""What a result says of how sure it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from losscli.stats.confidence import confidence
from losscli.stats.interval import estimate
from losscli.stats.moments import spread, sums_of
from losscli.stats.proportion import wilson


def of(a, level=0.95, method="guarded"):
    found = spread([sums_of(np.asarray(a, float))])
    return confidence(found, estimate(found), level, method, "samples")


@given(units=st.integers(1, 1000), share=st.floats(0, 1), level=st.floats(0.5, 0.999))
def test_the_interval_of_a_share_is_statsmodels(units, share, level):
    count = round(share * units)
    theirs = proportion_confint(count, units, 1 - level, "wilson")
    assert wilson(count / units, units, level) == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_zeros_and_ones_have_the_interval_of_a_share_unless_plain_t_is_wanted():
    one = of([0] * 19 + [1])
    assert (one.method, one.low, one.high, one.df) == ("wilson", *wilson(0.05, 20), None)
    assert of([0] * 19 + [1], method="t").method == "t"
    assert of([0] * 19 + [2]).method == "guarded-t"


def test_where_there_is_none_it_says_why_and_nothing_else():
    one = of([3.0, 3.0])
    assert (one.low, one.high, one.se, one.df, one.skew_k, one.largest_share) == (None,) * 6
    assert (one.units, one.why_not) == (2, "no spread")

"""Several p-values, adjusted as statsmodels adjusts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from losscli.stats.multiple import METHODS, adjusted

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@pytest.mark.parametrize(("method", "theirs"), [("holm", "holm"), ("bh", "fdr_bh")])
@given(p_values=P_VALUES)
def test_adjusted_p_values_are_statsmodels(method, theirs, p_values):
    assert adjusted(p_values, method) == pytest.approx(multipletests(p_values, method=theirs)[1], rel=1e-12)


def test_a_test_without_a_p_value_counts_for_none():
    assert adjusted([0.02, None, 0.03], "holm") == [0.04, None, 0.04]
    assert adjusted([None], "bh") == [None]
    assert adjusted([0.02, None, 0.03], "none") == [0.02, None, 0.03]
    assert [adjusted([], method) for method in METHODS] == [[], [], []]


def test_an_unknown_correction_is_refused():
    with pytest.raises(ValueError, match="none of holm"):
        adjusted([0.5], "bonferroni")

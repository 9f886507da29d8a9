"""Intervals of quantiles, beside SciPy's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from losscli.stats.order import interval, interval_of_units, ranks


@given(units=st.integers(1, 400), share=st.sampled_from([0.1, 0.5, 0.9]), level=st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_the_ranks_are_the_innermost_that_leave_no_more_in_each_tail(units, share, level):
    below, tail = stats.binom(units, share), (1 - level) / 2
    found = ranks(units, share, level)
    low = max((k for k in range(units) if below.cdf(k) <= tail * (1 + 1e-9)), default=-1)
    high = min((k for k in range(units) if below.sf(k) <= tail * (1 + 1e-9)), default=units)
    assert found == ((low, high) if 0 <= low <= high < units else None)


@pytest.mark.parametrize("units", [6, 30, 221, 5000])
def test_the_interval_of_a_median_is_scipys(units):
    values = np.random.default_rng(units).standard_exponential(units)
    theirs = stats.quantile_test(values, q=1.0, p=0.5).confidence_interval(0.95)
    assert interval(values) == pytest.approx((theirs.low, theirs.high), rel=1e-12)


@pytest.mark.parametrize("units", [10**6, 10**9])
def test_many_units_are_told_by_the_normal_distribution(units):
    low, high = ranks(units)
    half = 1.959963984540054 * math.sqrt(units) / 2
    assert (low + high) / 2 == pytest.approx((units - 1) / 2, abs=1)
    assert (high - low) / 2 == pytest.approx(half, abs=2)


def test_too_few_units_have_none():
    assert [ranks(n) is None for n in range(1, 8)] == [True] * 5 + [False] * 2
    assert interval(np.arange(5.0)) is None


def test_units_of_one_value_each_have_much_the_same_interval():
    values = np.random.default_rng(0).standard_normal(2001)
    found = interval_of_units(values, np.arange(2001))
    assert found == pytest.approx(interval(values), abs=0.01)


def test_values_of_one_unit_are_no_units():
    rng = np.random.default_rng(1)
    values = np.repeat(rng.standard_normal(40), 50)  # 40 units of 50 equal values
    low, high = interval_of_units(values, np.repeat(np.arange(40), 50))
    naive = interval(values)
    assert high - low > 3 * (naive[1] - naive[0])
    assert interval_of_units(np.arange(5.0), np.zeros(5, int)) is None

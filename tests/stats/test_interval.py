"""Intervals, p-values and what could be detected, beside SciPy and statsmodels."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from losscli.stats.interval import (
    METHODS,
    Estimate,
    detectable,
    estimate,
    interval,
    lower_bound,
    p_above,
    p_below,
    p_value,
    units_to_detect,
    upper_bound,
)
from losscli.stats.moments import spread, sums_of

ESTIMATES = st.builds(
    Estimate,
    value=st.floats(-3, 3),
    se=st.floats(0.01, 2),
    df=st.one_of(st.integers(1, 300), st.floats(1, 300)),
    skew_k=st.floats(-2, 2),
    units=st.integers(2, 301),
    why_not=st.just(""),
)
LEVELS = st.floats(0.5, 0.999)


def of(a, w=1.0):
    return estimate(spread([sums_of(np.asarray(a), w)]))


def losses(count=57):
    return np.random.default_rng(5).standard_exponential(count)


def test_plain_t_is_scipys():
    a = losses()
    theirs = stats.ttest_1samp(a, 0.8)
    assert interval(of(a), 0.9, "t") == pytest.approx(tuple(theirs.confidence_interval(0.9)), rel=1e-9)
    assert p_value(of(a), 0.8, "t") == pytest.approx(theirs.pvalue, rel=1e-9)
    assert p_above(of(a), 0.8, "t") == pytest.approx(stats.ttest_1samp(a, 0.8, alternative="greater").pvalue, rel=1e-9)
    assert p_below(of(a), 0.8, "t") == pytest.approx(stats.ttest_1samp(a, 0.8, alternative="less").pvalue, rel=1e-9)
    assert (of(a).se, of(a).df) == (pytest.approx(stats.sem(a), rel=1e-12), len(a) - 1)
    assert of(a).skew_k == pytest.approx(stats.skew(a) / math.sqrt(len(a)), rel=1e-9)


def test_a_weighted_mean_has_the_error_of_weighted_least_squares():
    w = np.random.default_rng(6).uniform(0.2, 3, 57)
    theirs = sm.WLS(losses(), np.ones(57), weights=w).fit(cov_type="HC1")
    assert (of(losses() * w, w).value, of(losses() * w, w).se) == pytest.approx(
        (theirs.params[0], theirs.bse[0]), rel=1e-9
    )


def test_clusters_have_the_cluster_robust_error():
    codes = np.random.default_rng(7).integers(0, 9, 57)
    theirs = sm.OLS(losses(), np.ones(57)).fit(cov_type="cluster", cov_kwds={"groups": codes})
    a, w = np.bincount(codes, losses()), np.bincount(codes).astype(float)
    assert (of(a, w).value, of(a, w).se) == pytest.approx((theirs.params[0], theirs.bse[0]), rel=1e-9)
    assert of(a, w).df == pytest.approx((w**2).sum() ** 2 / (w**4).sum() - 1, rel=1e-12)


def test_the_guarded_side_is_halls():
    """A skewed set of losses: the low end is t's, the high one its transformation without the term k/6."""
    found, k = of(losses()), of(losses()).skew_k
    c = stats.t.ppf(0.975, 56)
    assert 0 < k * c < 0.95
    low, high = interval(found)
    assert low == pytest.approx(found.value - c * found.se, rel=1e-9)
    assert high == pytest.approx(found.value + 3 * (1 - np.cbrt(1 - k * c)) / k * found.se, rel=1e-9)
    mirrored = interval(of(-losses()))
    assert mirrored == pytest.approx((-high, -low), rel=1e-12)


def test_no_end_is_stretched_to_more_than_twice():
    far = Estimate(0.0, 1.0, 9, 3.0, 10)
    c = stats.t.ppf(0.975, 9)
    assert interval(far) == pytest.approx((-c, 2 * c), rel=1e-9)
    for k in (0.9509618943 / c * (1 - 1e-9), 0.9509618943 / c * (1 + 1e-9)):  # where the two rules meet
        assert interval(far._replace(skew_k=k)).high == pytest.approx(2 * c, rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
@given(found=ESTIMATES, level=LEVELS, null=st.floats(-4, 4))
def test_p_is_below_alpha_exactly_where_the_interval_leaves_the_number_out(method, found, level, null):
    low, high = interval(found, level, method)
    p = p_value(found, null, method)
    close = min(abs(null - low), abs(null - high)) < 1e-9 * (abs(null) + abs(low) + abs(high))
    assert close or (p < 1 - level) == (not low <= null <= high)
    above, below = p_above(found, null, method), p_below(found, null, method)
    lower, upper = lower_bound(found, level, method), upper_bound(found, level, method)
    assert abs(null - lower) < 1e-8 or (above < 1 - level) == (null < lower)
    assert abs(null - upper) < 1e-8 or (below < 1 - level) == (null > upper)
    assert p == pytest.approx(min(1, 2 * min(above, below)), rel=1e-9)


@given(found=ESTIMATES, level=LEVELS)
def test_ends_have_p_of_alpha_and_the_guarded_interval_holds_plain_t(found, level):
    low, high = interval(found, level)
    for end in (low, high):
        assert p_value(found, end) == pytest.approx(1 - level, rel=1e-6)
    plain = interval(found, level, "t")
    assert low <= plain.low <= plain.high <= high


def test_what_could_be_detected():
    found = Estimate(2.0, 0.5, 30, 0.1, 31)
    expected = (stats.t.ppf(0.975, 30) + stats.t.ppf(0.8, 30)) * 0.5
    assert detectable(found) == pytest.approx(expected, rel=1e-9)
    assert units_to_detect(found, 0.1) == math.ceil(31 * (expected / 0.1) ** 2)
    assert units_to_detect(found, 0.0) is None
    assert units_to_detect(found, 1e-200) is None  # more than any float


def test_a_sum_is_the_mean_times_the_units():
    found = of(losses())
    low, high = interval(found)
    assert interval(found.times(57)) == pytest.approx((57 * low, 57 * high), rel=1e-12)
    assert interval(found.times(-2)) == pytest.approx((-2 * high, -2 * low), rel=1e-12)


@pytest.mark.parametrize("a", [[], [1.0], [0.2, 0.2], [1.0, math.inf]])
def test_where_there_is_no_interval_there_is_no_p(a):
    one = sums_of(np.asarray(a))
    found = estimate(spread([one] if one else []))
    assert found.why_not
    assert interval(found) == (None, None)
    assert {f(found) for f in (p_value, p_above, p_below, lower_bound, upper_bound, detectable)} == {None}


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="none of guarded, t"):
        interval(of(losses()), 0.95, "z")


def test_skewed_sets_are_covered_as_often_as_promised():
    """Of 2000 sets of 30 exponential losses; plain t covers 92.5 % in endlessly many, the guarded one 95.4 %."""
    rng = np.random.default_rng(38)
    found = [of(rng.standard_exponential(30)) for _ in range(2000)]
    covered = {
        method: sum(low <= 1 <= high for low, high in (interval(one, 0.95, method) for one in found)) / 20
        for method in METHODS
    }
    assert 94 < covered["guarded"] < 97
    assert 90.5 < covered["t"] < 94

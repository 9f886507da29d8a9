"""Rules of changes: each is the comparison that it says, and agrees with the bounds and tests of others."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW, ttost_paired

from losscli.checks.check import Known
from losscli.checks.limits import Allowed
from losscli.checks.rules import Change, judged
from losscli.checks.verdict import FAIL, PASS
from losscli.errors import DataError, UsageError
from losscli.stats.interval import estimate, lower_bound, upper_bound
from losscli.stats.moments import spread, sums_of

NUMBERS = st.floats(-1e3, 1e3)
ODD = [float("nan"), float("inf"), -1, "-2%", "nan%", "x", "", True, None, [1], "1%%", "%"]


def change(base, new, allowed, rule="point", name="max-increase", significance=0.05):
    """The change between two sets of per-sample losses."""
    known = estimate(spread([sums_of(new - base)]))
    what = Known(float(base.mean()), known)
    return Change(name, "mse", float(new.mean()), what, "main.csv", Allowed.parse(allowed, "x"), rule, significance)


def verdict(one):
    return judged(one, one.p if one.rule == "significant" else None).verdict


def draw(seed, n=40, shift=0.0):
    rng = np.random.default_rng(seed)
    base = rng.exponential(size=n)
    return base, base + rng.normal(shift, 0.5, n)


@given(st.floats(0, 1e3), NUMBERS, NUMBERS)
def test_point_is_the_comparison_of_the_numbers(allowed, base, new):
    known, limit = Known(base), Allowed(allowed)
    for name, toward in (("max-increase", new - base), ("max-decrease", base - new)):
        one = judged(Change(name, "mse", new, known, "main.csv", limit, "point", 0.05))
        assert (one.verdict == FAIL) == (toward > allowed + 1e-9 * abs(base))
        assert one.change == new - base


@pytest.mark.parametrize(("allowed", "failed"), [("10%", False), ("9.99%", True), (0.1, False), (0.0999, True)])
def test_percent_is_of_the_baseline_whatever_its_sign(allowed, failed):
    for base in (1.0, -1.0):
        one = Change("max-increase", "l", base + 0.1, Known(base), "b.json", Allowed.parse(allowed, "x"), "point", 0.05)
        assert (judged(one).verdict == FAIL) == failed


@pytest.mark.parametrize("rule", ["point", "significant", "proven"])
@pytest.mark.parametrize(("allowed", "found"), [(0.1, PASS), (0.0999, FAIL)])
def test_a_change_that_is_the_same_on_every_sample_is_beyond_its_limit_by_more_than_rounding(rule, allowed, found):
    assert verdict(change(np.full(30, 1.0), np.full(30, 1.1), allowed, rule)) == found  # 1.1 - 1 is above 0.1


@pytest.mark.parametrize("allowed", [1e-17, 1e-200, 1e-320])
def test_more_samples_than_anybody_has_are_not_counted(allowed):
    base, new = np.repeat([1.0, 2.0], 20), np.repeat([2.0, 1.0], 20)
    one = judged(change(base, new, allowed, "proven"))
    assert one.verdict == FAIL
    assert "samples would show it" not in one.message
    assert "samples would show it" in judged(change(base, new, 0.01, "proven")).message


def test_percent_of_zero_is_refused():
    one = Change("max-increase", "l", 1.0, Known(0.0), "b.json", Allowed(2, True), "point", 0.05)
    with pytest.raises(DataError, match=r"2 % of b\.json, which is 0"):
        judged(one)


@pytest.mark.parametrize("odd", ODD)
def test_allowance_that_would_disarm_a_gate_is_refused(odd):
    with pytest.raises(UsageError, match="max-increase is"):
        Allowed.parse(odd, "max-increase")


@given(st.integers(0, 10**6), st.floats(0, 0.6), st.sampled_from([0.05, 0.01, 0.3]), st.sampled_from([1, -1]))
def test_rules_are_bounds(seed, allowed, significance, sign):
    base, new = draw(seed, shift=0.2 * sign)
    name = "max-increase" if sign > 0 else "max-decrease"
    significant, proven = (change(base, new, allowed, r, name, significance) for r in ("significant", "proven"))
    known = estimate(spread([sums_of(sign * (new - base))]))
    low, high = lower_bound(known, 1 - significance), upper_bound(known, 1 - significance)
    assert (verdict(significant) == FAIL) == (low > allowed)
    assert (verdict(proven) == FAIL) == (high > allowed)
    assert judged(significant, significant.p).bound == pytest.approx(sign * low)
    assert judged(proven).bound == pytest.approx(sign * high)


@pytest.mark.parametrize("seed", range(8))
def test_both_proven_are_the_two_one_sided_tests_of_equivalence(seed):
    rng = np.random.default_rng(seed)
    half = rng.normal(0, 0.3, 30)
    apart = np.concatenate([half, -half]) + rng.normal(0, 0.05)  # symmetric: guarded t is t
    base = rng.exponential(size=60)
    for allowed in (0.02, 0.08, 0.15):
        p, _, _ = ttost_paired(base + apart, base, -allowed, allowed)
        gates = [change(base, base + apart, allowed, "proven", name) for name in ("max-increase", "max-decrease")]
        assert all(verdict(one) == PASS for one in gates) == (p <= 0.05)


@pytest.mark.parametrize("seed", range(4))
def test_p_of_symmetric_changes_is_that_of_the_t_test(seed):
    rng = np.random.default_rng(seed)
    half = rng.normal(0, 0.3, 20)
    base = rng.exponential(size=40)
    new = base + np.concatenate([half, -half]) + 0.1
    one = change(base, new, 0.05, "significant")
    assert one.p == pytest.approx(DescrStatsW(new - base).ttest_mean(0.05, "larger")[1], rel=1e-9)


@pytest.mark.parametrize(("shift", "rule", "expected"), [(0, "significant", PASS), (0, "proven", PASS)])
def test_identical_predictions_pass(shift, rule, expected):
    base, _ = draw(1)
    one = change(base, base + shift, 0, rule)
    assert verdict(one) == expected
    assert one.p == 1.0


def test_samples_that_all_changed_by_the_same_are_taken_as_they_are():
    base = np.arange(8.0)
    assert [verdict(change(base, base + 1.0, a, "significant")) for a in (0.5, 1.5)] == [FAIL, PASS]
    assert [verdict(change(base, base + 1.0, a, "proven")) for a in (0.5, 1.5)] == [FAIL, PASS]


def test_what_is_not_shown_says_so_and_how_many_samples_it_takes():
    base = np.arange(50.0)
    new = base + np.where(base % 2, 0.35, -0.25)
    one = change(base, new, 0.1, "proven")
    found = judged(one)
    assert found.verdict == FAIL
    assert "not shown to be at most 0.1 above main.csv" in found.message
    samples = int(found.message.split("about ")[1].split()[0])
    more = np.tile(new - base, math.ceil(samples / len(base)))
    assert upper_bound(estimate(spread([sums_of(more)])), 0.95) < 0.1 * 1.05
    worse = judged(change(base, base + 0.3 + 0.01 * np.sin(np.arange(50)), 0.1, "proven"))
    assert "not shown" not in worse.message
    assert worse.message.endswith("above main.csv, allowed 0.1")


@pytest.mark.parametrize("known", [Known(1.0), Known(1.0, estimate(spread([sums_of(np.ones(1))])))])
@pytest.mark.parametrize("rule", ["significant", "proven"])
def test_rule_without_samples_is_refused(known, rule):
    one = Change("max-increase", "l", 1.0, known, "b.json", Allowed(1), rule, 0.05)
    with pytest.raises(DataError, match="cannot be told"):
        judged(one, 1.0)

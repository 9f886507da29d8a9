"""Sums of units over blocks: exact to merge, right to the last digits, and honest where there is nothing to tell."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from losscli.stats.by_group import sums_by_group
from losscli.stats.moments import spread, sums_of

SAMPLES = 5_000


def units(kind: str, weights: str, count: int = SAMPLES):
    rng = np.random.default_rng(3)
    a = {"exponential": rng.standard_exponential(count), "offset": 1e6 + rng.standard_normal(count)}[kind]
    w = {"ones": 1.0, "fives": 5.0, "lengths": rng.integers(0, 40, count)}[weights]
    return a * w, w


def blocks_of(a, w, size):
    ends = range(0, len(a), size)
    return [sums_of(a[i : i + size], w[i : i + size] if isinstance(w, np.ndarray) else w, i) for i in ends]


def exactly(a, w):
    """Σe², Σe³ and R in whole fractions."""
    a, w = [Fraction(x) for x in a.tolist()], [Fraction(x) for x in np.broadcast_to(w, a.shape).tolist()]
    ratio = sum(a) / sum(w)
    e = [x - ratio * y for x, y in zip(a, w, strict=True)]
    return float(ratio), float(sum(x**2 for x in e)), float(sum(x**3 for x in e))


@pytest.mark.parametrize("weights", ["ones", "fives", "lengths"])
@pytest.mark.parametrize("kind", ["exponential", "offset"])
def test_sums_are_those_of_whole_fractions(kind, weights):
    a, w = units(kind, weights, 500)
    found = spread(blocks_of(a, w, 70))
    ratio, e2, e3 = exactly(a, w)
    assert found.ratio == pytest.approx(ratio, rel=1e-15)
    assert found.e2 == pytest.approx(e2, rel=1e-9)
    assert found.e3 == pytest.approx(e3, rel=1e-9, abs=1e-9 * e2**1.5)


@pytest.mark.parametrize("weights", ["ones", "lengths"])
def test_the_order_and_the_grouping_of_blocks_change_no_bit(weights):
    parts = blocks_of(*units("exponential", weights), 400)
    assert spread(parts) == spread(parts[::-1]) == spread(parts[5:] + parts[:5])


@pytest.mark.parametrize("weights", ["ones", "lengths"])
def test_weights_that_are_equal_give_what_one_for_all_gives(weights):
    a, w = units("exponential", weights)
    named = w if isinstance(w, float) else w.astype(float)
    whole, cut = spread([sums_of(a, named)]), spread(blocks_of(a, named, 999))
    assert whole._replace(why_not="")[1:5] == pytest.approx(cut[1:5], rel=1e-12)
    assert whole.units == cut.units
    equal = sums_of(a, np.full(SAMPLES, 2.0))
    assert equal == sums_of(a, 2.0)
    assert spread([equal]).df == SAMPLES - 1


def test_units_without_weight_are_none():
    a, w = np.array([3.0, 0.0, 5.0, 1.0]), np.array([1.0, 0.0, 2.0, 0.0])
    found = spread([sums_of(a, w, 10)])
    assert (found.units, found.ratio, found.w) == (2, 8 / 3, 3.0)
    assert found.largest is not None
    assert found.largest.at in (10, 12)
    assert sums_of(a, w * 0) is None
    assert sums_of(a[:0]) is None


@pytest.mark.parametrize("weights", ["ones", "fives", "lengths"])
def test_groups_have_the_sums_of_their_units(weights):
    a, w = units("exponential", weights, 1000)
    a[[5, 600]] = math.inf, math.nan
    codes = np.random.default_rng(1).integers(0, 40, 1000)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) > 0])
    for code, one in enumerate(sums_by_group(a, w, order, starts, 100)):
        where = np.flatnonzero(codes == code)
        wanted = sums_of(a[where], w[where] if isinstance(w, np.ndarray) else w, where + 100)
        for name in ("units", "extent", "low", "high", "heaviest", "binary"):
            np.testing.assert_equal(getattr(one, name), getattr(wanted, name))
        if math.isfinite(wanted.a):
            for name in ("ratio", "a", "w", "e", "mixed", "weights"):
                assert getattr(one, name) == pytest.approx(getattr(wanted, name), rel=1e-11, abs=1e-9)


def test_groups_of_which_nothing_counts_have_no_sums():
    found = sums_by_group(np.arange(6.0), np.array([0, 1, 0, 2, 0, 0]), np.arange(6), np.array([0, 1, 3, 4]))
    assert [None if one is None else one.units for one in found] == [None, 1, 1, None]
    assert sums_by_group(np.arange(2.0), np.zeros(2), np.arange(2), np.array([0, 1])) == [None, None]


def test_the_unit_that_is_farthest_out_is_known_with_its_share():
    a = np.ones(1000)
    a[[400, 977]] = 5.0, 101.0
    found = spread(blocks_of(a, 1.0, 100))
    assert found.largest is not None
    assert found.largest.at == 977
    e = a - a.mean()
    assert found.largest_share == pytest.approx(e[977] ** 2 / (e**2).sum(), rel=1e-12)


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("size", [1000, 10])
def test_unit_that_makes_the_ratio_of_its_block_is_known_with_its_share(size, grouped):
    a, w = 1.0 + 50.0 * (-1.0) ** np.arange(1000), np.ones(1000)
    a[345], w[345] = 2500.0, 500.0
    blocks = blocks_of(a, w, size)
    if grouped:
        blocks = sums_by_group(a, w, np.arange(1000), np.arange(0, 1000, size))
    found = spread(blocks)
    e = a - a.sum() / w.sum() * w
    assert found.largest is not None
    assert found.largest.at == np.argmax(e**2) == 345
    assert found.largest_share == pytest.approx(e[345] ** 2 / (e**2).sum(), rel=1e-9)


@pytest.mark.parametrize(
    ("a", "w", "why"),
    [
        ([], 1.0, "no units"),
        ([2.0], 1.0, "one unit"),
        ([0.1] * 7, 1.0, "no spread"),
        ([0.3, 0.1, 0.7], np.array([3.0, 1.0, 7.0]), "no spread"),
        ([1.0, math.inf], 1.0, "infinite values"),
        ([-math.inf, math.inf], 1.0, "infinite values"),
        ([1.7e308, 1.7e308], 1.0, "infinite values"),
        ([math.nan, math.inf], 1.0, "NaN values"),
        ([1.0, math.nan], np.array([1.0, 2.0]), "NaN values"),
        ([1.0, 2.0], np.array([1e-300, 3e-300]), "values past what can be squared"),
        ([1.0, 2.0], 1e100, "values past what can be squared"),
        ([1e-200, 3e-200], 1.0, "values past what can be squared"),
        ([1e200, 3e200], 1.0, "values past what can be squared"),
    ],
)
def test_why_there_is_no_spread(a, w, why):
    one = sums_of(np.array(a), w)
    found = spread([] if one is None else [one])
    assert found.why_not == why
    assert spread([x for x in (one, sums_of(np.array(a), w)) if x]).why_not == (
        "no spread" if why == "one unit" else why
    )


@given(st.lists(st.sampled_from([0.0, 1.0, 0.5]), min_size=1, max_size=9), st.sampled_from([1.0, 2.0]))
def test_zeros_and_ones_are_told(a, w):
    assert spread([sums_of(np.array(a), w)]).binary == (0.5 not in a and w == 1)

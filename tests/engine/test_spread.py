"""Spreads: exact while sizes are few, and then the same whatever the parts, and close."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from losscli.engine import spread
from losscli.engine.exact import grown, rounded
from losscli.engine.spread import Spread, merged, spread_of


@pytest.fixture(params=["exact", "bucketed"])
def limit(request, monkeypatch):
    monkeypatch.setattr(spread, "EXACT", 10**6 if request.param == "exact" else 10)
    return request.param


def _sizes(seed, count):
    rng = np.random.default_rng(seed)
    return np.exp(rng.standard_normal(count) * rng.uniform(0.0, 20.0))


@pytest.mark.parametrize("seed", range(5))
def test_shares_are_those_of_the_sorted_sizes(limit, seed):
    sizes = _sizes(seed, 5000)
    found = merged([spread_of(part) for part in np.array_split(sizes, 7)])
    assert (found.exact, found.size) == (limit == "exact", 5000)
    falling = np.sort(sizes)[::-1]
    counts = [1, 50, 500, 2500, 5000]
    expected = [falling[:count].sum() / falling.sum() for count in counts]
    np.testing.assert_allclose(found.largest(counts), expected, rtol=1e-12 if limit == "exact" else 8e-3)
    assert found.largest([5000]) == [1.0]
    assert found.parts([3.0]) == [pytest.approx(3.0 / math.fsum(sizes), rel=1e-15)]


@given(st.lists(st.floats(0.0, 1e300), min_size=12, max_size=40), st.data())
def test_grouping_parts_changes_nothing(sizes, data):
    ends = sorted(data.draw(st.lists(st.integers(0, len(sizes)), max_size=5)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spread, "EXACT", 8)
        parts = [spread_of(part) for part in np.split(np.array(sizes), ends) if len(part)]
        whole, stepwise = merged(parts), parts[0]
        for part in parts[1:]:
            stepwise = merged([stepwise, part])
        stepwise = merged([stepwise])
    assert not whole.exact
    for one, other in zip(whole.buckets, stepwise.buckets, strict=True):
        np.testing.assert_array_equal(one, other)
    total = math.fsum(sizes)
    assert whole.parts([total]) == [pytest.approx(1.0 if total else 0.0, rel=1e-14)]


@pytest.mark.parametrize("odd", [math.nan, math.inf, -1.0])
def test_what_is_no_size_is_told_and_left_out(limit, odd):
    found = merged([spread_of(np.array([1.0, odd])), spread_of(np.arange(20.0))])
    assert found.odd
    if odd != -1.0:
        assert found.parts([191.0]) == [1.0]
    assert not merged([spread_of(np.arange(3.0))]).odd


def test_shares_are_known_where_the_sum_passes_the_largest_float(limit):
    found = merged([spread_of(np.full(16, 1e308)), spread_of(np.array([1e308, 1.5e308, 5e-324]))])
    assert found.exact == (limit == "exact")
    assert found.largest([1, 2]) == pytest.approx([1.5 / 18.5, 2.5 / 18.5], rel=8e-3)
    parts = found.parts([1e308, 0.0, math.inf, math.nan])
    assert parts == [pytest.approx(1 / 18.5, rel=1e-12), 0.0, None, None]


def test_nothing_has_no_shares():
    assert (Spread().size, Spread().parts([1.0]), merged([Spread(), Spread()]).largest([1])) == (0, [0.0], [0.0])
    assert spread_of(np.zeros(3)).largest([1]) == [0.0]


@given(st.lists(st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=2), min_size=1, max_size=12), st.randoms())
def test_sum_of_arrays_is_rounded_once_in_any_order(rows, random):
    arrays = [np.array(row) for row in rows]
    expected = [math.fsum(column) for column in zip(*rows, strict=True)]
    random.shuffle(arrays)
    middle = len(arrays) // 2
    halves = [grown([], arrays[:middle]), grown([], arrays[middle:])]
    np.testing.assert_array_equal(rounded(grown([], [x for half in halves for x in half])), expected)

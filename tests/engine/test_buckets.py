"""Buckets of numbers: in their order, narrow, and the same in whatever order parts are put together."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from losscli.engine.buckets import bucketed, least_of, merged, middles_of, names_of

FINITE = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = npst.arrays(np.float64, st.integers(0, 40), elements=FINITE)
MODERATE = npst.arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6))


@given(NUMBERS)
def test_buckets_are_in_the_order_of_the_numbers_and_hold_them(values):
    names = names_of(values)
    assert (np.diff(names[np.argsort(values, kind="stable")]) >= 0).all()
    assert (least_of(names) <= values).all()
    small = np.abs(values) < 1e308
    assert (least_of(names + 1)[small] > values[small]).all()
    assert names_of(np.array([-0.0]))[0] == names_of(np.array([0.0]))[0]


@given(NUMBERS)
def test_no_number_is_further_than_0_4_percent_from_the_middle_of_its_bucket(values):
    normal = values[(np.abs(values) > 1e-300) & (np.abs(values) < 1e300)]
    assert (np.abs(middles_of(names_of(normal)) - normal) <= 0.004 * np.abs(normal)).all()


@given(MODERATE, st.randoms(use_true_random=False), st.integers(1, 6))
def test_parts_come_to_the_same_in_any_order_and_grouping(values, random, pieces):
    parts = [bucketed(part, [np.sin(part)]) for part in np.array_split(values, pieces)]
    whole = merged(parts)
    random.shuffle(parts)
    half = len(parts) // 2
    other = merged([merged(some) for some in (parts[:half], parts[half:]) if some])
    for one, another in zip(whole[:4], other[:4], strict=True):
        assert np.array_equal(one, another)
    assert np.array_equal(whole.columns, other.columns)
    names = names_of(values)
    assert np.array_equal(whole.names, np.unique(names))
    for at, name in enumerate(whole.names):
        mine = values[names == name]
        assert whole.counts[at] == len(mine)
        assert math.isclose(whole.sums[at], math.fsum(mine), rel_tol=1e-14)
        assert math.isclose(whole.columns[0, at], math.fsum(np.sin(mine)), rel_tol=1e-12, abs_tol=1e-300)


@given(NUMBERS)
def test_a_number_alone_is_its_sum(values):
    each = [merged([bucketed(values[i : i + 1])]) for i in range(len(values))]
    assert [one.sums.tolist() for one in each] == [[x] for x in values.tolist()]


def test_sums_at_the_ends_of_the_range():
    top, least = np.finfo(float).max, 5e-324
    values = np.array([top, top, -top, least, least, 3 * least, 2.0**900, 2.0**900 - 2.0**848, 1.0])
    found = merged([bucketed(part) for part in np.split(values, [1, 4])])
    sums = dict(zip(found.names.tolist(), found.sums.tolist(), strict=True))
    assert sums[int(names_of(np.array([top]))[0])] == math.inf
    assert sums[int(names_of(np.array([-top]))[0])] == -top
    assert sums[0] == 5 * least
    assert sums[int(names_of(np.array([2.0**900]))[0])] == 2.0**900
    assert sums[int(names_of(np.array([2.0**900 - 2.0**848]))[0])] == 2.0**900 - 2.0**848
    taken = merged([found, bucketed(np.array([-top]))])
    assert taken.sums[0] == -math.inf

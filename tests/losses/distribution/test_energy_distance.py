"""Energy distance: all pairs by the definition, samples of any size in any order."""

import numpy as np
import pytest
from blocks import blocks_of
from hypothesis import given
from hypothesis import strategies as st

import losscli

NUMBERS = st.lists(st.sampled_from([0.0, 1.0, 1.5, -2.0, 7.25, 100.0]) | st.floats(-50, 50), min_size=1, max_size=12)


def naive(x, y):
    """The square root of what the definition's three averages make up."""
    between, within, among = (np.abs(np.subtract.outer(a, b)).mean() for a, b in ((x, y), (x, x), (y, y)))
    return np.sqrt(max(2 * between - within - among, 0.0))


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@given(NUMBERS, NUMBERS, st.integers(1, 4))
def test_it_is_the_definition(backend, x, y, elements):
    with blocks_of(elements):
        found = losscli.compute("energy_distance", np.array(x), np.array(y), backend=backend).value
    assert found**2 == pytest.approx(naive(x, y) ** 2, rel=1e-9, abs=1e-11)


@given(NUMBERS, NUMBERS, st.randoms(use_true_random=False))
def test_no_order_changes_it_and_no_exchange(x, y, random):
    found = losscli.compute("energy_distance", np.array(x), np.array(y)).value
    moved = losscli.compute("energy_distance", np.array(random.sample(y, len(y))), np.array(x)).value
    assert moved == pytest.approx(found, rel=1e-14)


@given(NUMBERS)
def test_equal_samples_have_none(x):
    assert losscli.compute("energy_distance", np.array(x), np.array(x[::-1])).value == 0.0
    assert losscli.compute("energy_distance", np.array(x), np.array(x * 2)).value == 0.0

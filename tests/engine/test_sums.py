"""Sums that no order can change, and whole numbers that stay whole."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from losscli.api import run
from losscli.engine.reduce import fsum
from losscli.engine.request import Wanted
from losscli.options import Options
from losscli.spec.kinds import Label, Real
from losscli.spec.loss import loss
from losscli.spec.units import Statistic

LARGEST = 1.7e308


@pytest.mark.parametrize(
    ("parts", "total"),
    [
        ([LARGEST, LARGEST, -LARGEST, -LARGEST], 0.0),
        ([LARGEST, LARGEST, -LARGEST, -LARGEST, 5e-324], 5e-324),
        ([LARGEST, LARGEST, -LARGEST], LARGEST),
        ([LARGEST, LARGEST, 1.0], math.inf),
        ([-LARGEST, -LARGEST, 1.0], -math.inf),
        ([LARGEST, LARGEST, -math.inf], -math.inf),
        ([LARGEST, LARGEST, math.inf, -math.inf], math.nan),
        ([LARGEST, LARGEST, math.nan], math.nan),
    ],
)
def test_a_sum_past_the_largest_float_does_not_depend_on_order(parts, total):
    for order in itertools.permutations(parts):
        np.testing.assert_equal(fsum(list(order)), total)


@given(st.lists(st.floats(), max_size=8), st.randoms(use_true_random=False))
def test_no_order_changes_a_sum(parts, random):
    shuffled = random.sample(parts, len(parts))
    np.testing.assert_equal(fsum(parts), fsum(shuffled))


@loss(shapes="(N),(N)->(N)", mean_over="samples", reductions=("mean",))
def largest_label(xp, pred: Real, target: Label):
    """The largest label, and how many labels there are."""
    return Statistic(sums={"count": xp.asarray([target.shape[0]])}, gathered={"label": target})


@largest_label.finish
def _largest(xp, statistic):
    label, count = statistic.gathered["label"], statistic.sums["count"]
    # A float would round the label's neighbour to it.
    return xp.astype(xp.stack([xp.max(label) - (2**60 - 1), count[0]]), xp.float64)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gathered_whole_numbers_stay_whole(backend, dtype):
    labels = np.array([0, 2**60, 2**60 - 1, 5])
    (found,), _ = run([largest_label], [np.zeros(4), labels], {}, Options(backend=backend, dtype=dtype), Wanted())
    assert (found.numerator, found.denominator) == (1.0 + 4.0, 2)

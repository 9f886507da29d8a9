"""Sums that no order can change, and whole numbers that stay whole."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from losscli.api import run
from losscli.engine.collect import Selection
from losscli.engine.reduce import fsum, sums_by_row, terms_of
from losscli.engine.request import Wanted
from losscli.knobs.options import Options
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


@pytest.mark.parametrize("huge", [[LARGEST] * 2, [LARGEST] * 200, [LARGEST, LARGEST, 3.0, 5e-324]])
@pytest.mark.parametrize("place", ["a block", "a sample", "a group"])
def test_a_sum_past_the_largest_float_within_a_block_does_not_depend_on_order(place, huge, tmp_path):
    numbers = [*huge, *(-x for x in huge)]
    for order in (numbers, [x for pair in zip(huge, numbers[len(huge) :], strict=True) for x in pair]):
        sums = signed_sums(place, np.array(order), tmp_path)
        assert sums == [0.0] * len(sums)


@loss(shapes="(N,D),(N,D)->(N,D)", lowest=-math.inf)
def as_it_is(xp, pred: Real, target: Real):
    """The prediction, whatever the target."""
    return pred


def signed_sums(place, values, folder):
    """The total of some values, and their sum in some place that a block is summed in."""
    rows = values[None] if place == "a sample" else values[:, None]
    more, wanted = {}, Wanted()
    if place == "a sample":
        wanted = Wanted(Selection.everything())
    elif place == "a group":
        (folder / "g.csv").write_text("g,h\n" + "a,b\n" * len(rows))
        more = {"by": f"{folder}/g.csv::g"}
    (found,), _ = run([as_it_is], [rows, rows], {}, Options(**more, reduction="sum"), wanted)
    each = [] if found.per_sample is None else found.per_sample.tolist()
    return [found.value, *each, *(group.numerator for group in found.groups)]


# Numbers whose sums are exact wherever they are finite, so that orders cannot even differ by a rounding.
COARSE = st.integers(-(2**20), 2**20).map(lambda n: math.ldexp(n, 1003))
SPECIAL = st.sampled_from([math.inf, -math.inf, math.nan])


@given(st.lists(COARSE, min_size=1, max_size=300), st.lists(SPECIAL, max_size=2), st.randoms(use_true_random=False))
def test_no_order_changes_a_sum_of_a_block(values, special, random):
    values = values + special
    with np.errstate(all="ignore"):  # as for every block
        one, two = (fsum(terms_of(np.array(order))) for order in (values, random.sample(values, len(values))))
        rows = sums_by_row(np.array([values, values]))
    np.testing.assert_equal(one, two)
    np.testing.assert_equal(rows, [one, one])


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

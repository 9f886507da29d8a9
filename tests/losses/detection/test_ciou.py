"""Complete IoU of boxes, by the definition; and boxes that are none."""

import math

import numpy as np
import pytest
from blocks import blocks_of
from hypothesis import given
from hypothesis import strategies as st

import losscli

BACKENDS = ["numpy", "torch"]


def naive(p, t, eps=1e-7):
    """The loss of two boxes, number by number."""
    wide, high = min(p[2], t[2]) - max(p[0], t[0]), min(p[3], t[3]) - max(p[1], t[1])
    shared = wide * high if wide > 0 and high > 0 else 0.0
    areas = (p[2] - p[0]) * (p[3] - p[1]) + (t[2] - t[0]) * (t[3] - t[1])
    iou = shared / (areas - shared + 1e-7)
    diagonal = (max(p[2], t[2]) - min(p[0], t[0])) ** 2 + (max(p[3], t[3]) - min(p[1], t[1])) ** 2
    apart = ((p[0] + p[2] - t[0] - t[2]) ** 2 + (p[1] + p[3] - t[1] - t[3]) ** 2) / 4
    shapes = math.atan((t[2] - t[0]) / (t[3] - t[1])) - math.atan((p[2] - p[0]) / (p[3] - p[1]))
    v = 4 / math.pi**2 * shapes**2
    return 1 - iou + apart / (diagonal + 1e-7) + v * v / (1 - iou + v + eps)


@st.composite
def boxes(draw):
    number = st.floats(0.01, 100)
    x, y, width, height = (draw(number) for _ in range(4))
    return [x, y, x + width, y + height]


@given(st.lists(st.tuples(boxes(), boxes()), min_size=1, max_size=5), st.sampled_from([1e-7, 1e-3, 1.0]))
def test_it_is_the_definition(pairs, eps):
    pred, target = (np.array(side) for side in zip(*pairs, strict=True))
    expected = [naive(p, t, eps) for p, t in pairs]
    for backend in BACKENDS:
        found = losscli.compute("ciou", pred, target, eps=eps, reduction="none", backend=backend).value
        np.testing.assert_allclose(found, expected, rtol=1e-9)


@given(boxes())
def test_a_box_has_next_to_no_loss_against_itself(box):
    assert (
        abs(losscli.compute("ciou", [box], [box], reduction="sum").value)
        <= 1e-7 / (box[2] - box[0]) / (box[3] - box[1]) + 1e-12
    )


@pytest.mark.parametrize("swapped", [[3.0, 0.0, 1.0, 2.0], [0.0, 3.0, 1.0, 2.0]])
@pytest.mark.parametrize("role", ["pred", "target"])
def test_corners_that_are_swapped_are_refused_with_their_row(role, swapped):
    boxes = {name: np.tile([0.0, 0.0, 1.0, 1.0], (100, 1)) for name in ("pred", "target")}
    boxes[role][37] = swapped
    with blocks_of(64), pytest.raises(losscli.LossCLIError) as found:
        losscli.compute("ciou", **boxes)
    assert found.value.message == f"{role}: every sample must have x1 ≤ x2 and y1 ≤ y2; row 37 does not."
    assert "centre and size" in found.value.hint

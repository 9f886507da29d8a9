"""What losses of boxes share: boxes as their corners, and how two of them overlap."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from losscli.spec.kinds import Array, Kind, Rule


def _swapped(boxes: Any) -> Any:
    return (boxes[..., 0] > boxes[..., 2]) | (boxes[..., 1] > boxes[..., 3])


def _sorted(boxes: Any) -> Any:
    corners = boxes.reshape(-1, 2, 2).copy()
    corners.sort(axis=1)
    return corners.reshape(boxes.shape)


Boxes = Annotated[
    Array,
    Kind(
        "box",
        rules=(
            Rule(
                "have x1 ≤ x2 and y1 ≤ y2",
                _swapped,
                _sorted,
                "a box is its corners x1, y1, x2, y2, and neither centre and size nor x, y, width, height.",
            ),
        ),
    ),
]


class Box(NamedTuple):
    """The columns of boxes, each of shape (N)."""

    x1: Array
    y1: Array
    x2: Array
    y2: Array

    @property
    def width(self) -> Array:
        """How wide they are."""
        return self.x2 - self.x1

    @property
    def height(self) -> Array:
        """How high they are."""
        return self.y2 - self.y1

    @property
    def area(self) -> Array:
        """Width times height."""
        return self.width * self.height


def columns(boxes: Array) -> Box:
    """The columns of boxes of shape (N, 4)."""
    return Box(boxes[:, 0], boxes[:, 1], boxes[:, 2], boxes[:, 3])


def overlap(xp: Any, a: Box, b: Box) -> Array:
    """The area that two boxes share."""
    width = xp.minimum(a.x2, b.x2) - xp.maximum(a.x1, b.x1)
    height = xp.minimum(a.y2, b.y2) - xp.maximum(a.y1, b.y1)
    return xp.where((width > 0) & (height > 0), width * height, 0.0 * width)


def hull(xp: Any, a: Box, b: Box) -> Box:
    """The smallest box around two."""
    return Box(xp.minimum(a.x1, b.x1), xp.minimum(a.y1, b.y1), xp.maximum(a.x2, b.x2), xp.maximum(a.y2, b.y2))

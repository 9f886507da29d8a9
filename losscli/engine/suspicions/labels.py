"""Which whole numbers stand as labels, beside the classes that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from losscli.errors import Finding

MARKS = (-100, -1, 255)
"""What frameworks and data sets mark labels by that are to be left out."""


class LabelRange(NamedTuple):
    """The lowest and the highest label, and how many classes there are.

    Attributes:
        low: The lowest, without what marks labels to leave out.
        high: The highest.
        classes: Columns of the prediction.
        base: The number of the first class, as it was told.
    """

    low: float
    high: float
    classes: int
    base: int = 0

    @property
    def from_one(self) -> bool:
        """Whether labels count from 1, and the columns from 0."""
        return not self.base and self.low == 1 and self.high == self.classes

    @property
    def from_zero_after_all(self) -> bool:
        """Whether labels count from 0 although another number was told."""
        return bool(self.base) and self.low == 0 and self.high <= self.classes - 1

    @property
    def base_hint(self) -> str:
        """What helps where labels count from another number; "" where they do not."""
        if self.from_one:
            return f"labels run from 1 to {self.classes}: looks 1-based; --label-base 1."
        if self.from_zero_after_all:
            return f"labels run from 0 to {self.high:g}: they count from 0; leave --label-base out."
        return ""

    def finding(self, name: str) -> Finding | None:
        """L212."""
        if not self.from_one:
            return None
        text = f"{name}: labels run from 1 to {self.classes}, and the {self.classes} columns of classes count from 0."
        return Finding("L212", text, "--label-base 1 counts labels from 1.")


def left_out(name: str, counts: Mapping[int, int], classes: int) -> Finding | None:
    """L213: one label that is not a class, beside others that all are.

    Args:
        name: How messages call the target.
        counts: How often each label stands.
        classes: How many classes there are.
    """
    strange = [label for label in counts if not 0 <= label < classes]
    if len(strange) != 1 or len(counts) < 2:
        return None
    (label,) = strange
    times = f"{counts[label]} time{'s' if counts[label] > 1 else ''}"
    text = f"{name}: the label {label} stands {times}, and is none of the {classes} classes: is it to be left out?"
    return Finding("L213", text, f"--ignore-index {label} leaves it out.")

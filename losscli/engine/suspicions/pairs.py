"""What prediction and target look like beside each other: swapped, or their rows or classes in different orders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.suspicions.look import Look
from losscli.errors import Finding
from losscli.records import NamedTuple

_SIGMAS = 5.0
_GLANCE = 0.65
"""How much smaller errors are than between rows far apart, in few rows, where rows are not shifted at all."""


class Names(NamedTuple):
    """How messages call the two."""

    pred: str
    target: str


class Sides(NamedTuple):
    """Whether prediction and target hold only 0 and 1; of the target it is not known where the prediction does not."""

    pred: bool
    target: bool = True


class Swapped:
    """Only 0 and 1 in the prediction, and scores between in the target.

    The target is only asked where the prediction may be one of labels, which its first values mostly settle. From then
    on there is nothing to look for.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self.possible = True

    def take(self, pred: NDArray[Any], target: NDArray[Any]) -> Sides:
        """What a block shows."""
        if not Look(pred).zeros_and_ones:
            self.possible = False
        return Sides(self.possible, not self.possible or Look(target).zeros_and_ones)

    def merge(self, shown: Sequence[Sides]) -> Sides:
        """What blocks show together."""
        return Sides(all(s.pred for s in shown), all(s.target for s in shown))

    def finding(self, shown: Sides) -> Finding | None:
        """L205."""
        if not shown.pred or shown.target:
            return None
        text = f"{self._names.pred} holds only 0 and 1, and {self._names.target} values between: they look swapped."
        return Finding("L205", text, "the prediction comes first; --pred and --target name them.")


class Reordered:
    """Class columns in another order than the labels count them: few labels are met, and one relabelling meets most.

    Args:
        names: How messages call prediction and target.
        columns: The names of the class columns, or ().
        based: Whether labels were told to count from another number than 0.
        coded: Whether labels are words.
    """

    LEAST_PER_CLASS = 20
    MOST_CLASSES = 64
    MOST_MET = 1 / 3

    def __init__(self, names: Names, columns: tuple[str, ...], based: bool, coded: bool) -> None:
        self._names, self._columns, self._based, self._coded = names, columns, based, coded

    def finding(self, counts: NDArray[np.int64]) -> Finding | None:
        """L207, from how often each label (row) met each guess (column).

        Asked for is an accuracy that triples, to a half at least, when the guesses are relabelled, and that they then
        agree halfway between chance and always (kappa), and more than chance by 5 standard errors.
        """
        if counts.sum() < self.LEAST_PER_CLASS * len(counts):
            return None
        total = int(counts.sum())
        labels, guesses = counts.sum(axis=1) / total, counts.sum(axis=0) / total
        accuracy = float(np.trace(counts)) / total
        order = assignment(counts)
        mended = float(counts[np.arange(len(counts)), order].sum()) / total
        chance = float(labels @ guesses[order])
        kappa = (mended - chance) / (1.0 - chance) if chance < 1.0 else 0.0
        sure = mended - chance >= _SIGMAS * math.sqrt(chance * (1.0 - chance) / total)
        if mended < max(0.5, 3.0 * accuracy) or kappa < 0.5 or not sure:
            return None
        met = [(label, int(order[label])) for label in range(len(counts)) if labels[label] > 0]
        shown = ", ".join(f"{label} by {column}" for label, column in met[:8]) + (", …" if len(met) > 8 else "")
        text = (
            f"{self._names.pred}: the columns and the labels of {self._names.target} look differently ordered: of the "
            f"first {total} labels {accuracy:.3g} are met, and {mended:.3g} if labels are met by columns so: {shown}."
        )
        return Finding("L207", text, self._hint(met, order))

    def _hint(self, met: list[tuple[int, int]], order: NDArray[np.int64]) -> str:
        shifts = {label - column for label, column in met}
        if shifts == {1} and not self._based:
            return "labels look one too high, as if they counted from 1: --label-base 1."
        if shifts == {-1} and self._based:
            return "labels look one too low: leave --label-base out."
        if self._coded:
            return "--classes names the classes in the order of the columns."
        if self._columns and len(order) <= 12:
            chosen = ",".join(self._columns[column] for column in order)
            return f"{self._names.pred.partition('::')[0]}::{chosen} puts the columns in the order of the labels."
        return "put the columns in the order of the labels."


def assignment(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """A column for each row, each once: the largest count first. Clear counts leave no better one."""
    left = counts.astype(np.float64)
    order = np.empty(len(counts), np.int64)
    for _ in range(len(counts)):
        row, column = divmod(int(left.argmax()), len(counts))
        order[row] = column
        left[row], left[:, column] = -1.0, -1.0
    return order


class Moved(NamedTuple):
    """Rows that fit others better than those beside them: by which step, in how many rows, and the mean errors."""

    step: int
    rows: int
    here: float
    moved: float


class Shifted:
    """Rows of the target one row off: the errors shrink when it is moved by one, and as it stands they are no smaller
    than between rows far apart.

    A forecast of a series is not taken for one: its errors are small as it stands, and the series resembles itself some
    steps ago. An optimal forecast of a series with autocorrelation φ would need φ < 0.40 for the first condition
    and φ > 0.51 for the second. A prediction that repeats the target's last row exactly is a naive forecast.
    """

    LEAST_ROWS = 100
    NOTHING_THERE = 0.85
    MENDED = 0.57
    _SIGMAS = 4.0
    _FAR = (2, 3)
    _PERIODS = (1, 2, 3, 4, 5, 6, 7, 12, 24)

    def __init__(self, names: Names) -> None:
        self._names = names

    def take(self, pred: NDArray[Any], target: NDArray[Any]) -> Moved | None:
        """What the first rows show: numbers, or classes, of equal shape."""
        if len(pred) < self.LEAST_ROWS:
            return None
        here = _errors(pred, target, 0)
        if here.mean() < self.NOTHING_THERE * self._far(pred, target):
            return None
        found = None
        for step in (1, -1):
            if self._mends(_errors(pred, target, step), here, step) and not self._series(target):
                found = Moved(step, len(pred), float(here.mean()), float(_errors(pred, target, step).mean()))
        return found

    def possible(self, pred: NDArray[Any], target: NDArray[Any]) -> bool:
        """Whether :meth:`take` may find anything, from a glance at the first rows that costs little."""
        half = len(pred) // 2
        return len(pred) >= self.LEAST_ROWS and not _distance(pred, target) < _GLANCE * _distance(
            pred[:half], target[half : 2 * half]
        )

    def _far(self, pred: NDArray[Any], target: NDArray[Any]) -> float:
        return float(np.mean([_errors(pred, target, len(pred) // part).mean() for part in self._FAR]))

    def _mends(self, moved: NDArray[np.float64], here: NDArray[np.float64], step: int) -> bool:
        better, worse = int((moved < here).sum()), int((moved > here).sum())
        sure = better - worse > self._SIGMAS * math.sqrt(better + worse)
        naive = step == 1 and not moved[1:].any()
        return bool(moved.mean() <= self.MENDED * here.mean()) and sure and not naive

    def _series(self, target: NDArray[Any]) -> bool:
        """Whether the target resembles itself a few rows before."""
        near = min(_errors(target, target, step).mean() for step in self._PERIODS)
        return bool(near < 0.8 * self._far(target, target))

    def finding(self, shown: Moved) -> Finding:
        """L208."""
        step, rows, here, moved = shown
        where = "before" if step == 1 else "after"
        text = (
            f"{self._names.pred}: rows fit the row {where} theirs in {self._names.target}: over the first {rows} rows "
            f"the mean error is {moved:.3g} so, and {here:.3g} as they stand."
        )
        hint = "a row lost at the start of one file, or a header read as data? A forecast of the last row looks so too."
        return Finding("L208", text, hint)


def _distance(pred: NDArray[Any], target: NDArray[Any]) -> float:
    difference = pred != target if pred.dtype.kind in "iub" else np.abs(pred - target)
    return float(difference.mean())


def _errors(pred: NDArray[Any], target: NDArray[Any], step: int) -> NDArray[np.float64]:
    """The mean error of each row of the prediction beside the target ``step`` rows before, in a circle."""
    moved = np.roll(target, step, axis=0)
    difference: NDArray[Any] = pred != moved if pred.dtype.kind in "iub" else np.abs(pred - moved)
    each: NDArray[np.float64] = difference.reshape(len(pred), -1).mean(axis=1, dtype=np.float64)
    return each

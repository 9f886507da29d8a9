"""Prediction and target of a loss, handed side by side to what suspects them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.suspicions.pairs import Moved, Names, Reordered, Shifted, Sides, Swapped
from losscli.engine.suspicions.parts import Met, OnePart
from losscli.records import NamedTuple
from losscli.spec.kinds import UNIT

if TYPE_CHECKING:
    from losscli.engine.plan import Job
    from losscli.errors import Finding


class _Part(NamedTuple):
    """How much of the first block is looked at."""

    rows: int
    values: int


_GLANCE = _Part(200, 4000)
_SOME = _Part(2000, 20_000)
"""Where a glance at few values leaves it open, so that mostly nothing is spent."""
_LABELS_PER_CLASS = 100
"""How many labels settle whether the columns are in their order."""


class Counting(NamedTuple):
    """How labels of a file become those of the kernel.

    Args:
        from_zero: Labels as the kernel counts them.
        ignored: What an ignored label is there, or None.
        based: Whether they were told to count from another number than 0.
    """

    from_zero: Callable[[NDArray[Any]], NDArray[Any]]
    ignored: int | None
    based: bool


class PairShown(NamedTuple):
    """What blocks of prediction and target show beside each other; None where nothing was looked for or found.

    Attributes:
        swapped: Which of them hold labels.
        confusion: How often each label met each guess.
        shifted: How rows fit those before or after them.
        parts: In which of its parts a loss is.
    """

    swapped: Sides | None = None
    confusion: NDArray[np.int64] | None = None
    shifted: Moved | None = None
    parts: Met | None = None


class Together:
    """Watches prediction and target of one job. What rests on some rows rests on those of the first block.

    Args:
        job: The loss and its inputs; the first two have one row a sample.
        counting: How labels count.
        cut: Whether the plan's samples are positions, whose neighbours are alike.
    """

    def __init__(self, job: Job, counting: Counting, cut: bool) -> None:
        self.pred, self.target = pair = job.inputs[0], job.inputs[1]
        names = Names(*(b.source.name if b.source else "" for b in pair))
        self._counting = counting
        axes = [axis for axis in job.axes(self.pred) if axis != job.loss.signature.sample_axis]
        scores = axes[:1] == ["C"] and self.target.row_shape == self.pred.row_shape[1:]
        one_label = scores and self.target.kind.dtype == "label"
        self._classes = job.classes if one_label else None
        self._logits = self.pred.kind.space == "logits"
        in_rows = self._classes is not None or (job.loss.signature.elementwise and self._alike)
        self._shifted = Shifted(names) if in_rows and not cut else None
        chances = self._alike and self.pred.kind.space and self.target.kind.domain == UNIT and not job.loss.symmetric
        self._swapped = Swapped(names) if chances else None
        self._parts = OnePart.of(job) if job.loss.signature.elementwise and self._alike else None
        self._reordered = None
        if self._classes is not None and self._classes <= Reordered.MOST_CLASSES:
            assert self.pred.source is not None and self.target.source is not None
            columns = self.pred.source.columns if len(self.pred.row_shape) == 1 else ()
            self._reordered = Reordered(names, columns, counting.based, bool(self.target.source.coded))

    @property
    def _alike(self) -> bool:
        return self.pred.row_shape == self.target.row_shape

    def wants(self, start: int) -> bool:
        """Whether the block that begins at a sample is of interest."""
        first = start == 0 and any(s is not None for s in (self._shifted, self._reordered, self._parts))
        return first or (self._swapped is not None and self._swapped.possible)

    def take(self, start: int, pred: NDArray[Any], target: NDArray[Any]) -> PairShown:
        """What a block of both shows; called from several threads."""
        shown = PairShown(None if self._swapped is None else self._swapped.take(pred, target))
        if start > 0:
            return shown
        if self._parts is not None:
            shown = shown._replace(parts=self._parts.take(*self._numbers(pred, target, _SOME)))
        if self._classes is not None:
            return self._look_at_classes(shown, pred, target, self._classes)
        if self._shifted is not None and self._shifted.possible(*self._numbers(pred, target, _GLANCE)):
            return shown._replace(shifted=self._shifted.take(*self._numbers(pred, target, _SOME)))
        return shown

    def merge(self, shown: Sequence[PairShown]) -> PairShown:
        """What blocks show together, in any order."""
        swapped = [s.swapped for s in shown if s.swapped is not None]
        return PairShown(
            self._swapped.merge(swapped) if self._swapped is not None and swapped else None,
            next((s.confusion for s in shown if s.confusion is not None), None),
            next((s.shifted for s in shown if s.shifted is not None), None),
            next((s.parts for s in shown if s.parts is not None), None),
        )

    def _numbers(self, pred: NDArray[Any], target: NDArray[Any], part: _Part) -> tuple[NDArray[Any], NDArray[Any]]:
        rows = min(part.rows, part.values // (pred.size // len(pred)))
        if self._logits:  # the errors of logits beside labels are those of the answers they come to
            return pred[:rows] > 0.0, target[:rows] > 0.5
        return pred[:rows].astype(np.float64), target[:rows].astype(np.float64)

    def _look_at_classes(self, shown: PairShown, pred: NDArray[Any], target: NDArray[Any], classes: int) -> PairShown:
        guesses, labels = self._answers(pred, target, classes, _GLANCE)
        if self._shifted is not None and self._shifted.possible(guesses, labels):
            shown = shown._replace(shifted=self._shifted.take(*self._answers(pred, target, classes, _SOME)))
        if self._reordered is not None and (guesses == labels).mean() <= Reordered.MOST_MET:
            enough = max(_SOME.rows, _LABELS_PER_CLASS * classes)
            some = self._answers(pred, target, classes, _Part(enough, enough * classes))
            shown = shown._replace(confusion=self._confusion(*some, classes))
        return shown

    def _answers(
        self, pred: NDArray[Any], target: NDArray[Any], classes: int, part: _Part
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Guessed classes and labels of the first rows, and of the first positions of each."""
        rows = min(len(pred), part.rows, max(1, part.values // (pred.size // len(pred))))
        positions = max(1, part.values // (rows * classes))
        scores = pred[:rows].reshape(rows, classes, -1)[:, :, :positions]
        labels = target[:rows].reshape(rows, -1)[:, :positions].astype(np.int64)
        return scores.argmax(axis=1), self._counting.from_zero(labels)

    def _confusion(self, guesses: NDArray[Any], labels: NDArray[Any], classes: int) -> NDArray[np.int64]:
        """How often each label met each guess."""
        counts = (labels >= 0) & (labels < classes)
        if self._counting.ignored is not None:
            counts &= labels != self._counting.ignored
        pairs = labels[counts] * classes + guesses[counts]
        return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)

    def findings(self, shown: PairShown) -> list[Finding]:
        """What the two looked like, once every block was seen."""
        every = (self._swapped, self._reordered, self._shifted, self._parts)
        each: Iterable[tuple[Any, Any]] = zip(every, shown, strict=True)
        return [found for s, seen in each if s is not None and seen is not None and (found := s.finding(seen))]

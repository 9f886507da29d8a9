"""Looking at values as they stream by: NaN, domains and labels.

A block is only ever asked cheap questions (its largest and smallest value). When one answer is bad, the loop stops
and :mod:`losscli.engine.diagnose` reads the source once more to count and to name the first place. What no single
value shows is left to :mod:`losscli.engine.suspicions`, which sees the same blocks. What they show is a value that is
handed on: nothing here remembers a block.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.plan import Bound, Job
from losscli.engine.suspicions import of_input
from losscli.engine.suspicions.look import Look
from losscli.engine.suspicions.together import Counting
from losscli.errors import Finding
from losscli.records import NamedTuple
from losscli.spec.kinds import Among

IGNORED = -(1 << 62)
"""What the ignored label is to kernels where labels do not count from 0."""


class Violation(Exception):
    """A block holds what its input may not. Internal: becomes a :class:`DataError`.

    ``number`` is that of the input's source: a loss may be computed of several.
    """

    def __init__(self, loss: str, role: str, number: int) -> None:
        super().__init__(loss, role, number)
        self.loss, self.role, self.number = loss, role, number


def beyond_64_bits(raw: NDArray[Any]) -> NDArray[np.bool_]:
    """Which numbers no whole number of 64 bits is: labels that become one would be taken for others."""
    return np.asarray((raw >= 2.0**63) | (raw < -(2.0**63))) if raw.dtype.kind in "uf" else np.zeros(raw.shape, bool)


class Seen(NamedTuple):
    """What blocks of an input look like.

    Attributes:
        shown: What they show to each suspicion; () where none looked.
        infinite: Whether an infinity was met where it may matter.
    """

    shown: tuple[Any, ...] = ()
    infinite: bool = False


NOT_LOOKED = Seen()


THE_PREDICTION = "the prediction"


def _class_axis(axes: list[str]) -> int:
    """Where the classes are of a block whose other axes are these; ``*`` is any number of them."""
    if "C" not in axes:
        return 1
    place = axes.index("C")
    return place - len(axes) if "*" in axes[:place] else 1 + place


def _of_classes(job: Job) -> str:
    """What tells how many classes there are, in words."""
    if "classes" in job.loss.hooks:
        return "the weights"
    holding = next((b.source for b in job.inputs if b.source is not None and "C" in job.axes(b)), None)
    return THE_PREDICTION if holding is None or "C" in job.form.inputs[0] else holding.name


class Inspector:
    """Watches one input of one job."""

    def __init__(self, bound: Bound, job: Job, nan: str, label_base: int = 0, weighted: bool = False) -> None:
        self.bound, self.kind, self.loss = bound, bound.kind, job.loss
        # No class is NaN, and what is read whole belongs to every sample: nothing to propagate or to omit.
        sound = (self.kind.dtype != "real" and nan == "propagate") or (not bound.streamed and nan == "omit")
        self.nan = "error" if sound else nan
        self.classes = job.classes
        rest = [axis for axis in job.axes(bound) if axis != job.loss.signature.sample_axis]
        self._class_axis = _class_axis(rest)
        self.of_classes = _of_classes(job)
        counts = self.kind.dtype == "label" and bound.source is not None and not bound.source.coded
        self.label_base = label_base if counts else 0
        self.reserved: int | None = job.parameters.get(self.kind.reserved)
        self.longest = next(iter(job.letters.get(self.kind.along, ())), None)
        self.ignored_label = job.parameters.get(self.kind.ignorable) if self.kind.ignorable else None
        # An elementwise loss turns NaN into NaN, so its sum tells; other kernels may hide it.
        self.lazy = (
            job.loss.signature.elementwise
            and not job.loss.whole
            and not self.kind.domain.bounded
            and self.nan == "error"
            and not weighted  # a weight of 0 hides what it weighs
        )
        self.suspicions = of_input(bound, job)
        self._trusts = self.lazy and not self.suspicions and not self.kind.rules

    @property
    def violation(self) -> Violation:
        """The error for a block that holds what it may not."""
        return Violation(self.loss.name, self.bound.role.name, self.bound.number)

    def look(self, raw: NDArray[Any]) -> Seen:
        """What one block of real numbers looks like; raise Violation on what is not allowed."""
        if self._trusts or not raw.size:
            return NOT_LOOKED
        look = Look(raw, self.nan != "error", self._class_axis)
        if not self.lazy and self._bad(look):
            raise self.violation
        if any(rule.broken(raw if self.bound.streamed else raw[None]).any() for rule in self.kind.rules):
            raise self.violation
        return self._shown(look)

    def look_at_labels(self, raw: NDArray[Any]) -> Seen:
        """What one block of labels looks like."""
        return self._shown(Look(raw, self.nan != "error")) if self.suspicions and raw.size else NOT_LOOKED

    def _shown(self, look: Look) -> Seen:
        return Seen(tuple(suspicion.take(look) for suspicion in self.suspicions)) if self.suspicions else NOT_LOOKED

    def _bad(self, look: Look) -> bool:
        if math.isnan(look.high):
            return self.nan == "error"
        domain = self.kind.domain
        if self.kind.soft or not domain.bounded:
            return False
        if isinstance(domain, Among):
            return bool((domain.outside(look.raw) & ~np.isnan(look.raw)).any())
        return look.high not in domain or (domain.low > -math.inf and look.low not in domain)

    def look_again(self, raw: NDArray[Any]) -> Seen:
        """For a block whose sum is not finite: was it the input?"""
        if raw.dtype.kind != "f":
            return NOT_LOOKED
        if self.lazy and bool(np.isnan(raw).any()):
            raise self.violation
        return Seen(infinite=bool(np.isinf(raw).any()))

    def merge(self, seen: Sequence[Seen]) -> Seen:
        """What blocks look like together, in any order."""
        shown = [s.shown for s in seen if s.shown]
        each = zip(self.suspicions, zip(*shown, strict=True), strict=True) if shown else ()
        return Seen(tuple(suspicion.merge(parts) for suspicion, parts in each), any(s.infinite for s in seen))

    def whole(self, raw: NDArray[Any]) -> NDArray[np.int64]:
        """The whole numbers of a block, labels or lengths; raise Violation where they are none."""
        return self.labels(raw) if self.kind.dtype == "label" else self.lengths(raw)

    def labels(self, raw: NDArray[Any]) -> NDArray[np.int64]:
        """Class indices of a block as int64; raise Violation where they are none."""
        if raw.dtype.kind == "f" and not bool((np.rint(raw) == raw).all()):
            raise self.violation
        if raw.dtype == np.uint64 and bool(beyond_64_bits(raw).any()):  # or it would come out negative
            raise self.violation
        if raw.dtype.kind == "f" and self.classes is None and bool(beyond_64_bits(raw).any()):
            raise self.violation  # where there are classes, it is none of them
        labels = raw.astype(np.int64, copy=False)
        found = self.from_zero(labels)
        if self.classes is not None and found.size and not self._in_range(labels, found).all():
            raise self.violation
        if self.reserved is not None and bool((found == self.reserved).any()):
            raise self.violation
        return found

    def lengths(self, raw: NDArray[Any]) -> NDArray[np.int64]:
        """Lengths of a block as int64; raise Violation where they are none."""
        fractional = raw.dtype.kind == "f" and not bool((np.rint(raw) == raw).all())
        if fractional or bool(self.no_lengths(raw).any()):
            raise self.violation
        return raw.astype(np.int64, copy=False)

    def no_lengths(self, raw: NDArray[Any]) -> NDArray[np.bool_]:
        """Which numbers are no lengths: below 0, or above that of the axis."""
        return (raw < 0) | (raw > (math.inf if self.longest is None else self.longest))

    def from_zero(self, labels: NDArray[Any]) -> NDArray[Any]:
        """Labels counted from 0; the ignored one becomes a number that no other label can become, padding stays."""
        if not self.label_base:
            return labels
        moved = labels - self.label_base
        if self.ignored_label is not None:
            moved = np.where(labels == self.ignored_label, IGNORED, moved)
        return moved if self.kind.padding is None else np.where(labels == self.kind.padding, self.kind.padding, moved)

    @property
    def counting(self) -> Counting:
        """How labels count."""
        return Counting(self.from_zero, IGNORED if self.label_base else self.ignored_label, bool(self.label_base))

    def _in_range(self, labels: NDArray[Any], found: NDArray[Any]) -> Any:
        """Which labels, counted from 0 as ``found``, are a class or stand for none."""
        # Without its sign a negative label is a huge one: one look settles both ends.
        if int(found.view(np.uint64).max()) < (self.classes or 0):
            return np.True_
        inside = (found >= 0) & (found < self.classes)
        for other in (self.kind.padding, self.ignored_label):
            inside = inside if other is None else inside | (labels == other)
        return inside

    def remarks(self, seen: Seen) -> tuple[str, ...]:
        """What the whole input turned out to be, where that is worth saying and nothing is wrong."""
        return tuple(text for s, shown in zip(self.suspicions, seen.shown, strict=False) if (text := s.remark(shown)))

    def findings(self, seen: Seen) -> list[Finding]:
        """What the whole input looked like, once every block was seen."""
        return [found for s, shown in zip(self.suspicions, seen.shown, strict=False) if (found := s.finding(shown))]

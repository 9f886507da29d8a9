"""Looking at values as they stream by: NaN, domains, labels, and inputs that look like something else.

A block is only ever asked cheap questions (its largest and smallest value). When one answer is bad, the
loop stops and :func:`diagnose` reads the source once more to count and to name the first place.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.plan import Bound, Job
from losscli.errors import DataError, Finding

_ROW_SUM_TOLERANCE = 5e-3
"""How far from 1 rows of probabilities may sum: ten classes written with three decimals, or float16."""


IGNORED = -(1 << 62)
"""What the ignored label is to kernels where labels do not count from 0."""


class Violation(Exception):
    """A block holds what its input may not. Internal: becomes a :class:`DataError`."""

    def __init__(self, inspector: Inspector) -> None:
        super().__init__()
        self.inspector = inspector


class Inspector:
    """Watches one input of one job. Facts only ever tighten, so the order of blocks does not matter."""

    def __init__(self, bound: Bound, job: Job, nan: str, label_base: int = 0, weighted: bool = False) -> None:
        self.bound, self.kind = bound, bound.kind
        # No class is NaN, and what is read whole belongs to every sample: nothing to propagate or to omit.
        sound = (self.kind.dtype == "label" and nan == "propagate") or (not bound.streamed and nan == "omit")
        self.nan = "error" if sound else nan
        self.classes = job.classes
        self.label_base = 0 if bound.source is None or bound.source.coded else label_base
        self._lock = threading.Lock()
        self.ignored_label = job.parameters.get(self.kind.ignorable) if self.kind.ignorable else None
        self.highest = -math.inf
        self.rows_are_probabilities = self.kind.suspect == "probabilities"
        self.rows_are_normalised = True
        self.rows_are_one_hot = self.kind.suspect == "unnormalised"
        # An elementwise loss turns NaN into NaN, so its sum tells; other kernels may hide it.
        self.lazy = (
            job.loss.signature.elementwise
            and job.loss.finish_hook is None
            and not self.kind.domain.bounded
            and self.nan == "error"
            and not weighted  # a weight of 0 hides what it weighs
        )

    def look(self, raw: NDArray[Any]) -> None:
        """Check one block of real numbers; raise Violation on what is not allowed."""
        if self.lazy or not raw.size:
            return
        flat = raw.reshape(-1)
        reduce_max, reduce_min = (np.maximum, np.minimum) if self.nan == "error" else (np.fmax, np.fmin)
        high = float(reduce_max.reduce(flat))
        if self.nan == "error" and math.isnan(high):
            raise Violation(self)
        if not (self.kind.domain.bounded or self.rows_are_probabilities):
            return
        bounded_below = self.kind.domain.low > -math.inf or self.rows_are_probabilities
        low = float(reduce_min.reduce(flat)) if bounded_below else self.kind.domain.high
        if not math.isnan(high):
            with self._lock:
                self.highest = max(self.highest, high)
        if not self.kind.soft and self._outside(low, high):
            raise Violation(self)
        self._doubt(raw, low, high)

    def _doubt(self, raw: NDArray[Any], low: float, high: float) -> None:
        if self.kind.suspect == "unnormalised":
            # Other threads may have found out meanwhile: facts are only ever taken back.
            if self.rows_are_normalised and not _rows_sum_to_one(raw):
                self.rows_are_normalised = self.rows_are_one_hot = False
            if self.rows_are_one_hot and not _zeros_and_ones(raw):
                self.rows_are_one_hot = False
        if self.rows_are_probabilities and not (low >= 0.0 and high <= 1.0 and _rows_sum_to_one(raw)):
            self.rows_are_probabilities = False

    def look_again(self, raw: NDArray[Any]) -> None:
        """For a lazy input of a block whose sum came out NaN: was it the input?"""
        if self.lazy and raw.dtype.kind == "f" and bool(np.isnan(raw).any()):
            raise Violation(self)

    def labels(self, raw: NDArray[Any]) -> NDArray[np.int64]:
        """Class indices of a block as int64; raise Violation where they are none."""
        if raw.dtype.kind == "f" and not bool((np.rint(raw) == raw).all()):
            raise Violation(self)
        found = self.from_zero(raw.astype(np.int64, copy=False))
        if self.classes is not None and found.size and not self._in_range(found).all():
            raise Violation(self)
        return found

    def from_zero(self, labels: NDArray[Any]) -> NDArray[Any]:
        """Labels counted from 0; the ignored one becomes a number that no other label can become."""
        if not self.label_base:
            return labels
        moved = labels - self.label_base
        return moved if self.ignored_label is None else np.where(labels == self.ignored_label, IGNORED, moved)

    def _in_range(self, labels: NDArray[Any]) -> Any:
        # Without its sign a negative label is a huge one: one look settles both ends.
        if int(labels.view(np.uint64).max()) < (self.classes or 0):
            return np.True_
        inside = (labels >= 0) & (labels < self.classes)
        ignored = IGNORED if self.label_base else self.ignored_label
        return inside if self.ignored_label is None else inside | (labels == ignored)

    def _outside(self, low: float, high: float) -> bool:
        if math.isnan(high):
            return False
        return low not in self.kind.domain or high not in self.kind.domain

    def remarks(self) -> tuple[str, ...]:
        """What the whole input turned out to be, where that is worth saying and nothing is wrong."""
        return ("one-hot rows, read as class probabilities",) if self.rows_are_one_hot else ()

    def finding(self) -> Finding | None:
        """What the whole input looked like, once every block was seen."""
        name, kind = self.bound.source.name if self.bound.source else "", self.kind
        if kind.soft and self.highest > kind.domain.high:
            return Finding(
                "L202",
                f"{name}: holds values up to {self.highest:.6g}, where {kind.name} are {kind.domain}.",
                f"{kind.looks_like}.",
            )
        if not self.rows_are_normalised:
            return Finding(
                "L203",
                f"{name}: {kind.name} of a sample do not sum to 1.",
                "divide each row by its sum, if they should.",
            )
        if self.rows_are_probabilities and self.classes:
            floor = math.log(1 + (self.classes - 1) / math.e)
            return Finding(
                "L201",
                f"{name}: every row lies in [0, 1] and sums to 1: these look like probabilities, not logits. "
                f"With them the loss cannot fall below ln(1 + {self.classes - 1}/e) = {floor:.6g}.",
                "give logits, or the log of the probabilities (their softmax is the probabilities again).",
            )
        return None


def _zeros_and_ones(raw: NDArray[Any]) -> bool:
    return bool(((raw == 0) | (raw == 1)).all())


def _rows_sum_to_one(raw: NDArray[Any]) -> bool:
    return raw.shape[1] > 1 and bool((np.abs(raw.sum(axis=1, dtype=np.float64) - 1.0) <= _ROW_SUM_TOLERANCE).all())


def diagnose(inspector: Inspector, blocks: Iterable[tuple[int, int]]) -> DataError:
    """Read the source again, block by block, and say what is wrong with it: how often, and first where."""
    source = inspector.bound.source
    assert source is not None
    scan = _Scan(inspector)
    for start, stop in blocks:
        raw = source.read(start, stop, np.empty((stop - start, *source.row_shape), source.dtype))
        missing = source.missing(start, start + len(raw))
        scan.block(raw, start, None if missing is None else ~missing)
        if len(raw) < stop - start:
            break
    place = source.place(scan.first) if source.shape else "the only value"
    if scan.nans:
        count = f"{scan.nans} of {scan.total} values are NaN" if scan.nans > 1 else "1 value is NaN"
        return DataError(
            f"{source.name}: {count}, the first at {place}.",
            "--nan omit leaves those samples out of every input, --nan propagate computes with them."
            if inspector.bound.streamed
            else "--nan propagate computes with it; it belongs to every sample, so there is none to leave out.",
        )
    if inspector.kind.dtype == "label":
        return _label_error(inspector, scan, place)
    return DataError(
        f"{source.name}: {scan.bad} of {scan.total} values are outside {inspector.kind.domain}, "
        f"the first at {place}: {scan.first_value:.6g} ({inspector.kind.name} expected).",
        f"{inspector.kind.looks_like}." if inspector.kind.looks_like else "",
    )


class _Scan:
    """Counts over a whole source, for the error's text."""

    def __init__(self, inspector: Inspector) -> None:
        self.inspector = inspector
        self.total = self.nans = self.bad = 0
        self.first: tuple[int, ...] = ()
        self.first_value = math.nan
        self.low, self.high = math.inf, -math.inf
        self.strange: set[float] = set()
        self.fractional = False

    def block(self, raw: NDArray[Any], start: int, used: NDArray[np.bool_] | None) -> None:
        """Count one block, without the rows that are not used."""
        if used is not None:  # a value that is never bad
            raw = np.where(used.reshape(-1, *[1] * (raw.ndim - 1)), raw, self.inspector.label_base)
        nan = np.isnan(raw) if raw.dtype.kind == "f" else np.zeros(raw.shape, bool)
        told = self.inspector.nan == "error" and bool(nan.any())
        bad = nan if told else self._bad(raw) & ~nan
        if told and not self.nans:  # of NaN is told before anything else
            self.first = ()
        self.total += raw.size
        self.nans += int(nan.sum()) if told else 0
        self.bad += int(bad.sum())
        if bad.any() and (told or not self.nans):
            if not self.first:
                at = np.argwhere(bad)[0]
                self.first = (int(at[0]) + start, *(int(i) for i in at[1:]))
                self.first_value = float(raw[tuple(at)])
            if len(self.strange) < 8:
                self.strange.update(np.unique(raw[bad])[:8].tolist())
        good = raw[~nan] if nan.any() else raw
        kept = good[good != self.inspector.ignored_label] if self.inspector.ignored_label is not None else good
        if kept.size:
            self.low, self.high = min(self.low, float(kept.min())), max(self.high, float(kept.max()))

    def _bad(self, raw: NDArray[Any]) -> NDArray[np.bool_]:
        kind = self.inspector.kind
        if kind.dtype == "label":
            fractional = np.rint(raw) != raw if raw.dtype.kind == "f" else np.zeros(raw.shape, bool)
            self.fractional = self.fractional or bool((fractional & ~np.isnan(raw)).any())
            low = self.inspector.label_base
            outside = (raw < low) | (raw >= low + (self.inspector.classes or math.inf))
            if self.inspector.ignored_label is not None:
                outside &= raw != self.inspector.ignored_label
            return np.asarray(fractional | outside)
        d = kind.domain
        below = raw < d.low if d.closed_low else raw <= d.low
        above = raw > d.high if d.closed_high else raw >= d.high
        return np.asarray(below | above)


def _label_error(inspector: Inspector, scan: _Scan, place: str) -> DataError:
    source, classes, base = inspector.bound.source, inspector.classes or 0, inspector.label_base
    assert source is not None
    if scan.fractional:
        return DataError(
            f"{source.name}: {scan.first_value:.6g} at {place} is no class index.",
            "class targets are whole numbers; are the two files swapped?",
        )
    message = (
        f"{source.name}: {scan.bad} of {scan.total} labels are outside {base}..{base + classes - 1} "
        f"({classes} classes in the prediction), the first at {place}: {scan.first_value:g}."
    )
    return DataError(message, _label_hint(scan, classes, inspector))


def _label_hint(scan: _Scan, classes: int, inspector: Inspector) -> str:
    ignorable = inspector.kind.ignorable
    if scan.low == 1 and scan.high == classes and not inspector.label_base:
        return f"labels run from 1 to {classes}: looks 1-based; --label-base 1."
    if inspector.label_base and scan.low == 0 and scan.high <= classes - 1:
        return f"labels run from 0 to {scan.high:g}: they count from 0; leave --label-base out."
    if len(scan.strange) == 1 and ignorable:
        (value,) = scan.strange
        return f"if {value:g} marks what is to be left out: --{ignorable.replace('_', '-')} {value:g}."
    return f"labels run from {scan.low:g} to {scan.high:g}; has the prediction one column a class?"

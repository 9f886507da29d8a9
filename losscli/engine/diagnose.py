"""What is wrong with an input, once a block was bad: read again, count, and name the first place."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.checks import THE_PREDICTION, Inspector, beyond_64_bits
from losscli.engine.suspicions.labels import LabelRange
from losscli.engine.suspicions.words import looks_like, way_out
from losscli.errors import DataError
from losscli.spec.kinds import SIGNS, SPACE_NAMES, UNIT, Rule


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
    if inspector.kind.dtype == "length":
        return _length_error(inspector, scan, place)
    if inspector.kind.dtype == "label":
        return _label_error(inspector, scan, place)
    if not scan.bad and scan.broken is not None:
        rule, row = scan.broken
        return DataError(f"{source.name}: every sample must {rule.words}; row {row} does not.", rule.hint)
    return DataError(
        f"{source.name}: {scan.bad} of {scan.total} values are outside {inspector.kind.domain}, "
        f"the first at {place}: {scan.first_value:.6g} ({inspector.kind.name} expected).",
        _domain_hint(inspector, scan),
    )


def _domain_hint(inspector: Inspector, scan: _Scan) -> str:
    kind = inspector.kind
    if kind.space == "probs":
        space = looks_like(scan.low, scan.high)
        return f"they look like {SPACE_NAMES[space]}: {way_out(inspector.loss, space)}"
    if kind.domain == UNIT and scan.strange == {-1.0}:
        return "targets of -1 and 1 stand for 0 and 1: (y + 1) / 2 turns one into the other."
    if kind.domain == SIGNS and scan.strange == {0.0}:
        if scan.low == 0.0:
            return "targets of 0 and 1 stand for -1 and 1: 2·y - 1 turns one into the other."
        return "there are -1 and 1 beside it: 0 is neither; leave such rows out."
    return f"{kind.looks_like}." if kind.looks_like else ""


class _Scan:
    """Counts over a whole source, for the error's text."""

    def __init__(self, inspector: Inspector) -> None:
        self.inspector = inspector
        self.total = self.nans = self.bad = 0
        self.first: tuple[int, ...] = ()
        self.first_value = math.nan
        self.first_text = ""
        self.low, self.high = math.inf, -math.inf
        self.strange: set[float] = set()
        self.fractional = False
        self.broken: tuple[Rule, int] | None = None

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
                self.first_value, self.first_text = float(raw[tuple(at)]), _shortest(raw[tuple(at)])
            if len(self.strange) < 8:
                self.strange.update(np.unique(raw[bad])[:8].tolist())
        if self.broken is None and not self.bad:
            self.broken = self._broken(raw, start)
        good = raw[~nan] if nan.any() else raw
        kept = good
        for other in (self.inspector.ignored_label, self.inspector.kind.padding):
            kept = kept if other is None else kept[kept != other]
        if kept.size:
            self.low, self.high = min(self.low, float(kept.min())), max(self.high, float(kept.max()))

    def _broken(self, raw: NDArray[Any], start: int) -> tuple[Rule, int] | None:
        """The first rule of samples that is broken, and by which."""
        for rule in self.inspector.kind.rules:
            rows = np.flatnonzero(rule.broken(raw))
            if len(rows):
                return rule, start + int(rows[0])
        return None

    def _bad(self, raw: NDArray[Any]) -> NDArray[np.bool_]:
        kind = self.inspector.kind
        if kind.dtype != "real":
            fractional = np.rint(raw) != raw if raw.dtype.kind == "f" else np.zeros(raw.shape, bool)
            self.fractional = self.fractional or bool((fractional & ~np.isnan(raw)).any())
            if kind.dtype == "length":
                return np.asarray(fractional | self.inspector.no_lengths(raw))
            low, classes = self.inspector.label_base, self.inspector.classes
            outside = beyond_64_bits(raw) if classes is None else (raw < low) | (raw >= low + classes)
            for other in (self.inspector.ignored_label, kind.padding):
                outside &= True if other is None else raw != other
            if self.inspector.reserved is not None:
                outside |= raw - low == self.inspector.reserved
            return np.asarray(fractional | outside)
        return np.asarray(kind.domain.outside(raw))


def _shortest(value: Any) -> str:
    """The shortest text that reads back as the same number; a whole one without its point."""
    return str(value).removesuffix(".0")


def _length_error(inspector: Inspector, scan: _Scan, place: str) -> DataError:
    source, kind, longest = inspector.bound.source, inspector.kind, inspector.longest
    assert source is not None
    if scan.fractional and not any(inspector.no_lengths(np.array(list(scan.strange)))):
        return DataError(f"{source.name}: {scan.first_text} at {place} is not a length.", "lengths are whole numbers.")
    domain = f"[0, {longest}]" if longest is not None else str(kind.domain)
    few = f"{kind.counts} has {longest} places for each sample along its axis {kind.along}." if longest else ""
    return DataError(
        f"{source.name}: {scan.bad} of {scan.total} values are outside {domain}, "
        f"the first at {place}: {scan.first_text} ({kind.name} expected).",
        few,
    )


def _label_error(inspector: Inspector, scan: _Scan, place: str) -> DataError:
    source, classes, base = inspector.bound.source, inspector.classes or 0, inspector.label_base
    assert source is not None
    if scan.fractional:
        return DataError(
            f"{source.name}: {scan.first_text} at {place} is not a class index.",
            "class targets are whole numbers; are the two files swapped?",
        )
    if inspector.reserved is not None and scan.strange == {inspector.reserved + base}:
        option = f"--{inspector.kind.reserved.replace('_', '-')}"
        return DataError(
            f"{source.name}: {scan.bad} of {scan.total} labels are {scan.first_text}, which is the "
            f"{inspector.kind.reserved} here and no label, the first at {place}.",
            f"{option} names another class, if the {inspector.kind.reserved} of the model is not {inspector.reserved}; "
            "what pads a target lies beyond its length.",
        )
    if inspector.classes is None:
        return DataError(
            f"{source.name}: {scan.first_text} at {place} is past what 64 bits hold, and no label.",
            "number what they stand for from 0 on.",
        )
    message = (
        f"{source.name}: {scan.bad} of {scan.total} labels are outside {base}..{base + classes - 1} "
        f"({classes} classes in {inspector.of_classes}), the first at {place}: {scan.first_text}."
    )
    return DataError(message, _label_hint(scan, classes, inspector))


_NO_MARK = 2**31
"""Nobody marks what is to be left out by a number as large; a negative one became it where its sign was lost."""


def _label_hint(scan: _Scan, classes: int, inspector: Inspector) -> str:
    ignorable = inspector.kind.ignorable
    if hint := LabelRange(scan.low, scan.high, classes, inspector.label_base).base_hint:
        return hint
    value = next(iter(scan.strange), math.inf)
    if len(scan.strange) == 1 and ignorable and abs(value) < _NO_MARK:
        return f"if {value:g} marks what is to be left out: --{ignorable.replace('_', '-')} {value:g}."
    ends = f"labels run from {scan.low:g} to {scan.high:g}"
    if inspector.of_classes != THE_PREDICTION:
        return f"{ends}; are {inspector.of_classes} and {inspector.bound.role.name} of one model?"
    return f"{ends}; has the prediction one column a class?"

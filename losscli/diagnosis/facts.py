"""What one file holds, in one pass over it: shape, range, kind of numbers; and what looks wrong about it alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import Source
from losscli.engine.plan import BLOCK_ELEMENTS
from losscli.engine.suspicions.look import Look
from losscli.engine.suspicions.values import Probabilities, Rounded
from losscli.errors import Finding
from losscli.spec.kinds import Space

MOST_LABELS = 1000
"""Whole numbers of more values than this are no labels."""
_CLASSES, _EACH = 20, 10
"""So few whole numbers are taken for classes, or as many as stand so often each."""
_COLUMNS = 4096
"""Columns of which each one's range is kept."""
_ROWS, _VALUES = 64, 4096
"""How much of a block tells whether its rows are logarithms, as where a loss wants them."""


class Facts:
    """What a source holds; first :meth:`take` every block.

    Attributes:
        source: The source.
        rows: How many rows there are.
        used: How many of them have all their numbers.
        nans: Values that are NaN.
        infinite: Values that are infinite.
        missing: Rows that miss a value.
        low: The smallest number; infinite where there is none.
        high: The largest number.
        whole: Whether all are whole numbers.
        labels: How often each whole number stands; None where there are too many, or others.
        by_class: Whether a row has several values, which may be those of classes.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.rows = self.used = self.nans = self.infinite = self.missing = 0
        self.first: tuple[int, ...] | None = None
        self.low, self.high = math.inf, -math.inf
        self.whole = self._of_size_one = True
        self.labels: Counter[int] | None = Counter()
        self._probabilities: list[Probabilities] = []
        self.by_class = len(source.row_shape) > 0 and source.row_shape[0] > 1
        self._zeros_and_ones = self._one_hot = True
        self._logarithms = [0, 0]
        self._rounded = Rounded(source.name)
        self._large: list[int | None] = []
        width = source.row_shape[0] if len(source.row_shape) == 1 else 1
        self._lows = np.full(width, np.inf) if width <= _COLUMNS and len(source.row_shape) < 2 else None
        self._highs = None if self._lows is None else -self._lows

    def take(self, raw: NDArray[Any], start: int, missing: NDArray[np.bool_] | None) -> None:
        """Look at a block of rows."""
        self.rows += len(raw)
        if missing is not None and missing.any():
            self.missing += int(missing.sum())
            self._note_first(start + int(np.flatnonzero(missing)[0]))
            raw = raw[~missing]
        if raw.dtype.kind == "f":
            raw = self._finite(raw, start)
        if raw.size:
            self._look(raw)

    def _finite(self, raw: NDArray[Any], start: int) -> NDArray[Any]:
        """The rows without NaN and infinities, which are counted."""
        bad = ~np.isfinite(raw)
        if not bad.any():
            return raw
        nan = np.isnan(raw)
        self.nans += int(nan.sum())
        self.infinite += int(bad.sum() - nan.sum())
        at = np.argwhere(bad)[0]
        self._note_first(int(at[0]) + start, *map(int, at[1:]))
        sound: NDArray[Any] = raw[~bad.reshape(len(raw), -1).any(axis=1)]
        return sound

    def _note_first(self, *place: int) -> None:
        self.first = place if self.first is None else min(self.first, place)

    def _look(self, raw: NDArray[Any]) -> None:
        self.used += len(raw)
        look = Look(raw)
        self.low, self.high = min(self.low, look.low), max(self.high, look.high)
        self._probabilities.append(Probabilities.of(look, self.by_class))
        self._zeros_and_ones = self._zeros_and_ones and look.zeros_and_ones
        if self.by_class:
            self._one_hot = self._one_hot and self._zeros_and_ones and look.rows_sum_to_one
            width = raw.size // len(raw)
            found = look.rows_of_logarithms(max(1, min(_ROWS, _VALUES // width)))
            self._logarithms = [a + b for a, b in zip(self._logarithms, found, strict=True)]
        self._large.append(self._rounded.take(look))
        self._count(raw)
        if self._lows is not None and self._highs is not None:
            rows = raw.reshape(len(raw), -1)
            np.minimum(self._lows, rows.min(axis=0), out=self._lows)
            np.maximum(self._highs, rows.max(axis=0), out=self._highs)

    def _count(self, raw: NDArray[Any]) -> None:
        if self.whole and raw.dtype.kind == "f":
            self.whole = bool((np.rint(raw) == raw).all())
        if not self.whole:
            self.labels = None
        self._of_size_one = self._of_size_one and self.whole and bool((np.abs(raw) == 1).all())
        if self.labels is not None:
            values, counts = np.unique(raw, return_counts=True)
            if len(values) <= MOST_LABELS:
                self.labels.update(dict(zip(map(int, values.tolist()), counts.tolist(), strict=True)))
            if len(values) > MOST_LABELS or len(self.labels) > MOST_LABELS:
                self.labels = None

    @property
    def seen(self) -> bool:
        """Whether there was any number."""
        return self.low <= self.high

    @property
    def distribution(self) -> Probabilities:
        """What tells whether all are probabilities, of classes where there are several columns."""
        return Probabilities.merged(self._probabilities)

    @property
    def probabilities(self) -> bool:
        """Whether all are probabilities, of classes where there are several columns."""
        return self.seen and self.distribution.certain and not self.labelled

    @property
    def signs(self) -> bool:
        """Whether all is -1 or 1, and some -1."""
        return self.seen and self._of_size_one and self.low < 0

    @property
    def unit(self) -> bool:
        """Whether all lies in [0, 1]."""
        return self.seen and self.low >= 0.0 and self.high <= 1.0

    @property
    def zeros_and_ones(self) -> bool:
        """Whether all is 0 or 1."""
        return self.seen and self._zeros_and_ones

    @property
    def one_hot(self) -> bool:
        """Whether each row is a single 1 among zeros."""
        return self.seen and self.by_class and self._one_hot

    @property
    def sums_to_one(self) -> bool:
        """Whether the values of each row are probabilities of classes, one-hot ones among them."""
        return self.by_class and self.seen and self.distribution.possible

    @property
    def logarithms(self) -> bool:
        """Whether rows are logarithms of probabilities, as far as was looked."""
        bad, seen = self._logarithms
        return self.seen and self.by_class and seen > 0 and not bad and self.high <= 0.0

    @property
    def labelled(self) -> bool:
        """Whether all are whole numbers, of few values."""
        return self.seen and self.whole and self.labels is not None

    @property
    def classes(self) -> int:
        """How many classes labels name: whole numbers that repeat; 0 where they are none."""
        few = self.labelled and not self.by_class
        count = len(self.labels or ())
        return count if few and (count <= _CLASSES or count * _EACH <= self.used) else 0

    def space(self, by_class: bool) -> Space:
        """What a prediction of it would be given as: its rows those of classes, or each value of a yes and no."""
        if not by_class:
            return "probs" if self.unit and not self.labelled and self.rows > 1 else "logits"
        if self.probabilities:
            return "probs"
        return "log-probs" if self.logarithms else "logits"

    @property
    def constant(self) -> list[str]:
        """The columns of which every value is the same, by their names."""
        if self._lows is None or self._highs is None or self.used < 2 or not self.seen:
            return []
        names = self.source.columns or [str(i) for i in range(len(self._lows))]
        return [name for name, a, b in zip(names, self._lows, self._highs, strict=False) if a == b]

    @property
    def ranges(self) -> list[tuple[str, float, float]]:
        """The name of each column of a table, its lowest and its highest number."""
        if self._lows is None or self._highs is None or not self.source.columns or not self.seen:
            return []
        return list(zip(self.source.columns, self._lows.tolist(), self._highs.tolist(), strict=False))

    def findings(self) -> list[Finding]:
        """What looks wrong about it, whatever stands beside it."""
        found = [
            self._not_finite(),
            self._constant(),
            self._rounded.finding(self._rounded.merge(self._large or [None])),
        ]
        return [one for one in found if one is not None]

    def _not_finite(self) -> Finding | None:
        """L210."""
        words = [
            f"{count} {word}"
            for count, word in (
                (self.nans, "NaN"),
                (self.infinite, "infinite values" if self.infinite > 1 else "infinite value"),
                (self.missing, "rows that miss a value" if self.missing > 1 else "row that misses a value"),
            )
            if count
        ]
        if not words:
            return None
        place = "" if self.first is None else f", the first at {self.source.place(self.first)}"
        hints = [
            *(["--nan omit leaves samples with NaN out of every input"] if self.nans else []),
            *(["--missing omit leaves rows with empty cells out"] if self.missing else []),
            *(["infinities are computed with as they are"] if self.infinite else []),
        ]
        return Finding("L210", f"{self.source.name}: holds {', '.join(words)}{place}.", f"{'; '.join(hints)}.")

    def _constant(self) -> Finding | None:
        """L211."""
        same = self.constant
        if not same:
            return None
        if self._lows is not None and len(self._lows) == 1:
            return Finding("L211", f"{self.source.name}: every value is {self.low:.6g}.", "is it the right column?")
        shown = ", ".join(same[:8]) + (", …" if len(same) > 8 else "")
        text = (
            f"{self.source.name}: column{'s' if len(same) > 1 else ''} {shown} hold{'' if len(same) > 1 else 's'} one"
        )
        return Finding("L211", f"{text} value alone.", "choose the columns that are meant: PATH::COLUMN,...")


def facts_of(source: Source) -> Facts:
    """What a source holds, read once from its first row to its last, in blocks."""
    facts = Facts(source)
    with np.errstate(all="ignore"):
        for start, raw in blocks_of(source):
            facts.take(raw, start, source.missing(start, start + len(raw)))
    return facts


def blocks_of(source: Source) -> Iterator[tuple[int, NDArray[Any]]]:
    """The blocks of a source, each with its first row, from the first to the last; one is overwritten by the next."""
    start, step = 0, max(1, BLOCK_ELEMENTS // max(1, math.prod(source.row_shape)))
    if source.sequential:
        source.begin()
    out = np.empty((min(step, source.rows), *source.row_shape), source.dtype)
    while source.endless or start < source.rows:
        stop = start + step if source.endless else min(start + step, source.rows)
        raw = source.read(start, stop, out[: stop - start])
        yield start, raw
        if len(raw) < stop - start:
            break
        start = stop

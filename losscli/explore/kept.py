"""Inputs that are read again and again: in memory where they come as a stream, and some where there are very many."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import ArraySource, Source, Texts
from losscli.diagnosis.facts import blocks_of
from losscli.inputs.opening import in_memory

if TYPE_CHECKING:
    from losscli.inputs.beside import Beside
    from losscli.spec.loss import Loss

MOST_SAMPLES = 1 << 20
MOST_VALUES = 1 << 26
"""Numbers of one input: half a gigabyte of them."""
_SEED = 0
_ROWS = 1 << 16
"""Rows of text that are read at once."""


class Kept(NamedTuple):
    """Inputs that can be read often.

    Attributes:
        sources: They, by name.
        beside: What is read beside them.
        rows: Which samples they are of those that there were; None where they are all.
        of: How many there were.
    """

    sources: dict[str, Source]
    beside: Beside
    rows: NDArray[np.int64] | None = None
    of: int = 0


def keep(one: Loss, sources: Mapping[str, Source], beside: Beside, most: int = MOST_SAMPLES) -> Kept:
    """Inputs that can be read often; of very many samples some, always the same ones.

    Args:
        one: The loss that they are of.
        sources: Its inputs, by name.
        beside: What is read beside them.
        most: How many samples are kept.

    Raises:
        losscli.LossCLIError: One cannot be read.
    """
    roles = {role.name: role for role in one.inputs}
    by_row = {name: source for name, source in sources.items() if roles[name].streamed and source.shape}
    whole = {name: in_memory(source) for name, source in sources.items() if name not in by_row}
    parted = any(roles[name].axis or roles[name].kind.dtype == "length" for name in sources)
    parted = parted or any(role.kind.counts for role in roles.values())
    widest = max((math.prod(source.row_shape) for source in by_row.values()), default=1)
    most = min(most, max(1, MOST_VALUES // max(1, widest)))
    every = [*by_row.values(), *([] if beside.weight is None else [beside.weight])]
    if parted or all(not source.sequential and source.rows <= most for source in every):
        weight = None if beside.weight is None else in_memory(beside.weight)
        return Kept(whole | {name: in_memory(s) for name, s in by_row.items()}, beside._replace(weight=weight))
    drawn = {source: _drawn(source, most) for source in dict.fromkeys(every)}
    counts = {one.of for one in drawn.values()}
    if len(counts) > 1:  # the engine says so better, of the files as they are
        return Kept(dict(sources), beside)
    (count,) = counts
    rows = next(iter(drawn.values())).numbers if count > most else None
    texts = {text: _some_texts(text, rows) for text in beside.columns}
    pairs = tuple((texts[a], texts[b]) for a, b in beside.pairs)
    weight = None if beside.weight is None else drawn[beside.weight]
    found = {name: whole[name] if name in whole else drawn[source] for name, source in sources.items()}
    return Kept(found, beside._replace(weight=weight, pairs=pairs), rows, count)


class _Some(ArraySource):
    """Rows of a source, in memory.

    Args:
        source: The source.
        array: The rows.
        numbers: Which they are.
        missing: Which of them miss a value.
        of: How many there were.
    """

    def __init__(
        self,
        source: Source,
        array: NDArray[Any],
        numbers: NDArray[np.int64],
        missing: NDArray[np.bool_] | None,
        of: int,
    ) -> None:
        super().__init__(array, source.name, source.format, source.columns, missing=missing)
        self.notes, self.remarks, self.tabular = source.notes, source.remarks, source.tabular
        self.coded, self.stated, self.numbers, self.of, self._source = source.coded, source.stated, numbers, of, source

    @property
    def own_dtype(self) -> np.dtype[Any]:
        return self._source.own_dtype

    def place(self, index: tuple[int, ...]) -> str:
        return self._source.place((int(self.numbers[index[0]]), *index[1:]) if index else index)


class _Draw:
    """Keeps some of very many rows: those with the smallest of numbers that are drawn for each, row after row."""

    def __init__(self, most: int) -> None:
        self._most, self._random = most, np.random.default_rng(_SEED)
        self._below = math.inf
        self._kept: list[tuple[NDArray[np.float64], NDArray[np.int64], NDArray[Any], NDArray[np.bool_]]] = []
        self._held = 0
        self.seen = 0

    def take(self, rows: NDArray[Any], missing: NDArray[np.bool_] | None) -> None:
        keys = self._random.random(len(rows))
        chosen = np.flatnonzero(keys < self._below)
        gone = np.zeros(len(rows), bool) if missing is None else missing
        self._kept.append((keys[chosen], chosen + self.seen, rows[chosen], gone[chosen]))
        self.seen += len(rows)
        self._held += len(chosen)
        if self._held > 2 * self._most:
            self._kept = [self._best()]

    def _best(self) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[Any], NDArray[np.bool_]]:
        keys, numbers, rows, missing = (np.concatenate(part) for part in zip(*self._kept, strict=True))
        if len(keys) > self._most:
            best = np.sort(np.argpartition(keys, self._most - 1)[: self._most])
            keys, numbers, rows, missing = keys[best], numbers[best], rows[best], missing[best]
            self._below = float(keys.max())
        self._held = len(keys)
        return keys, numbers, rows, missing

    def found(self, source: Source) -> _Some:
        _, numbers, rows, missing = self._best()
        return _Some(source, rows, numbers, missing if missing.any() else None, self.seen)


def _drawn(source: Source, most: int) -> _Some:
    draw = _Draw(most)
    for start, raw in blocks_of(source):
        draw.take(raw, source.missing(start, start + len(raw)))
    return draw.found(source)


def _some_texts(text: Texts, numbers: NDArray[np.int64] | None) -> Texts:
    every = np.concatenate([np.empty(0, object), *_blocks_of_text(text)])
    found = Texts(text.name, text.column, every if numbers is None else every[numbers])
    found.label, found.nested = text.label, text.nested
    return found


def _blocks_of_text(text: Texts) -> Iterator[NDArray[Any]]:
    start = 0
    while len(found := text.read(start, start + _ROWS)):
        yield found.copy()
        start += len(found)
        if len(found) < _ROWS:
            return

"""Reading rows: every source's part of a block, what runs beside it, and whether all of them end together."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import UNKNOWN_ROWS, Source, Texts, refuse_missing
from losscli.engine.parted import Parted
from losscli.engine.plan import Bound, Plan
from losscli.errors import DataError, LossCLIError, ShapeError
from losscli.inputs.beside import Beside, checked_weights
from losscli.inputs.pairing import compare, count_texts, refuse_unpaired

_COUNTING = 1 << 18
"""Elements at a time where rows are only counted."""


@dataclass(eq=False, repr=False)
class Block:
    """One block of samples as it was read.

    Attributes:
        start: The first sample.
        rows: How many there are.
        raw: The rows of each source, by the source's number.
        keep: Which samples are used; None if all are.
        weight: Each sample's weight, or None.
        groups: The columns whose values part the samples into groups.
        texts: The columns to keep.
        cluster: Which unit each sample belongs to, or None.
        ids: What may say so, or None.
        arrays: Inputs as the backend holds them, shared by losses.
        apart: Whether these must not take the place of another block's.
    """

    start: int
    rows: int
    raw: list[NDArray[Any]]
    keep: NDArray[np.bool_] | None = None
    weight: NDArray[np.float64] | None = None
    groups: list[NDArray[Any]] = field(default_factory=list)
    texts: list[NDArray[Any]] = field(default_factory=list)
    cluster: NDArray[Any] | None = None
    ids: NDArray[Any] | None = None
    arrays: dict[tuple[int, bool, bool], Any] = field(default_factory=dict)
    apart: bool = False
    _used: dict[int, NDArray[Any]] = field(default_factory=dict)
    _parted: Parted | None = None

    @property
    def count(self) -> int:
        """How many samples are used."""
        return self.rows if self.keep is None else int(self.keep.sum())

    @property
    def samples(self) -> NDArray[np.int64]:
        """Which samples of the inputs are used, by their numbers."""
        return self.used(np.arange(self.start, self.start + self.rows))

    def used(self, values: NDArray[Any]) -> NDArray[Any]:
        """The part of an array of samples that is used."""
        return values if self.keep is None else values[self.keep]

    @property
    def parted(self) -> Parted:
        """The samples that are used, by group."""
        if self._parted is None:
            self._parted = Parted([self.used(column) for column in self.groups])
        return self._parted

    def only(self, which: NDArray[np.bool_]) -> Block:
        """The block with some of the samples that are used, and no others."""
        keep = which if self.keep is None else self.keep.copy()
        if self.keep is not None:
            keep[keep] = which
        return Block(self.start, self.rows, self.raw, keep, apart=True)

    def of_source(self, number: int) -> NDArray[Any]:
        """The rows of a source that are used, as the file has them."""
        if self.keep is None:
            return self.raw[number]
        if number not in self._used:
            self._used[number] = self.used(self.raw[number])
        return self._used[number]

    def of(self, bound: Bound) -> NDArray[Any]:
        """The rows of a streamed input that are used, in the shape that its loss sees."""
        values = self.of_source(bound.number)
        return values if values.shape[1:] == bound.row_shape else values.reshape(len(values), *bound.row_shape)


class Rows:
    """Reads the blocks of a plan.

    Attributes:
        sources: What is read, each once: those of the plan by their numbers, then that of weights.
        in_order: Whether blocks must be read one after the other.
        expected: How many samples there are or about, or None.
    """

    def __init__(self, plan: Plan, beside: Beside, nan: str) -> None:
        self._plan, self._beside, self._nan = plan, beside, nan
        weight = self._beside.weight
        self.sources = list(dict.fromkeys(plan.sources if weight is None else (*plan.sources, weight)))
        self._weight = -1 if weight is None else self.sources.index(weight)
        self._unbatched = {b.number for job in plan.jobs for b in job.inputs if b.unbatched}
        self._buffers = threading.local()
        self._batched = [number for number in range(len(self.sources)) if number not in self._unbatched]
        self._by_row = [self.sources[number] for number in self._batched]
        self._columns = self._beside.columns
        self.in_order = any(s.sequential for s in self.sources) or any(c.sequential for c in self._columns)
        known = plan.samples < UNKNOWN_ROWS
        self.expected = plan.samples if known else max(s.expected_rows or 0 for s in self.sources) or None

    def read(self, start: int, stop: int) -> Block:
        """The block of samples ``start:stop``; with fewer of them, or none, where a stream ends.

        Raises:
            ShapeError: One source ends before the others.
        """
        raw = [self._raw(number, start, stop) for number in range(len(self.sources))]
        lengths = {len(raw[number]) for number in self._batched} or {stop - start}
        if len(lengths) > 1 or (self._plan.samples < UNKNOWN_ROWS and min(lengths) < stop - start):
            raise self._unequal()
        block = Block(start, lengths.pop(), raw)
        block.keep = self._kept(block)
        self._read_beside(block, stop)
        return block

    def _raw(self, number: int, start: int, stop: int) -> NDArray[Any]:
        source = self.sources[number]
        if number in self._unbatched:
            whole = source.read_all()[None]
            refuse_missing(source)
            return whole
        kept: dict[int, NDArray[Any]] = self._buffers.__dict__.setdefault("kept", {})
        if number not in kept:
            kept[number] = _empty(self._plan.block_rows, source)
        rows = stop - start if source.endless else max(0, min(stop, source.rows) - start)
        return source.read(start, start + rows, kept[number][:rows]) if rows else kept[number][:0]

    def _read_beside(self, block: Block, stop: int) -> None:
        beside = self._beside
        if beside.weight is not None:
            weights = block.raw[self._weight]
            weights = weights if block.keep is None else np.where(block.keep, weights, 0)
            block.weight = checked_weights(beside.weight, weights, block.start)
        if not self._columns:
            return
        read = {column: column.read(block.start, stop) for column in self._columns}
        for left, right in beside.pairs:
            refuse_unpaired((left, right), read[left], read[right], block.start)
        beyond = [column for column in (beside.cluster, beside.ids) if column is not None]
        for column in (*beside.groups, *beside.keep, *beyond):
            if len(read[column]) != block.rows:
                raise self._unequal(column)
        block.groups = [read[column] for column in beside.groups]
        block.texts = [read[column] for column in beside.keep]
        block.cluster = None if beside.cluster is None else _named(read[beside.cluster], beside.cluster, block)
        block.ids = None if beside.ids is None else read[beside.ids]

    def _kept(self, block: Block) -> NDArray[np.bool_] | None:
        stop = block.start + block.rows
        masks = [m for s in self._by_row if (m := s.missing(block.start, stop)) is not None]
        if self._nan == "omit":
            # A NaN weight is no input's, and an error.
            raws = block.raw[: len(self._plan.sources)]
            floats = (v for v in raws if v.dtype.kind == "f")
            masks += [np.isnan(values).reshape(block.rows, -1).any(axis=1) for values in floats]
        dropped = np.logical_or.reduce(masks) if masks else None
        return None if dropped is None or not dropped.any() else ~dropped

    def refuse_more(self, done: int) -> None:
        """Raise if something goes on after the last of ``done`` samples."""
        for number, source in enumerate(self.sources):
            if number in self._unbatched or self._plan.cut:
                continue
            if source.endless:
                source.read(done, done + 1, _empty(1, source))
            if source.rows != done:
                raise self._unequal()
        for column in self._columns:
            if len(column.read(done, done + 1)):
                raise self._unequal(column)

    def _unequal(self, column: Texts | None = None) -> LossCLIError:
        """The error for sources of unequal lengths, and where keys part, if there are keys."""
        each = enumerate(self.sources)
        counts = {s.name: 1 if number in self._unbatched else _count(s) for number, s in each}
        if column is not None:
            counts[f"column {column.column!r} of {column.name}"] = count_texts(column)
        try:
            compare(self._beside.pairs)
        except (ShapeError, DataError) as unpaired:
            return unpaired
        first, *rest = counts.items()
        other = next((item for item in rest if item[1] != first[1]), first)
        hint = "rows are paired one by one; both files must hold the same samples."
        if abs(first[1] - other[1]) == 1:
            hint = "one row apart: a header read as data (--header), or a lost last row?"
        return ShapeError(f"{first[0]} has {first[1]} rows, {other[0]} has {other[1]}.", hint)


def _named(names: NDArray[Any], column: Texts, block: Block) -> NDArray[Any]:
    """The clusters of the samples of a block.

    Raises:
        DataError: A sample that is used has none.
    """
    nameless = names == ""
    if nameless.any() and block.used(nameless).any():
        at = block.start + int(np.argmax(nameless if block.keep is None else nameless & block.keep))
        raise DataError(
            f"{column.name}: column {column.column!r} is empty in row {at}, and names no cluster.",
            "a sample of its own needs a name of its own.",
        )
    return names


def _empty(rows: int, source: Source) -> NDArray[Any]:
    return np.empty((min(rows, source.rows), *source.row_shape), source.dtype)


def _count(source: Source) -> int:
    """The rows of a source; of a stream by reading it to its end."""
    if not source.endless:
        return source.rows
    step = max(1, _COUNTING // max(1, math.prod(source.row_shape)))
    out, done = _empty(step, source), 0
    while source.endless:
        done += len(source.read(done, done + step, out))
    return source.rows

"""Pairing rows by key: tables joined, so that each input sees its own columns in one common order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import polars as pl

from losscli.data.frames.cells import Cells
from losscli.data.frames.problems import explained
from losscli.data.frames.stream import Explain, Query, Stream
from losscli.data.frames.table import FrameTable
from losscli.data.source import UNKNOWN_ROWS
from losscli.data.table import Table
from losscli.data.text.streamed import in_memory
from losscli.errors import DataError, LossCLIError, SourceError
from losscli.inputs.on import On
from losscli.knobs.options import ReadOptions

if TYPE_CHECKING:
    from losscli.data.text.lean import LeanTable

_WHOLE = r"^([+-]?\d+)\.0+$"
"""A whole number as one writes it whose ids are floats."""
_MOST = 2.0**63


def join(given: list[Table], on: tuple[On, ...], unmatched: str, options: ReadOptions) -> list[Table]:
    """The same tables, their rows paired by the columns ``on``, in the order of the first.

    Args:
        given: At least two tables.
        on: Columns that all of them have; together they tell rows apart.
        unmatched: Rows without a partner in every table are an ``error``, or are left out (``drop``).
        options: How they are read.

    Raises:
        SourceError: A table lacks a key.
        DataError: A key stands twice in a table, or a row has no partner.
    """
    tables = [t if isinstance(t, FrameTable) else in_memory(cast("LeanTable", t), options) for t in given]
    for table in tables:
        table.check_rows()
    sides = [_Side(table, tuple(key.of(i) for key in on)) for i, table in enumerate(tables)]
    names = " and ".join(t.name for t in tables)
    with explained(names):
        for side in sides:
            side.refuse_unknown()
            side.refuse_duplicates()
        left_over = _left_over(sides)
        if unmatched == "error" and any(left_over):
            raise _unmatched(sides, left_over)
    stream = Stream(names, _query(sides), _explain(tables))
    return [_View(side, i, stream, sides[0].keys, left_over[i]) for i, side in enumerate(sides)]


class _Side(NamedTuple):
    """One of the tables, and what its keys are called in it."""

    table: FrameTable
    keys: tuple[str, ...]

    @property
    def common(self) -> list[str]:
        """What the keys are called in every table of the join."""
        return [f"key {i}" for i in range(len(self.keys))]

    def frame(self, cells: Sequence[Cells] = ()) -> pl.LazyFrame:
        """The keys as text, and further cells of the table, which are labelled as those of the join."""
        keys, own = [Cells(key, not self._in_floats(key)) for key in self.keys], _alone(cells)
        query = self.table.query(list(dict.fromkeys([*keys, *own])))
        keyed = [_written(c).alias(name) for c, name in zip(keys, self.common, strict=True)]
        return query.select(*keyed, *(pl.col(a.label).alias(b.label) for a, b in zip(own, cells, strict=True)))

    def _in_floats(self, key: str) -> bool:
        kind = self.table.schema.get(key)
        return kind is not None and kind.is_float()

    def shown(self, values: Sequence[Any]) -> str:
        """The keys of a row, for messages."""
        return ", ".join(f"{key} {value!r}" for key, value in zip(self.keys, values, strict=True))

    def refuse_unknown(self) -> None:
        """Raise where a key is none of the table's columns, or one of lists or objects."""
        for key in self.keys:
            if key not in self.table.columns:
                raise SourceError(
                    f"{self.table.name}: has no column {key!r} to pair rows by.",
                    f"it has {', '.join(self.table.columns[:12])}; --on a=b pairs keys of two names.",
                )
            if self.table.is_nested(key):
                holds = f"column {key!r} holds {self.table.schema[key]}"
                raise SourceError(f"{self.table.name}: {holds}, which cannot be a key to pair rows by.")

    def refuse_duplicates(self) -> None:
        """Raise where a key stands twice."""
        counts = self.frame().group_by(self.common).len().filter(pl.col("len") > 1)
        found = counts.sort("len", *self.common, descending=True).head(1).collect(engine="streaming")
        if len(found):
            *values, count = found.row(0)
            raise DataError(
                f"{self.table.name}: {self.shown(values)} stands {count} times, so rows cannot be paired by it.",
                "--on takes several columns, a,b, if only together they tell rows apart.",
            )


def _written(key: Cells) -> pl.Expr:
    """A key as text, by which 7 and 7.0 are one; of floats too, which polars writes with an exponent from 1e16 on."""
    column = pl.col(key.label)
    if key.as_text:
        return column.str.replace(_WHOLE, "$1")
    whole = (column == column.floor()) & (column.abs() < _MOST)
    return pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(column.cast(pl.String))


def _alone(cells: Iterable[Cells]) -> list[Cells]:
    """Cells of a join as its table knows them by itself."""
    return [one._replace(table=0) for one in cells]


def _left_over(sides: list[_Side]) -> list[int]:
    """Rows of each table that have no partner in all the others."""
    first, *others = sides
    matched = first.frame()
    for side in others:
        matched = matched.join(side.frame(), on=first.common)
    counts = [frame.select(pl.len()) for frame in (matched, *(side.frame() for side in sides))]
    both, *each = [int(count.collect(engine="streaming").item()) for count in counts]
    if not both:
        names = " and ".join(side.table.name for side in others)
        raise DataError(f"no {' and '.join(first.keys)} of {first.table.name} stands in {names}.")
    return [count - both for count in each]


def _unmatched(sides: list[_Side], left_over: list[int]) -> DataError:
    alone = next(side for side, count in zip(sides, left_over, strict=True) if count)
    others = [side.frame() for side in sides if side is not alone]
    strays = [alone.frame().join(o, on=alone.common, how="anti").head(1).collect() for o in others]
    values = next(stray for stray in strays if len(stray)).row(0)
    counts = " and ".join(f"{n} of {side.table.name}" for n, side in zip(left_over, sides, strict=True))
    return DataError(
        f"rows without a partner: {counts}; in {alone.table.name} for instance {alone.shown(values)}.",
        "--unmatched drop leaves them out and counts them.",
    )


def _query(sides: list[_Side]) -> Query:
    def query(wanted: Sequence[Cells]) -> pl.LazyFrame:
        joined: pl.LazyFrame | None = None
        for i, side in enumerate(sides):
            part = side.frame([w for w in wanted if w.table == i])
            joined = part if joined is None else joined.join(part, on=side.common, maintain_order="left")
        assert joined is not None
        return joined.select([w.label for w in wanted])

    return query


def _explain(tables: list[FrameTable]) -> Explain:
    def explain(error: Exception, wanted: Sequence[Cells]) -> Exception | None:
        if isinstance(error, LossCLIError):
            return error
        found = [table.explain(error, _alone(w for w in wanted if w.table == i)) for i, table in enumerate(tables)]
        return next((one for one in found if one is not None), None)

    return explain


def _keys_shown(keys: Sequence[str], first: Sequence[str]) -> list[str]:
    return [a if a == b else f"{a}={b}" for a, b in zip(first, keys, strict=True)]


class _View(FrameTable):
    """One of the joined tables."""

    def __init__(self, side: _Side, number: int, stream: Stream, on: tuple[str, ...], left_over: int) -> None:
        table = side.table
        self.name, self.format, self.columns, self.header = table.name, table.format, table.columns, table.header
        self.notes, self.schema, self.missing, self.explain = table.notes, table.schema, table.missing, table.explain
        self.index_columns = table.index_columns
        self.rows, self.stream, self.query = UNKNOWN_ROWS, stream, stream.query
        self.number = number
        self.place = lambda row, column: f"row {row} of the paired rows, column {column!r}"
        self.explain_missing = self._explain_missing
        self.check_rows, self.missing_words = table.check_rows, table.missing_words
        self.remarks = (f"paired by {', '.join(_keys_shown(side.keys, on))}",)
        if left_over:
            self.remarks += (f"{left_over} row{'s' if left_over > 1 else ''} without a partner left out",)

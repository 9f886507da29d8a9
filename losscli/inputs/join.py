"""Pairing rows by key: tables joined, so that each input sees its own columns in one common order."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import polars as pl

from losscli.data import ReadOptions
from losscli.data.frames.table import AS_TEXT, Explain, FrameTable, Query, Stream
from losscli.data.source import UNKNOWN_ROWS
from losscli.data.table import Table
from losscli.data.text.streamed import in_memory
from losscli.errors import DataError, LossCLIError, SourceError

if TYPE_CHECKING:
    from losscli.data.text.lean import LeanTable

_OF = "\1"
"""Between the number of a table and the name of its column, in the joined rows."""


def join(given: list[Table], on: list[str], unmatched: str, options: ReadOptions) -> list[Table]:
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
        for key in on:
            if key not in table.columns:
                raise SourceError(
                    f"{table.name}: has no column {key!r} to pair rows by.", f"it has {', '.join(table.columns[:12])}."
                )
        _refuse_duplicates(table, on)
    left_over = _left_over(tables, on)
    if unmatched == "error" and any(left_over):
        raise _unmatched(tables, on, left_over)
    stream = Stream(" and ".join(t.name for t in tables), _query(tables, on), _explain(tables))
    return [_View(table, i, stream, on, left_over[i]) for i, table in enumerate(tables)]


def _keys(table: FrameTable, on: list[str]) -> pl.LazyFrame:
    return table.query([AS_TEXT + key for key in on])


def _refuse_duplicates(table: FrameTable, on: list[str]) -> None:
    names = [AS_TEXT + key for key in on]
    twice = (
        _keys(table, on).group_by(names).len().filter(pl.col("len") > 1).sort("len", *names, descending=True).head(1)
    )
    found = twice.collect(engine="streaming")
    if len(found):
        *values, count = found.row(0)
        shown = ", ".join(f"{key} {value!r}" for key, value in zip(on, values, strict=True))
        raise DataError(
            f"{table.name}: {shown} stands {count} times, so rows cannot be paired by it.",
            "--on takes several columns, a,b, if only together they tell rows apart.",
        )


def _left_over(tables: list[FrameTable], on: list[str]) -> list[int]:
    """Rows of each table that have no partner in all the others."""
    names = [AS_TEXT + key for key in on]
    matched = _keys(tables[0], on)
    for table in tables[1:]:
        matched = matched.join(_keys(table, on), on=names)
    counts = [frame.select(pl.len()) for frame in (matched, *(_keys(t, on) for t in tables))]
    both, *each = [int(count.collect(engine="streaming").item()) for count in counts]
    if not both:
        raise DataError(
            f"no {' and '.join(on)} of {tables[0].name} stands in {' and '.join(t.name for t in tables[1:])}."
        )
    return [count - both for count in each]


def _unmatched(tables: list[FrameTable], on: list[str], left_over: list[int]) -> DataError:
    names = [AS_TEXT + key for key in on]
    at = next(i for i, count in enumerate(left_over) if count)
    alone = _keys(tables[at], on)
    strays = [alone.join(_keys(t, on), on=names, how="anti").head(1).collect() for t in tables if t is not tables[at]]
    values = next(stray for stray in strays if len(stray)).row(0)
    shown = ", ".join(f"{key} {value!r}" for key, value in zip(on, values, strict=True))
    counts = " and ".join(f"{n} of {t.name}" for n, t in zip(left_over, tables, strict=True))
    return DataError(
        f"rows without a partner: {counts}; in {tables[at].name} for instance {shown}.",
        "--unmatched drop leaves them out and counts them.",
    )


def _query(tables: list[FrameTable], on: list[str]) -> Query:
    names = [AS_TEXT + key for key in on]

    def query(wanted: list[str]) -> pl.LazyFrame:
        joined: pl.LazyFrame | None = None
        for i, table in enumerate(tables):
            mark = f"{i}{_OF}"
            mine = [w.removeprefix(mark) for w in wanted if w.startswith(mark)]
            part = table.query(list(dict.fromkeys([*names, *mine])))
            part = part.select([*(pl.col(n) for n in names), *(pl.col(c).alias(mark + c) for c in mine)])
            joined = part if joined is None else joined.join(part, on=names, maintain_order="left")
        assert joined is not None
        return joined.select(wanted)

    return query


def _explain(tables: list[FrameTable]) -> Explain:
    def explain(error: Exception, wanted: list[str]) -> Exception | None:
        if isinstance(error, LossCLIError):
            return error
        found = [
            table.explain(error, [w.removeprefix(f"{i}{_OF}") for w in wanted if w.startswith(f"{i}{_OF}")])
            for i, table in enumerate(tables)
        ]
        return next((one for one in found if one is not None), None)

    return explain


class _View(FrameTable):
    """One of the joined tables."""

    def __init__(self, table: FrameTable, number: int, stream: Stream, on: list[str], left_over: int) -> None:
        self.name, self.format, self.columns, self.header = table.name, table.format, table.columns, table.header
        self.notes, self.schema, self.missing, self.explain = table.notes, table.schema, table.missing, table.explain
        self.index_columns = table.index_columns
        self.rows, self.stream, self.query = UNKNOWN_ROWS, stream, stream.query
        self.mark = f"{number}{_OF}"
        self.place = lambda row, column: f"row {row} of the paired rows, column {column!r}"
        self.explain_missing = self._explain_missing
        self.check_rows = table.check_rows
        self.remarks = (f"paired by {', '.join(on)}",)
        if left_over:
            self.remarks += (f"{left_over} row{'s' if left_over > 1 else ''} without a partner left out",)

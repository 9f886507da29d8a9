"""Formats that know their columns and types: Parquet, Arrow IPC, NDJSON. A query each."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial

import polars as pl

from losscli.data.frames import ndjson
from losscli.data.frames.cells import Cells
from losscli.data.frames.lists import as_text
from losscli.data.frames.problems import explained, refuse_other_columns, unreadable
from losscli.data.frames.scans import absolute
from losscli.data.frames.table import FrameTable
from losscli.data.location import Location
from losscli.data.table import Table
from losscli.errors import LossCLIError, SourceError
from losscli.guard import about_to_read
from losscli.knobs.options import ReadOptions


def open_typed(location: Location, format: str, options: ReadOptions) -> Table:
    """Open a table in a format that knows its types.

    Raises:
        SourceError: It is not what its suffix says, or its shards differ in their columns.
    """
    about_to_read(location.text)
    with explained(location.text):
        return _typed(location, format, options)


_SCANS: dict[str, Callable[[str], pl.LazyFrame]] = {
    "parquet": partial(pl.scan_parquet, glob=False),
    "arrow": partial(pl.scan_ipc, glob=False),
}


def _typed(location: Location, format: str, options: ReadOptions) -> FrameTable:
    """Formats that know their columns and types."""
    name = location.path
    frames, rows = (ndjson.scan(location), None) if format == "ndjson" else _sized(location, _SCANS[format])
    table = frame_table(name, format, frames, rows, options)
    if format == "ndjson":
        table.place = partial(ndjson.place, location)
    if format == "parquet" and not location.remote:
        table.index_columns = _index_of_pandas(location.files[0], table.schema)
    return table


def frame_table(name: str, format: str, frames: pl.LazyFrame, rows: int | None, options: ReadOptions) -> FrameTable:
    """The table of a query's columns, which have their types; ``rows`` is None where their number is not known yet."""
    schema = dict(frames.collect_schema())
    if any(kind.is_decimal() for kind in schema.values()):  # of databases; the nearest floats are what is meant
        frames = frames.with_columns(pl.selectors.decimal().cast(pl.Float64))
        schema = dict(frames.collect_schema())
    if not schema:
        raise SourceError(f"{name}: has no columns.")

    def query(wanted: Sequence[Cells]) -> pl.LazyFrame:
        places = {column: i for i, column in enumerate(schema)}
        return frames.select([_typed_column(w, places[w.column], schema[w.column]) for w in wanted])

    return FrameTable(
        name,
        format,
        schema,
        query,
        rows=rows,
        explain=lambda error, _: error if isinstance(error, LossCLIError) else unreadable(name, error),
        place=lambda row, column: f"row {row}, column {column!r}",
        missing=options.missing,
    )


def _typed_column(wanted: Cells, place: int, kind: pl.DataType) -> pl.Expr:
    column = pl.nth(place)
    return (as_text(column, kind) if wanted.as_text else column).alias(wanted.label)


def _sized(location: Location, scan: Callable[[str], pl.LazyFrame]) -> tuple[pl.LazyFrame, int]:
    """The rows of files that tell their number."""
    scans = [scan(absolute(file)) for file in location.files]
    refuse_other_columns(location, [tuple(one.collect_schema()) for one in scans])
    return pl.concat(scans, how="vertical_relaxed"), sum(map(_length, scans))


def _index_of_pandas(file: str, schema: dict[str, pl.DataType]) -> tuple[str, ...]:
    """The columns that pandas wrote of an index, as it notes in the file."""
    note = pl.read_parquet_metadata(absolute(file)).get("pandas")
    try:
        index = json.loads(note or "{}").get("index_columns", [])
        return tuple(column for column in index if isinstance(column, str) and column in schema)
    except (ValueError, RecursionError, AttributeError, TypeError):
        return ()  # what is noted there is no business of the data


def _length(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect().item())

"""Formats that know their columns and types: Parquet, Arrow IPC, NDJSON. A query each."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl

from losscli.data import ReadOptions
from losscli.data.frames.problems import explained, refuse_other_columns, unreadable
from losscli.data.frames.table import AS_TEXT, FrameTable, bare
from losscli.data.location import Location
from losscli.data.table import Table
from losscli.errors import LossCLIError


def open_typed(location: Location, format: str, options: ReadOptions) -> Table:
    """Open a table in a format that knows its types.

    Raises:
        SourceError: It is not what its suffix says, or its shards differ in their columns.
    """
    with explained(location.text):
        return _typed(location, format, options)


_SCANS: dict[str, Callable[..., pl.LazyFrame]] = {
    "parquet": partial(pl.scan_parquet, glob=False),
    "arrow": partial(pl.scan_ipc, glob=False),
    # Types come from all lines: whole numbers at the beginning say nothing about what follows.
    "ndjson": lambda file: pl.scan_ndjson(file if "://" in file else glob.escape(file), infer_schema_length=None),
}


def _typed(location: Location, format: str, options: ReadOptions) -> FrameTable:
    """Formats that know their columns and types."""
    scan = _SCANS[format]
    name = location.path
    schemas = [dict(scan(absolute(file)).collect_schema()) for file in location.files]
    refuse_other_columns(location, [tuple(s) for s in schemas])
    rows = None if format == "ndjson" else sum(_length(scan(absolute(file))) for file in location.files)
    frames = pl.concat([scan(_unmapped(file, format)) for file in location.files], how="vertical_relaxed")
    schema = dict(frames.collect_schema())

    def query(wanted: list[str]) -> pl.LazyFrame:
        places = {column: i for i, column in enumerate(schema)}
        return frames.select([_typed_column(w, places[bare(w)]) for w in wanted])

    return FrameTable(
        name,
        format,
        schema,
        query,
        rows=rows,
        explain=lambda error, _: error if isinstance(error, LossCLIError) else unreadable(name, error),
        place=lambda row, column: (
            f"{'line' if format == 'ndjson' else 'row'} {row + (format == 'ndjson')}, column {column!r}"
        ),
        missing=options.missing,
    )


def _typed_column(wanted: str, place: int) -> pl.Expr:
    column = pl.nth(place)
    return (column.cast(pl.String) if wanted.startswith(AS_TEXT) else column).alias(wanted)


def absolute(file: str) -> str:
    """A path that polars takes as it is."""
    # Polars would expand a name that begins with a tilde.
    return file if "://" in file else os.path.abspath(file)


def _unmapped(file: str, format: str) -> str:
    # Polars maps local NDJSON into memory, and a file that is cut short while it is read would end the process by
    # a signal. At an address it reads. (Arrow files too, but there a damaged footer makes it run out of memory.)
    if format != "ndjson" or "://" in file:
        return absolute(file)
    return Path(file).absolute().as_uri()


def _length(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect().item())

"""Tables that are read whole: JSON records and the first sheet of an Excel file."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from losscli.data.arrays.shards import one_of
from losscli.data.frames.problems import DAMAGED_HINT, explained, refuse_other_columns, unreadable
from losscli.data.frames.typed import frame_table
from losscli.data.location import Location
from losscli.data.source import ArraySource, Source
from losscli.data.table import Table
from losscli.data.text.grammar import is_number
from losscli.errors import SourceError
from losscli.knobs.options import ReadOptions

_UNNAMED = "__UNNAMED__"

# What fastexcel logs (a column without a value is taken for text) would go to standard error where nobody has set up
# logging; who has, still gets it.
logging.getLogger("fastexcel").addHandler(logging.NullHandler())


def open_json(location: Location, options: ReadOptions) -> Table | Source:
    """A list of objects is a table, a list of numbers or of such lists an array.

    Raises:
        SourceError: It is not JSON, or another kind of it.
    """
    contents = [_json(file, location) for file in location.files]
    if all(one and isinstance(one[0], dict) for one in contents):
        return _table([_records(one, location) for one in contents], location, "json", options)
    parts: list[Source] = [_array(one, location) for one in contents]
    if location.select is not None:
        raise SourceError(f"{location.text}: holds an array, of which nothing can be chosen.", f"write {location.path}")
    return one_of(parts, location)


def _json(file: str, location: Location) -> list[Any]:
    try:
        with gzip.open(file) if location.packed else open(file, "rb") as opened:
            found = json.loads(opened.read(), object_pairs_hook=_object)
    except (OSError, EOFError, ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise SourceError(f"{location.path}: cannot be read as JSON ({reason}).") from error
    if not isinstance(found, list):
        raise SourceError(
            f"{location.path}: holds {'an object' if isinstance(found, dict) else repr(found)}, not a list.",
            'losscli reads a list of objects, as of pandas\' to_json(orient="records"), or of numbers; a file of an '
            "object a line is .ndjson.",
        )
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
        raise ValueError(f"an object has the key {twice!r} twice")
    return found


def _records(records: list[Any], location: Location) -> pl.DataFrame:
    strange = next((i for i, one in enumerate(records) if not isinstance(one, dict)), None)
    if strange is not None:
        raise SourceError(f"{location.path}: row {strange} is not an object, and the rows before it are.")
    names = list(dict.fromkeys(name for one in records for name in one))
    if not names:
        raise SourceError(f"{location.path}: holds no columns.")
    columns = {name: [one.get(name) for one in records] for name in names}
    # Numbers of several types become what holds all of them, numbers and words words.
    with explained(location.path):
        return pl.DataFrame(columns, infer_schema_length=None, strict=False)


def _array(rows: list[Any], location: Location) -> Source:
    try:
        array = np.array(rows)
    except ValueError as error:
        raise SourceError(f"{location.path}: its lists are of different lengths.", "an array has one shape.") from error
    if array.dtype.kind == "O":
        raise SourceError(f"{location.path}: holds what is not numbers.", "null is none either: leave such rows out.")
    return ArraySource(array, location.text, "json")


def open_excel(location: Location, options: ReadOptions) -> Table:
    """The first sheet of Excel files.

    Raises:
        SourceError: fastexcel is missing, or it is no such file.
    """
    sheets = [_sheet(file, location, options.header) for file in location.files]
    table = _table([frame for frame, _ in sheets], location, "xlsx", options)
    table.header = sheets[0][1]
    return table


def _sheet(file: str, location: Location, header: bool | None) -> tuple[pl.DataFrame, bool]:
    frame = _read(file, location, header is not False)
    _compare_checksums(file, location)
    if header is None and all(is_number(name) for name in frame.columns):
        header, frame = False, _read(file, location, False)
    if header is False:
        return frame.rename({name: str(i + 1) for i, name in enumerate(frame.columns)}), False
    return frame.rename(lambda name: name.replace(_UNNAMED, "Unnamed: ", 1)), True  # as pandas calls them


def _compare_checksums(file: str, location: Location) -> None:
    """Raise where a part of the file is damaged, which fastexcel does not see."""
    from zipfile import ZipFile

    try:
        with ZipFile(file) as parts:
            damaged = parts.testzip()
    except Exception as error:  # each compression has errors of its own
        raise unreadable(location.path, error) from error
    if damaged:
        raise SourceError(f"{location.path}: its part {damaged} is damaged (its checksum is another).", DAMAGED_HINT)


def _read(file: str, location: Location, header: bool) -> pl.DataFrame:
    read: Callable[..., pl.DataFrame] = pl.read_excel
    try:
        return read(file, engine="calamine", sheet_id=1, has_header=header, infer_schema_length=None)
    except ImportError as error:
        raise SourceError(f"{location.path}: needs fastexcel.", "pip install 'losscli[excel]'") from error
    except Exception as error:  # fastexcel has errors of its own
        raise unreadable(location.path, error) from error


def _table(frames: list[pl.DataFrame], location: Location, format: str, options: ReadOptions) -> Table:
    refuse_other_columns(location, [tuple(frame.columns) for frame in frames])
    with explained(location.path):
        whole = pl.concat(frames, how="vertical_relaxed")
    return frame_table(location.path, format, whole.lazy(), len(whole), options)

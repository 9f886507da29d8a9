"""What files hold, as a hash: so that it can be told later whether they are still the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from losscli.data.fingerprint import content_of
from losscli.data.location import STDIN, Location
from losscli.data.table import Table
from losscli.errors import UsageError
from losscli.inputs.files import FRAME, Files
from losscli.inputs.inline import as_array, inline
from losscli.inputs.roles import Named
from losscli.knobs.options import ReadOptions

_ROWS = 1 << 16
WEIGHT = "sample_weight"


class Hashes(NamedTuple):
    """What inputs held, and what was read beside them.

    Attributes:
        inputs: Of each input and the weights, by name, its ``source``, ``sha256`` and ``bytes``.
        beside: The same of further columns, but for those in a file whose bytes are hashed already.
    """

    inputs: dict[str, dict[str, Any]]
    beside: dict[str, dict[str, Any]]


def hashes_of(
    given: Mapping[str, Any], apart: set[str], weight: Any, columns: Mapping[str, Sequence[str]], options: ReadOptions
) -> Hashes:
    """What files and arrays hold now.

    Args:
        given: What was given for each input, by name.
        apart: Inputs that change from run to run. Of a file that holds one of them, the others' hash is that of their
            columns alone, and ``bytes`` is None.
        weight: The sample weights, which may be a column of any input's table, or None.
        columns: Columns to be hashed together, by a name for them, each as it was written.
        options: How files are read.

    Raises:
        UsageError: An input can be read only once.
    """
    with Files(options) as files:
        places = {name: _place(files, value) for name, value in given.items()}
        moving = {place.path for name, place in places.items() if name in apart and place is not None} | {FRAME}
        inputs = {
            name: _of(files, name, value, places[name], name not in apart and _path(places[name]) in moving)
            for name, value in given.items()
        }
        if weight is None and not columns:
            return Hashes(inputs, {})
        files.enter(place for place in places.values() if place is not None and place.path != FRAME)
        if weight is not None:
            inputs |= _of_weight(files, weight, moving)
        whole = {_path(place) for place in places.values()} - moving
        found = {name: _of_several(files, texts, whole) for name, texts in columns.items()}
        return Hashes(inputs, {name: one for name, one in found.items() if one is not None})


def _of_weight(files: Files, weight: Any, moving: set[str]) -> dict[str, dict[str, Any]]:
    text = os.fspath(weight) if isinstance(weight, str | os.PathLike) else None
    if text is None or (not files.has_column(text) and inline(text) is not None):
        return {WEIGHT: _of_numbers(WEIGHT, weight)}
    if files.is_file(text):
        place = files.locate(text)
        return {WEIGHT: _of(files, WEIGHT, weight, place, place.path in moving)}
    column = _column(files, text)
    return {} if column is None else {WEIGHT: _described(text, _of_cells([column]))}


def _of_several(files: Files, texts: Sequence[str], whole: set[str]) -> dict[str, Any] | None:
    """The hash of some columns; None where the bytes of all their files are hashed, or they are no columns."""
    found = [column for text in texts if (column := _column(files, text)) is not None]
    if len(found) < len(texts) or all(table.name in whole for table, _ in found):
        return None
    return _described(", ".join(texts), _of_cells(found))


def _column(files: Files, text: str) -> tuple[Table, str] | None:
    """A column by its name in any table, or as ``PATH::COLUMN``; None where there is none: who reads it says so."""
    if files.is_file(text):
        place = files.locate(text)
        files.enter([place])
        table = files.tables.get(place.path)
        columns = () if table is None else table.choose(place.select) if place.select else table.columns
        return (table, columns[0]) if table is not None and len(columns) == 1 else None
    return next(((table, text) for table in files.tables.values() if text in table.columns), None)


def _described(source: str, sha256: str) -> dict[str, Any]:
    return {"source": source, "sha256": sha256, "bytes": None}


def _place(files: Files, value: Any) -> Location | None:
    """Where an input lies, or None for numbers."""
    if isinstance(value, Named):
        within = files.within if isinstance(value.table, str) else files.within_frame
        return within(value.table, value.text)
    if not isinstance(value, str | os.PathLike) or inline(os.fspath(value)) is not None:
        return None
    return files.locate(os.fspath(value))


def _path(place: Location | None) -> str:
    return place.path if place else ""


def _of(files: Files, name: str, value: Any, place: Location | None, columns: bool) -> dict[str, Any]:
    if place is None:
        return _of_numbers(name, value)
    if place.path == STDIN or (place.files and place.remote):
        what = "standard input" if place.path == STDIN else place.path
        raise UsageError(f"{what} cannot be told apart from what it will be: no baseline.", "give a file.")
    if columns or place.path == FRAME:
        return _described(place.text, _of_columns(files, place))
    content = content_of(place.files)
    return {"source": place.text, "sha256": content.sha256, "bytes": content.bytes}


def _of_numbers(name: str, value: Any) -> dict[str, Any]:
    given = inline(os.fspath(value)) if isinstance(value, str | os.PathLike) else as_array(value, name)
    array = np.ascontiguousarray(given)
    digest = hashlib.sha256(f"{array.shape}{array.dtype.str}".encode())
    digest.update(array.tobytes())
    return {"source": name, "sha256": digest.hexdigest(), "bytes": array.nbytes}


def _of_columns(files: Files, place: Location) -> str:
    """The hash of an input that shares its file with others: of its cells as text, or of the bytes of its array."""
    if place.path != FRAME:
        files.enter([place])
    table = files.tables.get(place.path)
    if table is None:
        source = files.sources[place.text]
        array = np.ascontiguousarray(source.read_all())
        digest = hashlib.sha256(f"{array.shape}{array.dtype.str}".encode())
        digest.update(array.tobytes())
        return digest.hexdigest()
    columns = table.choose(place.select) if place.select else table.columns
    return _of_cells([(table, column) for column in columns])


def _of_cells(columns: Sequence[tuple[Table, str]]) -> str:
    digest = hashlib.sha256()
    for table, column in columns:
        texts, start = table.texts(column), 0
        digest.update(f"\1{column}\1".encode())
        while len(found := texts.read(start, start + _ROWS)):
            digest.update("".join(f"{cell}\0" for cell in found.tolist()).encode("utf-8", "backslashreplace"))
            start += len(found)
    return digest.hexdigest()

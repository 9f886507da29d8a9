"""What files hold, as a hash: so that it can be told later whether they are still the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from losscli.data.fingerprint import content_of
from losscli.data.location import STDIN, Location
from losscli.errors import UsageError
from losscli.inputs.files import Files
from losscli.inputs.inline import as_array, inline
from losscli.inputs.roles import Named
from losscli.knobs.options import ReadOptions

_ROWS = 1 << 16


def hashes_of(given: Mapping[str, Any], apart: set[str], options: ReadOptions) -> dict[str, dict[str, Any]]:
    """Of each input its ``source``, ``sha256`` and ``bytes``.

    Args:
        given: What was given for each, by name.
        apart: Inputs that change from run to run. Of a file that holds one of them, the others' hash is that of their
            columns alone, and ``bytes`` is None.
        options: How files are read.

    Raises:
        UsageError: An input can be read only once.
    """
    with Files(options) as files:
        places = {name: _place(files, value) for name, value in given.items()}
        moving = {place.path for name, place in places.items() if name in apart and isinstance(place, Location)}
        return {
            name: _of(files, name, value, places[name], name not in apart and _path(places[name]) in moving)
            for name, value in given.items()
        }


def _place(files: Files, value: Any) -> Location | None:
    """Where an input lies, or None for numbers."""
    if isinstance(value, Named):
        return files.within(value.table, value.text)
    if not isinstance(value, str | os.PathLike) or inline(os.fspath(value)) is not None:
        return None
    return files.locate(os.fspath(value))


def _path(place: Location | None) -> str:
    return place.path if place else ""


def _of(files: Files, name: str, value: Any, place: Location | None, columns: bool) -> dict[str, Any]:
    if place is None:
        return _of_numbers(name, value)
    if place.path == STDIN or place.remote:
        what = "standard input" if place.path == STDIN else place.path
        raise UsageError(f"{what} cannot be told apart from what it will be: no baseline.", "give a file.")
    if columns:
        return {"source": place.text, "sha256": _of_columns(files, place), "bytes": None}
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
    files.enter([place])
    digest = hashlib.sha256()
    table = files.tables.get(place.path)
    if table is None:
        source = files.sources[place.text]
        array = np.ascontiguousarray(source.read_all())
        digest.update(f"{array.shape}{array.dtype.str}".encode())
        digest.update(array.tobytes())
        return digest.hexdigest()
    for column in table.choose(place.select) if place.select else table.columns:
        texts, start = table.texts(column), 0
        digest.update(f"\1{column}\1".encode())
        while len(found := texts.read(start, start + _ROWS)):
            digest.update("".join(f"{cell}\0" for cell in found.tolist()).encode("utf-8", "backslashreplace"))
            start += len(found)
    return digest.hexdigest()

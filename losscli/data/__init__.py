"""From a path to a source: blocks of samples as NumPy arrays. A reader a file; nothing here knows a loss."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from losscli.errors import SourceError, UsageError

if TYPE_CHECKING:
    from losscli.data.source import Source

STDIN = "-"


@dataclass(frozen=True)
class ReadOptions:
    """How text is to be read; None leaves it to be found out.

    Args:
        delimiter: The character between cells.
        header: Whether the first row names the columns.
    """

    delimiter: str | None = None
    header: bool | None = None


def _npy(path: str, options: ReadOptions) -> Source:
    from losscli.data.npy import open_npy

    return open_npy(path)


def _text(path: str, options: ReadOptions) -> Source:
    from losscli.data.text import open_text

    return open_text(path, options)


READERS: dict[str, Callable[[str, ReadOptions], Source]] = {
    ".csv": _text,
    ".tsv": _text,
    ".txt": _text,
    ".npy": _npy,
}
"""A reader for each suffix. It takes a path and returns a :class:`losscli.data.source.Source`."""


def open_source(path: str | os.PathLike[str], options: ReadOptions | None = None) -> Source:
    """Open a file, or standard input for ``-``.

    Raises:
        SourceError: It is missing, of an unknown format, or not what its suffix says.
    """
    options = options or ReadOptions()
    name = os.fspath(path)
    if name == STDIN:
        return _parse(sys.stdin.buffer.read(), STDIN, options)
    path, suffix = Path(name), Path(name).suffix.lower()
    if path.exists() and not path.is_file() and not path.is_dir():
        return _parse(_read_stream(name), name, options)
    _check_exists(name)
    if suffix not in READERS:
        known = " ".join(READERS)
        raise SourceError(f"{name}: unknown format {suffix or '(no suffix)'!r}.", f"losscli reads {known}.")
    return READERS[suffix](name, options)


def _read_stream(name: str) -> bytes:
    """A pipe (``<(command)``) or device, which has no suffix and can be read only once."""
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise SourceError(f"{name}: cannot be read ({error.strerror}).") from error


def _parse(content: bytes, name: str, options: ReadOptions) -> Source:
    """NPY or text, told apart by the first bytes."""
    from losscli.data.npy import MAGIC, parse_npy
    from losscli.data.text import parse_text

    if content.startswith(MAGIC):
        return parse_npy(content, name)
    return parse_text(content, name, options)


def _check_exists(name: str) -> None:
    path = Path(name)
    if path.is_dir():
        raise SourceError(f"{name}: is a folder.", "give the file inside it.")
    if not path.exists():
        raise SourceError(f"{name}: no such file.", _nearest_file(path))
    if not os.access(path, os.R_OK):
        raise SourceError(f"{name}: may not be read (permission denied).", f"chmod +r {name}")


def _nearest_file(path: Path) -> str:
    from difflib import get_close_matches

    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either."
    close = get_close_matches(path.name, [p.name for p in path.parent.iterdir() if p.is_file()], n=2)
    return f"did you mean {' or '.join(str(path.parent / c) for c in close)}?" if close else ""


def check_stdin_once(paths: list[str]) -> None:
    """Refuse two inputs from one standard input."""
    if paths.count(STDIN) > 1:
        raise UsageError("only one input can be read from standard input.", "give a file for the others.")

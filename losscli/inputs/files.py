"""The files of one run: each opened once, whatever it holds; to be closed."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from losscli import temporary
from losscli.data.files import FORMATS, is_read_once, open_again, open_location
from losscli.data.location import STDIN, Location, files_of, locate, names_files
from losscli.data.source import Source
from losscli.data.table import Table
from losscli.errors import SourceError, UsageError
from losscli.knobs.options import ReadOptions

FRAME = "frame"
"""What a frame that was given is called."""


@dataclass(eq=False, repr=False)
class Files:
    """Files of one run, each opened once however many inputs it holds.

    Args:
        options: How they are read.
        lean: Whether a small text may be read without polars.

    Attributes:
        tables: Every table by its path.
        sources: Every array by what the user wrote for it.
        roles: Where each input lies that is no array in memory, by its role.
    """

    options: ReadOptions
    lean: bool = True
    tables: dict[str, Table] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    roles: dict[str, Location] = field(default_factory=dict)
    _frame: Any = None
    _temporary: list[str] = field(default_factory=list)
    _kept: dict[str, str] = field(default_factory=dict)
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = self.options.input_format
        if wanted is not None and wanted not in FORMATS:
            name = self.options.called("input_format")
            raise UsageError(f"{name} is {wanted!r}.", f"it is one of {', '.join(FORMATS)}.")

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def locate(self, text: str) -> Location:
        """Where an input lies; its files are watched from now on."""
        location = locate(text)
        for file in location.files:
            with suppress(OSError):
                status = Path(file).stat()
                if Path(file).is_file():
                    self._seen[file] = (status.st_size, status.st_mtime_ns)
        return location

    def enter(self, locations: Iterable[Location]) -> None:
        """Open what is not open yet.

        Raises:
            SourceError: A file cannot be read.
            UsageError: Standard input is asked for twice.
        """
        found = list(locations)
        if [at.path for at in found].count(STDIN) > 1 and not all(at.select for at in found if at.path == STDIN):
            raise UsageError("only one input can be read from standard input.", "give a file for the others.")
        for location in found:
            if location.path not in self.tables and location.text not in self.sources:
                opened = self._open(location)
                if isinstance(opened, Table):
                    self.tables[location.path] = opened
                else:
                    self.sources[location.text] = opened

    def _open(self, location: Location) -> Table | Source:
        if location.path in self._kept:
            return open_again(self._kept[location.path], location, self.options, self._temporary, self.lean)
        before = len(self._temporary)
        opened = open_location(location, self.options, self._temporary, lean=self.lean)
        if len(self._temporary) > before and is_read_once(location):
            self._kept[location.path] = self._temporary[before]
        return opened

    def within(self, table: str, text: str) -> Location:
        """A column of that table, or else a file of its own.

        Raises:
            SourceError: It is neither.
        """
        location = self.locate(f"{table}::{text}")
        try:
            self.enter([location])
            if location.path in self.tables:
                self.tables[location.path].choose(text)
        except SourceError:
            if not names_files(text):
                raise
            return self.locate(text)
        return location

    def within_frame(self, frame: Any, text: str) -> Location:
        """A column, or several, of a frame that was given.

        Raises:
            SourceError: It has no such column.
        """
        if self._frame is None:
            from losscli.data.frames.given import table_of

            self._frame, self.tables[FRAME] = frame, table_of(FRAME, frame, self.options)
        self.tables[FRAME].choose(text)
        return Location(f"{FRAME}::{text}", FRAME, text, ())

    def is_file(self, text: str) -> bool:
        """Whether a text that may be a column's name is a file's; a column of a table goes first."""
        return not self.has_column(text) and names_files(text)

    def has_column(self, name: str) -> bool:
        """Whether any of the tables has a column of this name."""
        return any(name in table.columns for table in self.tables.values())

    def refuse_changed(self) -> None:
        """Raise if a file is not what it was when it was opened."""
        for file, before in self._seen.items():
            try:
                status = Path(file).stat()
            except OSError as error:
                raise SourceError(f"{file}: was removed while it was read.", "the result was discarded.") from error
            if (status.st_size, status.st_mtime_ns) != before:
                raise SourceError(f"{file}: was changed while it was read.", "the result was discarded; run it again.")

    def close(self) -> None:
        """Close every file and remove what was kept of pipes."""
        for table in self.tables.values():
            table.close()
        for source in self.sources.values():
            source.close()
        _remove(self._temporary)


def _remove(files: list[str]) -> None:
    for file in files:
        with suppress(OSError):
            temporary.remove(file)
    files.clear()


def formats() -> list[str]:
    """What files can be, by the names of ``--input-format``."""
    return list(FORMATS)


def paths_of(texts: Iterable[str]) -> list[str]:
    """The paths of all that these texts may stand for; some may be columns or numbers."""
    return [file for text in texts for file in files_of(text)]


def open_source(path: str | os.PathLike[str], options: ReadOptions | None = None) -> Source:
    """One file as a source, all of its columns; closing it is the reader's. What was kept of it goes when it does."""
    files = Files(options or ReadOptions())
    location = files.locate(os.fspath(path))
    try:
        files.enter([location])
        source = _all_of(files, location)
    except BaseException:
        files.close()
        raise
    weakref.finalize(source, _remove, files._temporary)
    return source


def _all_of(files: Files, location: Location) -> Source:
    table = files.tables.get(location.path)
    if table is None:
        return files.sources[location.text]
    source = table.numbers(table.choose(location.select) if location.select else list(table.columns))
    source.notes = (*table.notes, *source.notes)
    source.name = location.text
    return source

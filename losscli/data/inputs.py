"""The inputs of one run: every file opened once, columns chosen, rows paired."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from losscli.data import ReadOptions
from losscli.data.columns import class_names, is_key
from losscli.data.files import open_location
from losscli.data.location import STDIN, Location, locate
from losscli.data.source import Source, Texts
from losscli.data.table import Table
from losscli.errors import SourceError, UsageError

if TYPE_CHECKING:
    from losscli.data.frames import FrameTable


@dataclass(frozen=True)
class Wanted:
    """One input as it was asked for.

    Args:
        role: The input's name.
        text: The path (and selection) given for it.
        label: Whether it may hold class labels as words.
    """

    role: str
    text: str
    label: bool = False


@dataclass
class Files:
    """Files of one run, each opened once however many inputs it holds; to be closed."""

    options: ReadOptions
    on: tuple[str, ...] = ()
    unmatched: str = "error"
    tables: dict[str, Table] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    _temporary: list[str] = field(default_factory=list)
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def open(self, wanted: Iterable[Wanted]) -> dict[str, Source]:
        """The sources of inputs, in the order given (the prediction first)."""
        inputs = [(one, self._locate(one.text)) for one in wanted]
        if [location.path for _, location in inputs].count(STDIN) > 1 and not all(at.select for _, at in inputs):
            raise UsageError("only one input can be read from standard input.", "give a file for the others.")
        for _, location in inputs:
            self._enter(location)
        if self.on:
            self._join([location for _, location in inputs])
        else:
            self._find_keys()
        made: dict[tuple[str, bool], Source] = {}
        for one, location in inputs:
            if (one.text, one.label) not in made:
                made[one.text, one.label] = self._source(one, location)
        return {one.role: made[one.text, one.label] for one, _ in inputs}

    def _locate(self, text: str) -> Location:
        location = locate(text)
        for file in location.files:
            with suppress(OSError):
                status = Path(file).stat()
                if Path(file).is_file():
                    self._seen[file] = (status.st_size, status.st_mtime_ns)
        return location

    def _enter(self, location: Location) -> None:
        if location.path in self.tables or location.text in self.sources:
            return
        opened = open_location(location, self.options, self._temporary, lean=not self.on)
        if isinstance(opened, Table):
            self.tables[location.path] = opened
        else:
            self.sources[location.text] = opened

    def _join(self, locations: list[Location]) -> None:
        """Pair the rows of the inputs' tables by key."""
        from losscli.data.join import join

        paths = list(dict.fromkeys(at.path for at in locations))
        for path in paths:
            if path not in self.tables:
                raise UsageError(f"{path}: is no table with columns, so its rows cannot be paired by key.")
        if len(paths) > 1:
            found = join([cast("FrameTable", self.tables[path]) for path in paths], list(self.on), self.unmatched)
            self.tables.update(zip(paths, found, strict=True))
        self.keys = {path: [c for c in self.tables[path].columns if c in self.on] for path in paths}

    def _find_keys(self) -> None:
        """Columns that several tables share by name and that tell rows apart: they pair rows, and are no data."""
        for path, table in self.tables.items():
            others = {c for p, other in self.tables.items() if p != path and other.header for c in other.columns}
            self.keys[path] = [c for c in table.columns if table.header and is_key(c) and c in others]

    def _source(self, one: Wanted, location: Location) -> Source:
        table = self.tables.get(location.path)
        if table is None:
            return self.sources[location.text]
        columns = table.choose(location.select) if location.select else self._all_but_keys(location.path)
        if one.label and len(columns) == 1 and table.is_text(columns[0]):
            return self._coded(table, columns[0])
        self.classes = self.classes or tuple(columns)
        source = table.numbers(columns)
        source.notes = (*table.notes, *source.notes)
        source.name = location.text
        left_out = [] if location.select or self.on else self.keys[location.path]
        if left_out:
            source.remarks = (*source.remarks, f"column {', '.join(left_out)} pairs the rows and is no data")
        return source

    def _all_but_keys(self, path: str) -> list[str]:
        table = self.tables[path]
        columns = [c for c in table.columns if c not in self.keys.get(path, [])]
        if not columns:
            raise SourceError(f"{table.name}: holds no columns but {', '.join(table.columns)}, which pair rows.")
        return columns

    def _coded(self, table: Table, column: str) -> Source:
        classes = self.options.classes or class_names(self.classes, table.words(column))
        if classes is None:
            raise UsageError(
                f"{table.name}: column {column!r} holds words, and the prediction's columns do not name them.",
                "--classes cat,dog,fish names the classes in the order of the prediction's columns.",
            )
        source = table.coded(column, classes)
        shown = ", ".join(f"{word}={code}" for code, word in enumerate(classes[:12]))
        source.remarks = (*source.remarks, f"classes {shown}{', …' if len(classes) > 12 else ''}")
        return source

    def column(self, text: str) -> Texts:
        """A column as text, by its name in any of the tables, or as ``PATH::COLUMN``."""
        table, column = self._find(text)
        return table.texts(column)

    def _find(self, text: str) -> tuple[Table, str]:
        if "::" in text or os.path.exists(text):
            location = self._locate(text)
            self._enter(location)
            table = self.tables.get(location.path)
            if table is None:
                raise SourceError(f"{text}: is no table with columns.")
            chosen = table.choose(location.select) if location.select else list(table.columns)
            if len(chosen) != 1:
                raise SourceError(f"{text}: is {len(chosen)} columns, and one is needed.", "write PATH::COLUMN.")
            return table, chosen[0]
        for table in self.tables.values():
            if text in table.columns:
                return table, text
        known = ", ".join(c for t in self.tables.values() for c in t.columns[:12])
        raise SourceError(
            f"no input has a column {text!r}.", f"there are {known}." if known else "none of the inputs is a table."
        )

    def has_column(self, name: str) -> bool:
        """Whether any of the tables has a column of this name."""
        return any(name in table.columns for table in self.tables.values())

    def numbers(self, text: str) -> Source:
        """A column of numbers, by its name in any of the tables, or from a file of its own."""
        if not self.has_column(text) and ("::" in text or os.path.exists(text)):
            return self.open([Wanted("", text)])[""]
        table, column = self._find(text)
        source = table.numbers([column])
        source.name = text
        return source

    def pairs(self) -> list[tuple[Texts, Texts]]:
        """Columns that must be equal row by row: the keys that two tables share."""
        found, first = [], dict[str, Table]()
        for path, table in self.tables.items():
            for key in () if self.on else self.keys.get(path, ()):
                if key in first:
                    found.append((first[key].texts(key), table.texts(key)))
                else:
                    first[key] = table
        return found

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
        for file in self._temporary:
            with suppress(OSError):
                os.unlink(file)
        self._temporary.clear()


def open_source(path: str | os.PathLike[str], options: ReadOptions | None = None) -> Source:
    """One file as a source; closing it is the reader's."""
    return Files(options or ReadOptions()).open([Wanted("", os.fspath(path))])[""]

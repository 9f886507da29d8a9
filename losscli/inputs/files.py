"""The inputs of one run: every file opened once, columns chosen, rows paired."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from losscli.data import ReadOptions
from losscli.data.columns import class_names, is_key
from losscli.data.files import open_location
from losscli.data.location import STDIN, Location, locate
from losscli.data.source import Source, Texts
from losscli.data.table import Table
from losscli.errors import SourceError, UsageError


class Wanted(NamedTuple):
    """One input as it was asked for.

    Args:
        role: The input's name.
        text: The path (and selection) given for it.
        label: Whether it may hold class labels as words.
        paired: Whether its rows are those of the other inputs; what is read whole stands for itself.
    """

    role: str
    text: str
    label: bool = False
    paired: bool = True


@dataclass(eq=False)
class Files:
    """Files of one run, each opened once however many inputs it holds; to be closed."""

    options: ReadOptions
    on: tuple[str, ...] = ()
    unmatched: str = "error"
    tables: dict[str, Table] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    paired: list[str] = field(default_factory=list)
    _temporary: list[str] = field(default_factory=list)
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def open(self, wanted: Iterable[Wanted], beside: Iterable[str] = ()) -> dict[str, Source]:
        """The sources of inputs, in the order given (the prediction first).

        Args:
            wanted: The inputs.
            beside: What will be read row by row with them: columns' names, or paths of further files.
        """
        inputs = [(one, self._locate(one.text)) for one in wanted]
        if [location.path for _, location in inputs].count(STDIN) > 1 and not all(at.select for _, at in inputs):
            raise UsageError("only one input can be read from standard input.", "give a file for the others.")
        for _, location in inputs:
            self._enter(location)
        further = [self._locate(text) for text in beside if self._is_file(text)]
        for location in further:
            self._enter(location)
        self._pair([location for one, location in inputs if one.paired] + further)
        made: dict[tuple[str, bool], Source] = {}
        for one, location in inputs:
            if (one.text, one.label) not in made:
                made[one.text, one.label] = self._source(one, location)
        return {one.role: made[one.text, one.label] for one, _ in inputs}

    def _is_file(self, text: str) -> bool:
        return not self.has_column(text) and ("::" in text or os.path.exists(text))

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

    def _pair(self, locations: list[Location]) -> None:
        """Find the columns that pair the rows of tables: they are no data. With ``on``, pair by them."""
        self.paired = list(dict.fromkeys(at.path for at in locations))
        if self.on:
            self._join()
        for path, table in self.tables.items():
            others = {c for p, other in self.tables.items() if p != path and other.header for c in other.columns}
            shared = (c for c in table.columns if table.header and is_key(c) and c in others)
            self.keys[path] = [c for c in table.columns if c in self.on] if self.on else list(shared)

    def _join(self) -> None:
        from losscli.inputs.join import join

        for path in self.paired:
            if path not in self.tables:
                raise UsageError(f"{path}: is no table with columns, so its rows cannot be paired by key.")
        if len(self.paired) > 1:
            found = join([self.tables[path] for path in self.paired], list(self.on), self.unmatched, self.options)
            self.tables.update(zip(self.paired, found, strict=True))

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
        source.coded = True
        shown = ", ".join(f"{word}={code}" for code, word in enumerate(classes[:12]))
        source.remarks = (*source.remarks, f"classes {shown}{', …' if len(classes) > 12 else ''}")
        return source

    def _find(self, text: str) -> tuple[Table, list[str]]:
        """The table and the columns that a name or ``PATH::SELECT`` stands for."""
        if self._is_file(text):
            location = self._locate(text)
            self._enter(location)
            table = self.tables.get(location.path)
            if table is None:
                raise SourceError(f"{text}: is no table with columns.")
            return table, table.choose(location.select) if location.select else self._all_but_keys(location.path)
        for table in self.tables.values():
            if text in table.columns:
                return table, [text]
        known = ", ".join(dict.fromkeys(c for t in self.tables.values() for c in t.columns[:12]))
        raise SourceError(
            f"no input has a column {text!r}.", f"there are {known}." if known else "none of the inputs is a table."
        )

    def column(self, text: str) -> Texts:
        """A column as text, by its name in any of the tables, or as ``PATH::COLUMN``."""
        table, columns = self._find(text)
        if len(columns) != 1:
            raise SourceError(f"{text}: is {len(columns)} columns, and one is needed.", "write PATH::COLUMN.")
        return table.texts(columns[0])

    def has_column(self, name: str) -> bool:
        """Whether any of the tables has a column of this name."""
        return any(name in table.columns for table in self.tables.values())

    def numbers(self, text: str) -> Source:
        """A column of numbers, by its name in any of the tables, or from a file of its own."""
        if self._is_file(text):
            location = self._locate(text)
            self._enter(location)
            if location.text in self.sources:
                return self.sources[location.text]
        table, columns = self._find(text)
        source = table.numbers(columns)
        source.name = text
        return source

    def pairs(self) -> list[tuple[Texts, Texts]]:
        """Columns that must be equal row by row: the keys that two tables share."""
        found, first = [], dict[str, Table]()
        for path in () if self.on else self.paired:
            table = self.tables.get(path)
            for key in self.keys.get(path, ()) if table else ():
                assert table is not None
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

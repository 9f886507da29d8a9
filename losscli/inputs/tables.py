"""The tables of a run and their columns: what is data, what names the rows, and which rows must agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from losscli.data.source import Source, Texts
from losscli.data.table import Table
from losscli.errors import Finding, SourceError
from losscli.inputs.files import Files
from losscli.inputs.identity import Identity, identity_of, matches

if TYPE_CHECKING:
    from losscli.inputs.on import On


class Tables:
    """Every table of a run.

    Args:
        files: The files of the run, opened.
        paired: The paths whose rows belong together, the prediction's first.
        chosen: The columns that inputs chose, by path.
        on: The columns that pair rows, or ().
    """

    def __init__(
        self, files: Files, paired: Sequence[str], chosen: Mapping[str, set[str]], on: tuple[On, ...] = ()
    ) -> None:
        self._files, self._paired, self._on = files, paired, on
        self._identity = {path: self._identify(path, chosen.get(path, set())) for path in files.tables}

    def _identify(self, path: str, chosen: set[str]) -> Identity:
        tables = self._files.tables
        others = {c for p, other in tables.items() if p != path and other.header for c in other.columns}
        found = identity_of(tables[path], others, chosen)
        keys = [key.of(self._paired.index(path)) for key in self._on] if path in self._paired else []
        return found._replace(columns=tuple(dict.fromkeys([*keys, *found.columns])))

    def data(self, path: str) -> list[str]:
        """The columns of a table but for those that name its rows.

        Raises:
            SourceError: There are no others.
        """
        table, identity = self._files.tables[path], self._identity[path]
        columns = [c for c in table.columns if c not in identity.columns]
        if not columns:
            raise SourceError(f"{table.name}: holds no columns but {', '.join(table.columns)}, which name its rows.")
        return columns

    def about(self, path: str, data: Sequence[str], whole: bool) -> tuple[tuple[str, ...], list[Finding]]:
        """What is to be said about the columns an input does not take, and about those it should not.

        Args:
            path: The input's table.
            data: The columns it takes.
            whole: Whether it takes all that are data, and did not choose.
        """
        identity, table = self._identity[path], self._files.tables[path]
        left_out = [c for c in identity.columns if not any(c == key.of(0) or c == key.of(1) for key in self._on)]
        if not whole or not left_out:
            return (), identity.findings(table, data) if whole else []
        compared = {c for pair in self._matches() for c in pair}
        does = "pairs" if any((path, c) in compared for c in left_out) else "names"
        remark = f"column {', '.join(left_out)} {does} the rows and is not read as data"
        return (remark,), identity.findings(table, data)

    def _matches(self) -> list[tuple[tuple[str, str], tuple[str, str]]]:
        """Columns of two tables, each as its table's path and its name, that must be equal row by row."""
        found: list[tuple[tuple[str, str], tuple[str, str]]] = []
        tables = self._files.tables
        paths = [path for path in self._paired if path in tables and not self._on]
        for i, path in enumerate(paths):
            for earlier in paths[:i]:
                same = matches(tables[earlier], self._identity[earlier], tables[path], self._identity[path])
                if same:
                    found += [((earlier, a), (path, b)) for a, b in same]
                    break
        return found

    def pairs(self) -> tuple[tuple[Texts, Texts], ...]:
        """The same columns as text."""
        tables = self._files.tables
        return tuple((tables[p].texts(a), tables[q].texts(b)) for (p, a), (q, b) in self._matches())

    def repeated_id(self, by: Sequence[str]) -> Texts | None:
        """A column that is named like an id, is not read as data and repeats: samples may belong together by it.

        Args:
            by: Columns that part samples into groups, which repeat as they should.
        """
        for path, identity in self._identity.items():
            table = self._files.tables[path]
            for name in (*identity.repeated, *identity.columns) if table.header else ():
                words = table.words(name)
                if len(set(words)) < len(words) and not {name, f"{path}::{name}"} & {*by}:
                    return table.texts(name)
        return None

    def column(self, text: str) -> Texts:
        """A column as text, by its name in any of the tables, or as ``PATH::COLUMN``.

        Raises:
            SourceError: There is none, or it is several.
        """
        table, columns = self._find(text)
        if len(columns) != 1:
            raise SourceError(f"{text}: is {len(columns)} columns, and one is needed.", "write PATH::COLUMN.")
        return table.texts(columns[0])

    def numbers(self, text: str) -> Source:
        """A column of numbers, by its name in any of the tables, or from a file of its own."""
        if self._files.is_file(text):
            location = self._files.locate(text)
            if location.text in self._files.sources:
                return self._files.sources[location.text]
        table, columns = self._find(text)
        source = table.numbers(columns)
        source.name, source.tabular = text, True
        return source

    def _find(self, text: str) -> tuple[Table, list[str]]:
        """The table and the columns that a name or ``PATH::SELECT`` stands for."""
        tables = self._files.tables
        if self._files.is_file(text):
            location = self._files.locate(text)
            table = tables.get(location.path)
            if table is None:
                raise SourceError(f"{text}: is not a table with columns.")
            return table, table.choose(location.select) if location.select else self.data(location.path)
        for table in tables.values():
            if text in table.columns:
                return table, [text]
        known = ", ".join(dict.fromkeys(c for t in tables.values() for c in t.columns[:12]))
        raise SourceError(
            f"no input has a column {text!r}.", f"there are {known}." if known else "none of the inputs is a table."
        )

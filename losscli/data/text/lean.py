"""Delimited text that is small: read whole by ``np.loadtxt``.

``np.loadtxt`` is the fastest reader that costs no import of its own, up to about 10 MB. It is given only what it
reads by the grammar: rows of the right width without quotes. All else is read cell by cell, which also tells what
is wrong and where.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import ArraySource, Source, Texts, line_and_column, missing_error
from losscli.data.table import Table, unknown_label
from losscli.data.text.complaints import bad_cell, blank_line, no_rows, open_quote
from losscli.data.text.grammar import QUOTE, TRUTH, read_head, text_lines
from losscli.knobs.options import ReadOptions


class LeanTable(Table):
    """A delimited text file in memory.

    Raises:
        SourceError: Not text, or without rows.
    """

    format = "csv"

    def __init__(self, content: bytes, name: str, options: ReadOptions) -> None:
        self.name, self._options, self._content = name, options, content
        lines = text_lines(content, name)
        self.head = head = read_head(lines, name, options)
        self.columns, self.header, self.notes = head.columns, head.header, head.notes
        self._body = lines[head.skip :]
        if not self._body:
            raise no_rows(name)
        self._quoted = QUOTE.encode() in content
        self._at = range(head.first_line, len(lines) + 1)
        if self._quoted:
            found = list(head.records(self._body, head.first_line))
            self._at, self._body = tuple(at for at, _ in found), [record for _, record in found]
        self.numbered_header, self.decimals_below = head.numbered, head.decimals

    _at: range | tuple[int, ...]
    """The line at which each row begins."""

    def count(self) -> int:
        return len(self._body)

    def with_header(self, header: bool) -> LeanTable:
        return LeanTable(self._content, self.name, self._options.but(header=header))

    def numbers(self, columns: list[str]) -> Source:
        values, missing = self._parse([self.head.places[c] for c in columns])
        names = tuple(columns) if self.header else ()
        array = values[:, 0] if values.shape[1] == 1 else values
        source = ArraySource(np.ascontiguousarray(array), self.name, "csv", names, self._at, missing)
        source.remarks = self.head.remarks
        return source

    def is_text(self, column: str) -> bool:
        return self.head.is_text(column)

    def words(self, column: str) -> list[str]:
        return self.head.cells(column)

    def coded(self, column: str, classes: tuple[str, ...]) -> Source:
        codes = {word: code for code, word in enumerate(classes)}
        words = self.texts(column).read(0, len(self._body)).tolist()
        missing = np.array([word not in codes and self.head.is_missing(word) for word in words])
        self._refuse_missing(missing[:, None], [column])
        found = np.array([codes.get(word, -1) for word in words])
        strange = np.flatnonzero((found < 0) & ~missing)
        if strange.size:
            row = int(strange[0])
            raise unknown_label(self.name, words[row], self.place(row, column), classes)
        found[missing] = 0
        return ArraySource(found, self.name, "csv", (column,), self._at, missing if missing.any() else None)

    def texts(self, column: str) -> Texts:
        self._refuse_blank_lines()
        at = self.head.places[column]
        values = np.empty(len(self._body), object)
        for i, record in enumerate(self._body):
            values[i] = self._cells(i, record)[at] if record.strip() else ""
        return Texts(self.name, column, values)

    def place(self, row: int, column: str) -> str:
        """Line and column as an editor counts."""
        if self.header or len(self.columns) == 1:
            return line_and_column(self._at, (column,) if self.header else (), (row,))
        return line_and_column(self._at, (), (row, self.head.places[column]))

    def _cells(self, row: int, record: str) -> list[str]:
        cells = self.head.split(record, self._at[row])
        self.head.check_width(len(cells), self._at[row])
        return cells

    def _parse(self, at: list[int]) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
        self._refuse_blank_lines()
        values = self._parse_fast(at)
        return self._parse_slowly(at) if values is None else (values, None)

    def _parse_fast(self, at: list[int]) -> NDArray[np.float64] | None:
        """All rows by ``np.loadtxt``; None for what it cannot read, or not by the grammar."""
        head, width = self.head, len(self.columns)
        if self._quoted or head.decimal != "." or head.missing:
            return None
        if len(at) < width and not self._rectangular(head.delimiter, width):
            return None
        usecols = None if at == list(range(width)) else at
        try:
            values = np.loadtxt(self._body, delimiter=head.delimiter, comments=None, ndmin=2, usecols=usecols)
        except ValueError:
            return None
        fits = len(values) == len(self._body) and values.shape[1] == len(at)
        return values if fits else None

    def _rectangular(self, delimiter: str | None, width: int) -> bool:
        """Whether all rows have as many cells, which ``np.loadtxt`` does not look at for some columns alone."""
        if delimiter is None:
            return all(len(line.split()) == width for line in self._body)
        return all(line.count(delimiter) == width - 1 for line in self._body)

    def _parse_slowly(self, at: list[int]) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
        """Cell by cell: for all that the grammar has, and to tell which cell is bad."""
        head = self.head
        values = np.full((len(self._body), len(at)), np.nan)
        missing = np.zeros(values.shape, bool)
        truths = [head.is_truth(self.columns[column]) for column in at]
        for row, record in enumerate(self._body):
            cells = self._cells(row, record) if record.strip() else [""] * len(self.columns)
            for i, column in enumerate(at):
                cell = cells[column]
                if head.is_missing(cell):
                    missing[row, i] = True
                    continue
                number = TRUTH.get(cell.lower()) if truths[i] else head.number(cell)
                if number is None:
                    raise self._bad_cell(row, column, cell)
                values[row, i] = number
        self._refuse_missing(missing, [self.columns[i] for i in at])
        return values, np.asarray(missing.any(axis=1)) if missing.any() else None

    def _bad_cell(self, row: int, column: int, cell: str) -> Exception:
        if "\n" in cell:
            return open_quote(self.name, self._at[row])
        return bad_cell(f"{self.name}: {self.place(row, self.columns[column])}", cell, len(self.columns))

    def _refuse_blank_lines(self) -> None:
        if self._options.missing == "error":
            for at, line in zip(self._at, self._body, strict=True):
                if not line or line.isspace():
                    raise blank_line(self.name, at)

    def _refuse_missing(self, missing: NDArray[np.bool_], columns: list[str]) -> None:
        if missing.any() and self._options.missing == "error":
            row, i = map(int, np.argwhere(missing)[0])
            raise missing_error(self.name, int(missing.sum()), self.place(row, columns[i]))

"""Delimited text (CSV, TSV, whitespace) that is small: read whole by ``np.loadtxt``.

``np.loadtxt`` is the fastest reader that costs no import of its own, up to about 10 MB. What it does
silently (skipping blank lines, which shifts rows) is checked for here, and where it fails, the cell is
found by a second, slower pass that can say which one.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.data import ReadOptions
from losscli.data.source import ArraySource, Source, Texts, line_and_column, missing_error
from losscli.data.table import Table, unknown_label
from losscli.errors import Finding, SourceError

_MISSING = ("na", "n/a", "#n/a", "null", "none", "-", ".", "?", "true", "false")
_QUOTE = '"'
_CANDIDATES = ("\t", ";", ",", "|")
_HEAD_ROWS = 100
"""Rows that tell whether a column holds words."""


class Head(NamedTuple):
    """What the first lines of a text file tell: the same for every way of reading it.

    Attributes:
        delimiter: Between cells; None is any white space.
        header: Whether line 1 names the columns.
        columns: Their names, or numbers from 1 on.
        rows: Cells of the first rows.
        notes: What is doubtful.
        numbered: Whether line 1 is ``0,1,2…``, as pandas names columns without names, and nobody said what it is.
    """

    delimiter: str | None
    header: bool
    columns: tuple[str, ...]
    rows: list[list[str]]
    notes: tuple[Finding, ...]
    numbered: bool

    @property
    def first_line(self) -> int:
        """The line of row 0."""
        return 2 if self.header else 1

    @property
    def decimals(self) -> bool:
        """Whether a cell below line 1 is written with a decimal point or an exponent."""
        below = self.rows if self.header else self.rows[1:]
        return any(is_number(cell) and not cell.strip().lstrip("+-").isdigit() for row in below for cell in row)

    def cells(self, column: str) -> list[str]:
        """The first cells of a column that are not empty."""
        at = self.columns.index(column)
        return [row[at].strip() for row in self.rows if at < len(row) and row[at].strip()]

    def is_text(self, column: str) -> bool:
        """Whether a cell of the column at its beginning is no number."""
        return not all(map(is_number, self.cells(column)))


def read_head(lines: list[str], name: str, options: ReadOptions) -> Head:
    """Delimiter, header and column names from the first lines of a file, the last of which may be cut."""
    delimiter = options.delimiter or _sniff(lines)
    first = split_cells(lines[0], delimiter)
    numbered = options.header is None and _counts(first)
    header = _is_header(first) if options.header is None else options.header
    names = tuple(cell.strip() for cell in first) if header else tuple(str(i + 1) for i in range(len(first)))
    # A name that stands for several columns chooses none of them; all can still be read.
    counts = Counter(names)
    names = tuple(n if counts[n] == 1 else _numbered(n, i + 1, counts) for i, n in enumerate(names))
    rows = [split_cells(line, delimiter) for line in lines[int(header) : _HEAD_ROWS]]
    notes = tuple(_doubts(name, names, rows)) if options.header is None and header else ()
    return Head(delimiter, header, names, rows, notes, numbered)


def _numbered(name: str, number: int, taken: Counter[str]) -> str:
    while (candidate := f"{name}_{number}") in taken:
        name += "_"
    return candidate


def _doubts(name: str, columns: tuple[str, ...], rows: list[list[str]]) -> Iterator[Finding]:
    """What may be wrong with a header that was found, not given."""
    odd = next((c for c in columns if is_number(c) or c.lower() in _MISSING), None)
    if odd is not None:
        what = "a number" if is_number(odd) else "how missing values and truth are written"
        yield Finding(
            "L103",
            f"{name}: line 1 was read as a header, though {odd!r} in it is {what}.",
            "--no-header if it is data, --header if it is not.",
        )


class LeanTable(Table):
    """A delimited text file in memory.

    Raises:
        SourceError: Not text, or without rows.
    """

    format = "csv"

    def __init__(self, content: bytes, name: str, options: ReadOptions) -> None:
        self.name, self._options, self._content = name, options, content
        lines = text_lines(content, name)
        _refuse_open_quotes(lines, name)
        with unsplittable(name):
            self._head = read_head(lines, name, options)
        self.columns, self.header, self.notes = self._head.columns, self._head.header, self._head.notes
        self._body = lines[1:] if self.header else lines
        if not self._body:
            raise no_rows(name)
        self.numbered_header, self.decimals_below = self._head.numbered, self._head.decimals
        self.rows_below = len(lines) - 1

    def with_header(self, header: bool) -> LeanTable:
        return LeanTable(self._content, self.name, replace(self._options, header=header))

    def numbers(self, columns: list[str]) -> Source:
        with unsplittable(self.name):
            values, missing = self._parse([self.columns.index(c) for c in columns])
        names = tuple(columns) if self.header else ()
        array = values[:, 0] if values.shape[1] == 1 else values
        first_line = self._head.first_line
        return ArraySource(np.ascontiguousarray(array), self.name, "csv", names, first_line, missing)

    def is_text(self, column: str) -> bool:
        return self._head.is_text(column)

    def words(self, column: str) -> list[str]:
        return self._head.cells(column)

    def coded(self, column: str, classes: tuple[str, ...]) -> Source:
        codes = {word: code for code, word in enumerate(classes)}
        words = self.texts(column).read(0, len(self._body)).tolist()
        missing = np.array([not word for word in words])
        self._refuse_missing(missing[:, None], [column])
        found = np.array([codes.get(word, -1) for word in words])
        strange = np.flatnonzero((found < 0) & ~missing)
        if strange.size:
            row = int(strange[0])
            raise unknown_label(self.name, words[row], self.place(row, column), classes)
        found[missing] = 0
        return ArraySource(
            found, self.name, "csv", (column,), self._head.first_line, missing if missing.any() else None
        )

    def texts(self, column: str) -> Texts:
        if self._options.missing == "error":
            _refuse_blank_lines(self._body, self._head.first_line, self.name)
        at = self.columns.index(column)
        values = np.empty(len(self._body), object)
        with unsplittable(self.name):
            for i, line in enumerate(self._body):
                values[i] = self._cells(i, line)[at].strip() if line.strip() else ""
        return Texts(self.name, column, values)

    def place(self, row: int, column: str) -> str:
        """Line and column as an editor counts."""
        if self.header or len(self.columns) == 1:
            return line_and_column(self._head.first_line, (column,) if self.header else (), (row,))
        return line_and_column(self._head.first_line, (), (row, self.columns.index(column)))

    def _cells(self, row: int, line: str) -> list[str]:
        cells = split_cells(line, self._head.delimiter)
        if len(cells) != len(self.columns):
            raise ragged(
                self.name, row + self._head.first_line, len(cells), len(self.columns), row == 0 and self.header
            )
        return cells

    def _parse(self, at: list[int]) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
        if self._options.missing == "error":
            _refuse_blank_lines(self._body, self._head.first_line, self.name)
        whole = at == list(range(len(self.columns)))
        try:
            values = np.loadtxt(
                self._body,
                delimiter=self._head.delimiter,
                comments=None,
                quotechar=_QUOTE,
                ndmin=2,
                usecols=None if whole else at,
            )
        except ValueError:
            return self._parse_slowly(at)
        if len(values) < len(self._body) or (whole and values.shape[1] != len(self.columns)):
            return self._parse_slowly(at)
        return values, None

    def _parse_slowly(self, at: list[int]) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
        """Cell by cell: for what ``np.loadtxt`` cannot say (which cell is bad), and for missing values."""
        values = np.full((len(self._body), len(at)), np.nan)
        missing = np.zeros(values.shape, bool)
        for row, line in enumerate(self._body):
            cells = [""] * len(self.columns) if not line.strip() else self._cells(row, line)
            for i, column in enumerate(at):
                cell = cells[column].strip()
                if not cell:
                    missing[row, i] = True
                elif is_number(cell):
                    values[row, i] = float(cell)
                else:
                    place = f"{self.name}: {self.place(row, self.columns[column])}"
                    raise bad_cell(place, cell, len(self.columns))
        self._refuse_missing(missing, [self.columns[i] for i in at])
        return values, np.asarray(missing.any(axis=1)) if missing.any() else None

    def _refuse_missing(self, missing: NDArray[np.bool_], columns: list[str]) -> None:
        if missing.any() and self._options.missing == "error":
            row, i = map(int, np.argwhere(missing)[0])
            raise missing_error(self.name, int(missing.sum()), self.place(row, columns[i]))


@contextmanager
def unsplittable(name: str) -> Iterator[None]:
    """Make what the csv module refuses an error that names the file."""
    try:
        yield
    except csv.Error as error:
        message = f"{name}: a line cannot be split into cells ({error})."
        raise SourceError(message, "is it a table at all?") from error


def text_lines(content: bytes, name: str) -> list[str]:
    """Lines without their ends and without blank ones after the last.

    Raises:
        SourceError: It is no UTF-8 text, or empty.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_text(name, error) from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise SourceError(f"{name}: is empty.")
    return lines


def not_text(name: str, error: UnicodeDecodeError) -> SourceError:
    """What is said about bytes that are no UTF-8."""
    hint = "a binary file needs its own suffix, e.g. .npy."
    return SourceError(f"{name}: is not UTF-8 text (byte {error.start}).", hint)


def no_rows(name: str) -> SourceError:
    """What is said about a header alone."""
    return SourceError(f"{name}: has a header but no rows.", "--no-header reads the first row as data.")


def _sniff(lines: list[str]) -> str | None:
    """The first candidate outside quotes; else None, any white space, if that is what parts the second row."""
    bare = "".join(lines[0].split(_QUOTE)[::2])
    found = next((c for c in _CANDIDATES if c in bare), None)
    # A header of two words does not make two columns.
    return None if found is None and len(split_cells(lines[:2][-1], None)) > 1 else found or ","


def split_cells(line: str, delimiter: str | None) -> list[str]:
    """The cells of one line."""
    if delimiter is None:
        line, delimiter = " ".join(line.split()), " "
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])


def _is_header(cells: Sequence[str]) -> bool:
    named = any(cell.strip() and not is_number(cell) for cell in cells)
    # Without a name for its index, pandas leaves the first cell empty. A lone 0 is more likely a label.
    return named or (len(cells) > 1 and (_counts(cells) or (not cells[0].strip() and _counts(cells[1:]))))


def _counts(cells: Sequence[str]) -> bool:
    """Whether cells are 0, 1, 2 and so on, which is how pandas names columns without names."""
    return [cell.strip() for cell in cells] == [str(i) for i in range(len(cells))]


def is_number(cell: str) -> bool:
    """Whether every reader takes a cell for a number."""
    # float() would also take 1_000 and non-ASCII digits, which no CSV reader does.
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell and cell.isascii()


def _refuse_open_quotes(lines: list[str], name: str) -> None:
    # np.loadtxt would join the lines up to the next quote into one cell.
    for number, line in enumerate(lines, 1):
        if line.count(_QUOTE) % 2:
            raise open_quote(name, number)


def open_quote(name: str, number: int) -> SourceError:
    """What is said about a line with a quote that is not closed."""
    return SourceError(f"{name}: line {number} has a quote that is not closed.", "a cell of numbers never spans lines.")


def _refuse_blank_lines(body: list[str], first_line: int, name: str) -> None:
    for number, line in enumerate(body, first_line):
        if not line or line.isspace():
            raise blank_line(name, number)


def blank_line(name: str, number: int) -> SourceError:
    """What is said about a blank line in the middle of the data."""
    return SourceError(
        f"{name}: line {number} is blank, in the middle of the data.",
        "it cannot be skipped without pairing the wrong rows; --missing omit leaves the row out of every input.",
    )


def ragged(name: str, number: int, found: int, expected: int, by_header: bool) -> SourceError:
    """What is said about a row of another width than the rows (or the header) before it."""
    if by_header:
        return SourceError(
            f"{name}: the header names {expected} columns, the rows have {found}.",
            "--no-header if the first row is data.",
        )
    return SourceError(
        f"{name}: line {number} has {found} cells, the rows before it {expected}.",
        "--delimiter names the character between cells.",
    )


def bad_cell(place: str, cell: str, columns: int) -> SourceError:
    """What is said about a cell that is no number, in a file of so many columns."""
    if math.isfinite(_comma(cell)):
        hint = "losscli reads decimal points, not decimal commas."
    elif columns > 1:
        hint = "choose the columns of numbers: PATH::COLUMN, PATH::c0..c9."
    else:
        hint = "only the first line may be a name; a missing value is an empty line, left out by --missing omit."
    return SourceError(f"{place}: {cell!r} is not a number.", hint)


def _comma(cell: str) -> float:
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return math.nan

"""Delimited text (CSV, TSV, whitespace), read whole by ``np.loadtxt``.

``np.loadtxt`` is the fastest reader that costs no import of its own, up to about 10 MB. What it does
silently (skipping blank lines, which shifts rows) is checked for here, and where it fails, the cell is
found by a second, slower pass that can say which one.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data import ReadOptions
from losscli.data.source import ArraySource, Source
from losscli.errors import Finding, SourceError

_MISSING = ("na", "n/a", "#n/a", "null", "none", "-", ".", "?", "true", "false")
_INDEX_NAMES = ("", "unnamed: 0", "index")
_QUOTE = '"'
_CANDIDATES = ("\t", ";", ",", "|")


def open_text(path: str, options: ReadOptions) -> Source:
    """Read a delimited text file.

    Raises:
        SourceError: Not text, ragged, or a cell that is no number; with its line and column.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error
    return parse_text(content, path, options)


def parse_text(content: bytes, name: str, options: ReadOptions) -> Source:
    """Parse delimited text: one column is (N,), k columns are (N, k)."""
    try:
        return _table(content, name, options)
    except csv.Error as error:
        raise SourceError(f"{name}: a line cannot be split into cells ({error}).", "is it a table at all?") from error


def _table(content: bytes, name: str, options: ReadOptions) -> Source:
    lines = _lines(content, name)
    _refuse_open_quotes(lines, name)
    delimiter = options.delimiter or _sniff(lines)
    first = _cells(lines[0], delimiter)
    header = _is_header(first) if options.header is None else options.header
    body = lines[1:] if header else lines
    first_line = 2 if header else 1
    if not body:
        raise SourceError(f"{name}: has a header but no rows.", "--no-header reads the first row as data.")
    _refuse_blank_lines(body, first_line, name)
    columns = tuple(cell.strip() for cell in first) if header else ()
    values = _parse(body, delimiter, first_line, columns, name)
    if header and len(columns) != values.shape[1]:
        raise SourceError(
            f"{name}: the header names {len(columns)} columns, the rows have {values.shape[1]}.",
            "--no-header if the first row is data.",
        )
    array = values[:, 0] if values.shape[1] == 1 else values
    source = ArraySource(np.ascontiguousarray(array), name, "csv", columns, first_line)
    if options.header is None:
        source.notes = tuple(_doubts(name, columns, values))
    return source


def _doubts(name: str, columns: tuple[str, ...], values: NDArray[Any]) -> Iterator[Finding]:
    """What may be wrong with a header that was found, not given."""
    odd = next((c for c in columns if _is_number(c) or c.lower() in _MISSING), None)
    if odd is not None:
        what = "a number" if _is_number(odd) else "how missing values and truth are written"
        yield Finding(
            "L103",
            f"{name}: line 1 was read as a header, though {odd!r} in it is {what}.",
            "--no-header if it is data, --header if it is not.",
        )
    counting = values.shape[1] > 1 and columns and columns[0].lower() in _INDEX_NAMES
    if counting and bool((values[:, 0] == np.arange(len(values))).all()):
        yield Finding(
            "L104",
            f"{name}: the first column, {columns[0]!r}, counts the rows and was read as data.",
            "write the table without its index (pandas: index=False).",
        )


def _lines(content: bytes, name: str) -> list[str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{name}: is not UTF-8 text (byte {error.start}).", "a binary file needs its own suffix, e.g. .npy."
        ) from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise SourceError(f"{name}: is empty.")
    return lines


def _sniff(lines: list[str]) -> str | None:
    """The first candidate outside quotes; else None, any white space, if that is what parts the second row."""
    bare = "".join(lines[0].split(_QUOTE)[::2])
    found = next((c for c in _CANDIDATES if c in bare), None)
    # A header of two words does not make two columns.
    return None if found is None and len(_cells(lines[:2][-1], None)) > 1 else found or ","


def _cells(line: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        line, delimiter = " ".join(line.split()), " "
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))


def _is_header(cells: list[str]) -> bool:
    return any(cell.strip() and not _is_number(cell) for cell in cells)


def _is_number(cell: str) -> bool:
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
            raise SourceError(
                f"{name}: line {number} has a quote that is not closed.", "a cell of numbers never spans lines."
            )


def _refuse_blank_lines(body: list[str], first_line: int, name: str) -> None:
    for number, line in enumerate(body, first_line):
        if not line or line.isspace():
            raise SourceError(
                f"{name}: line {number} is blank, in the middle of the data.",
                "a missing value cannot be skipped without pairing the wrong rows; write nan and use --nan omit.",
            )


def _parse(
    body: list[str], delimiter: str | None, first_line: int, columns: tuple[str, ...], name: str
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    try:
        return np.loadtxt(body, delimiter=delimiter, comments=None, quotechar=_QUOTE, ndmin=2)
    except ValueError as error:
        raise _locate(body, delimiter, first_line, columns, name, str(error)) from error


def _locate(
    body: list[str], delimiter: str | None, first_line: int, columns: tuple[str, ...], name: str, cause: str
) -> SourceError:
    """The error for the first row or cell that does not parse."""
    width = len(columns) or len(_cells(body[0], delimiter))
    for number, line in enumerate(body, first_line):
        cells = _cells(line, delimiter)
        if len(cells) != width:
            return SourceError(
                f"{name}: line {number} has {len(cells)} cells, the rows before it {width}.",
                "--delimiter names the character between cells.",
            )
        for column, cell in enumerate(cells):
            if not _is_number(cell):
                label = repr(columns[column]) if columns else str(column + 1)
                return _bad_cell(f"{name}: line {number}, column {label}", cell)
    return SourceError(f"{name}: {cause}.")


def _bad_cell(place: str, cell: str) -> SourceError:
    if not cell.strip():
        return SourceError(f"{place}: is empty.", "write nan for a missing value and use --nan omit.")
    if math.isfinite(_comma(cell)):
        return SourceError(f"{place}: {cell!r} is not a number.", "losscli reads decimal points, not decimal commas.")
    return SourceError(f"{place}: {cell!r} is not a number.", "only columns of numbers can be read.")


def _comma(cell: str) -> float:
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return math.nan

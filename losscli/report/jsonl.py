"""JSON lines: one object a row of what CSV has, such as one a sample; a cell without a value is null."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Any

from losscli.report import Report
from losscli.report.json import text_of
from losscli.report.numbers import jsonable
from losscli.report.rows import header_and_rows


def render(report: Report) -> str:
    """One object a row: of the reduced results, the per-sample losses or the unreduced values."""
    return "".join(lines(*header_and_rows(report)))


def write(report: Report, file: IO[str]) -> None:
    """The same, row by row into a file."""
    file.writelines(lines(*header_and_rows(report)))


def lines(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Rows of cells as lines."""
    names = list(header)
    return (text_of({name: jsonable(cell) for name, cell in zip(names, row, strict=True)}) for row in rows)

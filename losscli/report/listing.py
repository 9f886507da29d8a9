"""A listing: columns of short texts, the last of which wraps on a terminal; or a document for programs.

Not by the library of the other tables: its import alone takes a quarter of a command that lists.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from typing import IO, Any

from losscli import __version__
from losscli.errors import Finding
from losscli.report.numbers import jsonable, plain

_GAP = "   "
_LEAST = 20
"""Columns that the last text is left on a terminal; on one that is narrower, each row becomes a paragraph."""
_INDENT = "  "


def render(header: Sequence[str], rows: Iterable[Sequence[str]], stream: IO[str]) -> str:
    """The text of a listing for ``stream``, fitted to a terminal."""
    lines = [[plain(cell, kept="") for cell in row] for row in (header, *rows)]
    *widths, longest = (max(map(len, column)) for column in zip(*lines, strict=True))
    indent = sum(widths) + len(_GAP) * len(widths)
    if stream.isatty():
        columns = shutil.get_terminal_size().columns
        if columns - indent < min(longest, _LEAST):
            return "".join(_paragraph(line, columns) for line in lines[1:])
        longest = min(longest, columns - indent)
    first, *others = (_laid_out(line, widths, longest, indent) for line in lines)
    return "\n".join([first, "─" * (indent + longest), *others, ""])


def json(kind: str, items: Sequence[Any], findings: Iterable[Finding] = ()) -> str:
    """A listing as a document: its items under what they are, and warnings."""
    from losscli.report.json import SCHEMA, text_of

    warnings = [one._asdict() for one in findings]
    return text_of({"schema": SCHEMA, "losscli": __version__, kind: jsonable(list(items)), "warnings": warnings})


def _paragraph(cells: list[str], columns: int) -> str:
    """A row with its first cell on a line of its own, and the others indented below."""
    first, *others = cells
    about = "; ".join(filter(None, others))
    how: dict[str, Any] = {"initial_indent": _INDENT, "subsequent_indent": _INDENT}
    return "\n".join([first, *textwrap.wrap(about, columns, **how, break_long_words=False, break_on_hyphens=False), ""])


def _laid_out(cells: list[str], widths: list[int], longest: int, indent: int) -> str:
    *before, last = cells
    text = textwrap.wrap(last, longest, break_long_words=False, break_on_hyphens=False) or [""]
    line = "".join(f"{cell:<{width}}{_GAP}" for cell, width in zip(before, widths, strict=True))
    return "\n".join([f"{line}{text[0]}".rstrip(), *(" " * indent + more for more in text[1:])])

"""A page for reading: the loss and its references, how it spreads, and who has how much of it."""

from __future__ import annotations

import sys
import textwrap
from typing import IO

from losscli.report.bars import bar
from losscli.report.distribution.parts import Part, first_lines, parts
from losscli.report.table import Console, add_row, console, place_in, plain_table, say, text_of
from losscli.results.distribution import Distribution

_WIDTH = 80


def render(found: Distribution, digits: int, stream: IO[str] | None = None) -> str:
    """The distribution as text for ``stream`` (standard output)."""
    out = console(stream or sys.stdout)
    lines = first_lines(found, digits)
    first, second = (max(len(line[i]) for line in lines) for i in (0, 1))
    for name, value, about in lines:
        say(out, f"{name:{first}}   {value:>{second}}   {about}")
    head = place_in(out)
    for part in parts(found, digits):
        out.print()
        _print(out, part)
    return text_of(out, head)


def _print(out: Console, part: Part) -> None:
    table = plain_table(*part.columns, right=part.right, flush=part.flush, cut=part.cut)
    rows = part.rows[: part.most] if part.most else part.rows
    for row in rows:
        add_row(table, *(cell if isinstance(cell, str) else _share(cell) for cell in row))
    if len(rows) < len(part.rows):
        add_row(table, "⋮", *[""] * (len(part.columns) - 1), style="dim")
    out.print(table)
    if part.below:
        say(out, textwrap.fill(part.below, min(out.width, _WIDTH), break_on_hyphens=False))


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:5.1f} % {bar(share)}"

"""A page for reading: what a sample is like, what its steps rest on, and the steps."""

from __future__ import annotations

import sys
from typing import IO, Any

from losscli.report.bars import bar
from losscli.report.explanation.rows import facts, title, words
from losscli.report.grid import aligned
from losscli.report.numbers import rounded
from losscli.report.table import add_row, console, plain_table, say, say_indented, text_of
from losscli.results.explanation import Explained, Explanation
from losscli.spec.steps import Grid

_ROWS = 4
"""Rows of a grid that are shown, beside the one that is marked."""
_FIVE = 5
"""Significant digits where figures are only compared."""
_BAR = 10
_STEP = " " * len("12    ")
"""What further lines of a step begin with."""
_SHARES = ("of the mean", "of the sum")


def render(explanation: Explanation, digits: int, stream: IO[str] | None = None) -> str:
    """The explanation as text for ``stream`` (standard output)."""
    out = console(stream or sys.stdout)
    for i, one in enumerate(explanation.samples):
        if i:
            out.print()
        say(out, title(explanation, one), "bold")
        about = facts(explanation, one, digits)
        if about:
            say(out, "; ".join(about))
        if one.units > 1 and one.worst:
            _units(out, one, digits)
        if one.grid is not None:
            _grid(out, one.grid, min(digits, _FIVE))
        elif one.worked is None and not one.worst:
            _inputs(out, one, digits)
        _steps(out, one, digits)
        for note in one.notes:
            say(out, words(note, digits))
    if explanation.left_out:
        say(out, f"{explanation.left_out} more samples are named so.")
    return text_of(out)


def _units(out: Any, one: Explained, digits: int) -> None:
    out.print()
    names = list(one.worst[0].inputs)
    table = plain_table("", "unit", *names, "ℓ", right=tuple(range(1, len(names) + 3)), keys=2)
    for unit in one.worst:
        mark = "▸" if unit.position == one.position else ""
        values = ["" if unit.inputs.get(name) is None else rounded(unit.inputs[name], digits) for name in names]
        value = "ignored" if unit.value is None else rounded(unit.value, digits)
        add_row(table, mark, ",".join(map(str, unit.position)), *values, value)
    more = one.units - len(one.worst)
    if more:
        add_row(table, "", "⋮", f"{more} more", *[""] * len(names), style="dim")
    out.print(table)


def _grid(out: Any, grid: Grid, digits: int) -> None:
    out.print()
    by = grid.bars if grid.bars >= 0 else len(grid.header) - 1
    order = sorted(range(len(grid.rows)), key=lambda i: -grid.rows[i][by])
    shown = order[:_ROWS]
    if grid.marked >= 0 and grid.marked not in shown:
        shown.append(grid.marked)
    columns = [[rounded(grid.rows[i][c], digits) for i in shown] for c in range(len(grid.header))]
    if grid.bars >= 0:
        numbers = aligned(columns[grid.bars])
        columns[grid.bars] = [
            f"{text} {bar(grid.rows[i][grid.bars], _BAR)}" for i, text in zip(shown, numbers, strict=True)
        ]
    right = tuple(c + 1 for c in range(len(grid.header)) if c != grid.bars)
    table = plain_table("", *grid.header, right=right, whole=(grid.bars + 1,), keys=2)
    for i, cells in zip(shown, zip(*columns, strict=True), strict=True):
        add_row(table, "▸" if i == grid.marked else "", *cells)
    out.print(table)
    more = len(grid.rows) - len(shown)
    told = [f"{more} more"] * bool(more) + [words(grid.total, digits)] * bool(grid.total)
    if told:
        say(out, f"  ⋮ {'; '.join(told)}" if more else f"    {told[0]}", "dim")


def _inputs(out: Any, one: Explained, digits: int) -> None:
    """What the inputs hold of a sample, of a loss that tells no more of it."""
    shown = {name: _row(value, digits) for name, value in one.inputs.items()}
    if not shown:
        return
    out.print()
    table = plain_table("input", "values")
    for name, text in shown.items():
        add_row(table, name, text)
    out.print(table)


def _row(value: Any, digits: int) -> str:
    flat = value.reshape(-1).tolist()
    shown = flat if len(flat) <= _FIVE else flat[: _FIVE - 1]  # with how many there are, it fits 80 columns
    first = ", ".join(rounded(x, digits) for x in shown)
    return f"{first}, … ({len(flat)} values)" if len(flat) > len(shown) else first


def _steps(out: Any, one: Explained, digits: int) -> None:
    if not one.steps:
        return
    out.print()
    hows = [words(step.how, digits) for step in one.steps]
    values = [_value(step.name, step.value, digits) for step in one.steps]
    name, how, last = (max(map(len, column)) for column in ([s.name for s in one.steps], hows, values))
    if len("12  ") + name + len(" = ") + how + len(" = ") + last > out.width:
        how = last = 0  # no room for columns: each step is a sentence that may take several lines
    for i, step in enumerate(one.steps):
        made = f"= {hows[i]:<{how}} " if hows[i] else " " * (how + 3) if how else ""
        say_indented(out, f"{i + 1:>2}  {step.name:<{name}} {made}= {values[i]:>{last}}", indent=_STEP)


def _value(name: str, value: float, digits: int) -> str:
    return f"{100 * value:.2f} %" if name in _SHARES else rounded(value, digits)

"""A sweep as a picture: the loss, and beside it the part of it that changes, over the values."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from losscli.report.plot.panel import Line, Panel, Picture, line_panel
from losscli.report.plot.scale import Scale
from losscli.report.sweep.rows import names_of, regimes_of, share, value_text

if TYPE_CHECKING:
    from losscli.explore.sweep import Row, Sweep

MOST_LINES = 8
"""Curves that a panel shows; a grid of more says which."""
_FEWEST = 3
_DECADE = 10.0


def picture(sweep: Sweep) -> Picture | None:
    """The picture; None where there is no axis of numbers, or hardly a point on it."""
    name = _axis(sweep)
    if name is None:
        return None
    lines = _lines(sweep, name)
    shown = dict(list(lines.items())[:MOST_LINES])
    values = sorted({float(row.at[name]) for rows in shown.values() for row in rows})
    log = values[0] > 0 and (sweep_range(sweep, name).log or values[-1] > _DECADE * values[0])
    x = Scale(values[0], values[-1], log)
    marks = tuple(one.value for one in dict.fromkeys(sweep.marks))
    reduction = sweep.rows[0].result.reduction
    left, note = _panel(f"{reduction} loss", shown, name, x, marks, lambda row: float(row.result))
    right = _second(sweep, shown, name, x, marks)
    notes = [note] if note else []
    if len(lines) > len(shown):
        notes.append(f"The first {MOST_LINES} of {len(lines)} curves are shown.")
    legend = tuple(shown) if len(shown) > 1 else ()
    return Picture(((left, right) if right else (left,),), legend, "T" if name == "temperature" else name, tuple(notes))


def sweep_range(sweep: Sweep, name: str) -> Any:
    """The values of a parameter that is swept."""
    return next(one for one in sweep.over if one.name == name)


def _axis(sweep: Sweep) -> str | None:
    """The parameter that x is: of those with numbers alone, the one with the most values."""
    numeric = [one for one in sweep.over if all(_finite_number(v) for v in one.values)]
    found = max(numeric, key=lambda one: len(one.values), default=None)
    return found.name if found is not None and len(found.values) >= _FEWEST else None


def _finite_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _lines(sweep: Sweep, name: str) -> dict[str, list[Row]]:
    """The rows of each curve, by what the legend calls it: a loss, and the values of what is no axis."""
    others = [other for other in names_of(sweep) if other != name]
    found: dict[str, list[Row]] = {}
    for row in (row for row in sweep.rows if name in row.at):
        words = [row.result.loss] if len(sweep.losses) > 1 or not others else []
        words += [f"{other} {value_text(row.at[other])}" for other in others if other in row.at]
        found.setdefault(" ".join(words), []).append(row)
    return {words: sorted(rows, key=lambda row: float(row.at[name])) for words, rows in found.items()}


def _panel(
    title: str,
    lines: dict[str, list[Row]],
    name: str,
    x: Scale,
    marks: tuple[float, ...],
    y: Callable[[Row], float],
) -> tuple[Panel, str]:
    drawn = [
        Line(words, [float(row.at[name]) for row in rows], [y(row) for row in rows], i)
        for i, (words, rows) in enumerate(lines.items())
    ]
    return line_panel(title, drawn, x, marks=marks, from_zero=True)


def _percent(regime: str, row: Row) -> float:
    return 100 * (share(row, regime) or 0.0)


def _second(sweep: Sweep, lines: dict[str, list[Row]], name: str, x: Scale, marks: tuple[float, ...]) -> Panel | None:
    """How many are in a regime where that changes; else what the worst samples hold; else nothing."""
    shown = [row for rows in lines.values() for row in rows]
    for regime in regimes_of(sweep):
        parts = [share(row, regime) for row in shown]
        if None not in parts and len(set(parts)) > 1:
            title = f"% of {sweep.rows[0].result.denominator_is} {regime}"
            return _panel(title, lines, name, x, marks, partial(_percent, regime))[0]
    if all(row.worst is not None for row in shown):
        return _panel(
            "% of the loss in the worst 1 %",
            lines,
            name,
            x,
            marks,
            lambda row: 100 * row.worst.share if row.worst else 0.0,
        )[0]
    return None

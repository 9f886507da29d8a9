"""What a picture shows: panels side by side and below each other, with lines or bars. Data, and nothing drawn yet."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from losscli.report.plot.scale import Scale, limits


class Line(NamedTuple):
    """A curve: its points in order of x. NaN interrupts it; where it is infinite it leaves the panel.

    Attributes:
        name: What the legend calls it.
        x: Where its points are.
        y: Their values.
        number: Which of the picture's series it is: its colour, and its letter.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    number: int = 0


def height_at(line: Line, x: float) -> float:
    """The height of a curve at a place between its points, or at one; beyond its ends that of the end."""
    after = bisect_left(line.x, x)
    if after in (0, len(line.x)):
        return line.y[min(after, len(line.y) - 1)]
    a, b = line.x[after - 1], line.x[after]
    return line.y[after - 1] + (line.y[after] - line.y[after - 1]) * ((x - a) / (b - a))


class Bars(NamedTuple):
    """Bars beside one another, from 0 up: one fewer heights than edges, bins of equal width on the scale of x.

    Attributes:
        number: Which of the picture's series they belong to; -1 for none.
    """

    edges: Sequence[float]
    heights: Sequence[float]
    number: int = -1


class Panel(NamedTuple):
    """One pair of axes.

    Attributes:
        title: What y is.
        x: The horizontal scale.
        y: The vertical scale.
        lines: Its curves.
        bars: Its bars, or None.
        marks: Where on x a vertical line stands.
        zero: Whether y = 0 is drawn, if it lies inside.
        selected: Where on x what is looked at lies: a line with a dot on the curve, or beyond an end an arrow there.
    """

    title: str
    x: Scale
    y: Scale
    lines: tuple[Line, ...] = ()
    bars: Bars | None = None
    marks: tuple[float, ...] = ()
    zero: bool = False
    selected: tuple[float, ...] = ()


class Picture(NamedTuple):
    """Rows of panels; those of a column share their x, which is told below the last of them.

    Attributes:
        rows: The panels, from left to right, at most two.
        legend: The names of the series; none where there is one alone and nothing to tell apart.
        x_title: What x is.
        notes: Sentences below: what lies outside, what was cut.
    """

    rows: tuple[tuple[Panel, ...], ...]
    legend: tuple[str, ...] = ()
    x_title: str = ""
    notes: tuple[str, ...] = ()


def line_panel(
    title: str,
    lines: Iterable[Line],
    x: Scale,
    *,
    marks: tuple[float, ...] = (),
    zero: bool = False,
    from_zero: bool = False,
) -> tuple[Panel, str]:
    """A panel of curves on the scale that shows them best, and a sentence where that cuts them off, else "".

    Args:
        title: What y is.
        lines: The curves.
        x: The horizontal scale.
        marks: Where on x a vertical line stands.
        zero: Whether y = 0 is drawn.
        from_zero: Whether y = 0 lies inside, whatever the curves do.
    """
    drawn = tuple(lines)
    inside = [y for line in drawn for at, y in zip(line.x, line.y, strict=True) if x.low <= at <= x.high]
    y, cut = limits(inside, from_zero)
    note = f"The axis of {title} is cut: its values go to {cut:.4g}." if cut else ""
    return Panel(title, x, y, drawn, None, marks, zero), note


def bar_panel(title: str, bars: Bars, x: Scale) -> Panel:
    """A panel of bars, which stand on 0."""
    highest = max(bars.heights, default=0.0)
    return Panel(title, x, Scale(0.0, highest if highest > 0 else 1.0), bars=bars)

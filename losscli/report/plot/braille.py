"""A grid of dots, two by four to a character, on which lines are drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

ACROSS, DOWN = 2, 4
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_EMPTY = 0x2800
_FAR = 1e6
"""As far outside as a point needs to be: its line leaves the panel all the same."""
_INSIDE = 0.49
"""How far beyond the outermost dot a line is still drawn on it."""


def dots(points: Sequence[tuple[float, float]], columns: int, rows: int) -> set[tuple[int, int]]:
    """The dots of a curve, as (across, down) from the upper left corner.

    Args:
        points: Where it goes, 0 to 1 from left to right and from bottom to top. NaN interrupts it; what lies outside
            is left out.
        columns: Characters across.
        rows: Characters down.
    """
    wide, high = columns * ACROSS - 1, rows * DOWN - 1
    found: set[tuple[int, int]] = set()
    before: tuple[float, float] | None = None
    drawn = False  # whether the dot of the point before is there
    for x, y in points:
        inside = 0.0 <= x <= 1.0 and 0.0 <= y <= 1.0
        if not inside and (math.isnan(x) or math.isnan(y)):
            before, drawn = None, False
            continue
        here = (x * wide, (1.0 - y) * high) if inside else (_near(x) * wide, (1.0 - _near(y)) * high)
        start, before = before or here, here
        step = drawn and inside and abs(here[0] - start[0]) <= 1.0 and abs(here[1] - start[1]) <= 1.0
        drawn = inside
        if step:  # as most of a curve goes
            found.add((int(here[0] + 0.5), int(here[1] + 0.5)))
            continue
        segment = _clipped(start, here, wide, high)
        if segment is not None:
            found.update(_between(*segment))
    return found


def _near(part: float) -> float:
    return min(max(part, -_FAR), _FAR)


def _clipped(
    a: tuple[float, float], b: tuple[float, float], wide: float, high: float
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The part of a line that lies in the grid, or None."""
    begin, end = 0.0, 1.0
    for start, step, top in ((a[0], b[0] - a[0], wide), (a[1], b[1] - a[1], high)):
        for towards, room in ((-step, start + _INSIDE), (step, top + _INSIDE - start)):
            if towards > 0:
                end = min(end, room / towards)
            elif towards < 0:
                begin = max(begin, room / towards)
            elif room < 0:
                return None
    if begin > end:
        return None
    return _along(a, b, begin), _along(a, b, end)


def _along(a: tuple[float, float], b: tuple[float, float], part: float) -> tuple[float, float]:
    if part in (0.0, 1.0):
        return b if part else a
    return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])


def _between(a: tuple[float, float], b: tuple[float, float]) -> Iterator[tuple[int, int]]:
    steps = max(1, math.ceil(max(abs(b[0] - a[0]), abs(b[1] - a[1]))))
    for i in range(steps + 1):
        x, y = _along(a, b, i / steps)
        yield max(0, math.floor(x + 0.5)), max(0, math.floor(y + 0.5))


def cells(found: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The characters of dots, by (column, row), as bits to be joined with those of other curves."""
    bits: dict[tuple[int, int], int] = {}
    for x, y in found:
        at = (x // ACROSS, y // DOWN)
        bits[at] = bits.get(at, 0) | _DOTS[x % ACROSS][y % DOWN]
    return bits


def character(bits: int) -> str:
    """The character with these dots."""
    return chr(_EMPTY + bits)

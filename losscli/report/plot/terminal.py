"""A picture as text: braille lines and eighth-block bars, or ASCII; colours, or letters where there are none.

Never a trailing blank, never a line above the width, and no escape but for colours that were asked for.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from losscli.report.plot import braille
from losscli.report.plot.panel import Line, Panel, Picture, height_at
from losscli.report.plot.scale import text

HEIGHT = 22
"""Rows of a picture, so that it and the prompt fit a terminal of 24."""
LEAST_WIDTH = 40
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_COLOURS = (36, 35, 32, 33, 31, 34)
_DIM = -2
_PLAIN = -1
_LOWEST = 3
"""Rows of the smallest panel."""
_APART = 10
"""Columns that a label along x takes, with the room around it."""
_BLOCKS = " ▁▂▃▄▅▆▇█"


class _Signs(NamedTuple):
    """The characters that axes are drawn with."""

    side: str
    tick: str
    corner: str
    bottom: str
    mark_below: str
    zero: str
    mark: str
    swatch: str
    selected: str
    dot: str
    beyond: str


_UNICODE = _Signs("│", "┤", "└", "─", "┬", "┈", "┊", "━━", "╎", "●", "◂▸")
_ASCII = _Signs("|", "+", "+", "-", "+", ".", ":", "**", "|", "O", "<>")


class _Text:
    """A sheet of characters, each with its colour."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: list[list[tuple[str, int]]] = []

    def put(self, row: int, column: int, words: str, colour: int = _PLAIN) -> None:
        """Write from a place on; what goes beyond an edge is left out."""
        while row >= len(self._rows):
            self._rows.append([(" ", _PLAIN)] * self._width)
        for at, sign in enumerate(words, column):
            if 0 <= at < self._width:
                self._rows[row][at] = (sign, colour)

    def free(self, row: int, column: int) -> bool:
        """Whether there is nothing in a place."""
        return self._rows[row][column][0] == " "

    @property
    def rows(self) -> int:
        """How many there are so far."""
        return len(self._rows)

    def lines(self, colour: bool) -> Iterator[str]:
        """The rows without trailing blanks."""
        for row in self._rows:
            while row and row[-1][0] == " ":
                row.pop()
            yield _coloured(row) if colour else "".join(sign for sign, _ in row)


def _coloured(row: list[tuple[str, int]]) -> str:
    out, now = [], _PLAIN
    for sign, wanted in [*row, ("", _PLAIN)]:
        if wanted != now:
            out.append("\x1b[0m" if now != _PLAIN else "")
            out.append("" if wanted == _PLAIN else f"\x1b[{2 if wanted == _DIM else _COLOURS[wanted % len(_COLOURS)]}m")
            now = wanted
        out.append(sign)
    return "".join(out)


def render(
    picture: Picture, width: int = 80, *, height: int = HEIGHT, ascii_only: bool = False, colour: bool = False
) -> str:
    """A picture as lines of text.

    Args:
        picture: What to show.
        width: Columns that there are, :data:`LEAST_WIDTH` at least.
        height: Rows that it fills, as long as no panel becomes too low.
        ascii_only: Whether only ASCII may be written.
        colour: Whether series are told apart by colours of the terminal; else each carries a letter.
    """
    drawing = _Drawing(picture, max(width, LEAST_WIDTH), height, ascii_only, colour)
    return "".join(line + "\n" for line in drawing.lines())


class _Drawing:
    """One picture on its way to text."""

    def __init__(self, picture: Picture, width: int, height: int, ascii_only: bool, colour: bool) -> None:
        self._picture, self._width, self._height, self._colour, self._ascii = picture, width, height, colour, ascii_only
        self._signs = _ASCII if ascii_only else _UNICODE
        self._sheet = _Text(width)
        self._several = len(picture.legend) > 1
        columns = max(len(row) for row in picture.rows)
        self._room = width // columns
        self._last = [max(i for i, row in enumerate(picture.rows) if len(row) > c) for c in range(columns)]

    def lines(self) -> Iterator[str]:
        notes = [line for note in self._picture.notes for line in textwrap.wrap(self._words(note), self._width)]
        legend = self._legend()
        heights = self._heights(len(notes) + len(legend))
        for number, row in enumerate(self._picture.rows):
            top = self._sheet.rows
            for column, panel in enumerate(row):
                self._panel(panel, top, column, heights[number], self._last[column] == number)
        for line in notes:
            self._sheet.put(self._sheet.rows, 0, line)
        for parts in legend:
            below, at = self._sheet.rows, 0
            for words, colour in parts:
                self._sheet.put(below, at, words, colour)
                at += len(words)
        return self._sheet.lines(self._colour)

    def _words(self, words: str) -> str:
        return words.encode("ascii", "replace").decode() if self._ascii else words

    def _heights(self, below: int) -> list[int]:
        """Rows of each panel's inside: of two, the upper one gets two thirds."""
        rows = self._picture.rows
        free = max(self._height - below - len(rows) - 2, _LOWEST * len(rows))
        if len(rows) == 1:
            return [free]
        lower = max(free // 3 // (len(rows) - 1), _LOWEST)
        return [free - lower * (len(rows) - 1), *[lower] * (len(rows) - 1)]

    # The legend

    def _legend(self) -> list[list[tuple[str, int]]]:
        """Its lines, as words and their colours; what x is stands at the end of the last."""
        entries = [self._entry(number, name) for number, name in enumerate(self._picture.legend)]
        lines: list[list[tuple[str, int]]] = []
        used = self._width
        for entry in entries:
            size = sum(len(words) for words, _ in entry)
            if used + 3 + size > self._width:
                lines.append([(" " * 2, _PLAIN)])
                used = 2
            else:
                lines[-1].append((" " * 3, _PLAIN))
                used += 3
            lines[-1] += entry
            used += size
        title = self._words(f"x: {self._picture.x_title}")[: self._width] if self._picture.x_title else ""
        if title and (used + 3 + len(title) > self._width or not lines):
            lines.append([])
            used = 0
        if title:
            lines[-1] += [(" " * (self._width - used - len(title)), _PLAIN), (title, _PLAIN)]
        return lines

    def _entry(self, number: int, name: str) -> list[tuple[str, int]]:
        name = self._words(name)[: self._width - 8]
        if not self._several:
            return [(name, _PLAIN)]
        sign = self._signs.swatch if self._colour else _letter(number)
        return [(sign, number), (f" {name}", _PLAIN)]

    # A panel

    def _panel(self, panel: Panel, top: int, column: int, rows: int, last: bool) -> None:
        left = column * self._room
        labels = self._label_width(column, rows)
        inside = left + labels + 1
        columns = self._columns(panel, self._room - labels - 1)
        self._sheet.put(top, inside, self._words(panel.title)[: self._room - labels - 2])
        for row in range(rows):
            self._sheet.put(top + 1 + row, inside - 1, self._signs.side, _DIM)
        self._vertical(panel, top + 1, inside, rows, columns)
        if panel.zero and panel.y.low <= 0 <= panel.y.high:
            row = _row(panel.y.at(0.0), rows)
            self._sheet.put(top + 1 + row, inside, self._signs.zero * columns, _DIM)
        for mark in panel.marks:
            if 0 <= (at := panel.x.at(mark)) <= 1:
                for row in range(rows):
                    self._sheet.put(top + 1 + row, inside + _column(at, columns), self._signs.mark)
        if panel.bars is not None:
            self._bars(panel, top + 1, inside, rows, columns)
        self._lines(panel, top + 1, inside, rows, columns)
        self._selected(panel, top + 1, inside, rows, columns)
        if last:
            self._horizontal(panel, top + 1 + rows, inside, columns)

    def _selected(self, panel: Panel, top: int, inside: int, rows: int, columns: int) -> None:
        for x in panel.selected:
            at = panel.x.at(x)
            if not 0 <= at <= 1:
                if at == at:  # NaN lies nowhere
                    self._sheet.put(top + rows // 2, inside + (columns - 1) * (at > 1), self._signs.beyond[at > 1])
                continue
            column = inside + _column(at, columns)
            for row in range(rows):
                if self._sheet.free(top + row, column):
                    self._sheet.put(top + row, column, self._signs.selected)
            for line in panel.lines:
                part = panel.y.at(height_at(line, x))
                if 0 <= part <= 1:
                    self._sheet.put(top + _row(part, rows), column, self._signs.dot, self._of_line(line))

    def _of_line(self, line: Line) -> int:
        return line.number if self._several else 0

    def _columns(self, panel: Panel, room: int) -> int:
        """Columns of a panel's inside; where there are bars in its column, a multiple of theirs."""
        bars = {len(p.bars.heights) for row in self._picture.rows for p in row if p.bars is not None}
        least = min(bars, default=1)
        return room // least * least if 1 < least <= room else room

    def _label_width(self, column: int, rows: int) -> int:
        """Room for the labels of y, the same for all panels below each other."""
        panels = [row[column] for row in self._picture.rows if len(row) > column]
        return min(max(len(label) for p in panels for label in map(text, p.y.ticks(max(2, rows // 2)))), 12)

    def _vertical(self, panel: Panel, top: int, inside: int, rows: int, columns: int) -> None:
        most = max(2, (rows + 1) // 3)
        for value in panel.y.ticks(most):
            row, label = _row(panel.y.at(value), rows), text(value)
            self._sheet.put(top + row, inside - 1 - len(label), label)
            self._sheet.put(top + row, inside - 1, self._signs.tick, _DIM)

    def _horizontal(self, panel: Panel, row: int, inside: int, columns: int) -> None:
        self._sheet.put(row, inside - 1, self._signs.corner + self._signs.bottom * columns, _DIM)
        free = inside - 1
        for value in panel.x.ticks(max(2, columns // _APART)):
            at, label = inside + _column(panel.x.at(value), columns), text(value)
            self._sheet.put(row, at, self._signs.mark_below, _DIM)
            start = min(max(at - len(label) // 2, free), inside + columns - len(label))
            if start >= free and start <= at:
                self._sheet.put(row + 1, start, label)
                free = start + len(label) + 1
        self._sheet.put(row + 1, inside, "")

    def _bars(self, panel: Panel, top: int, inside: int, rows: int, columns: int) -> None:
        assert panel.bars is not None
        heights = panel.bars.heights
        for column in range(columns):
            part = panel.y.at(heights[column * len(heights) // columns]) * rows
            for row in range(rows):
                sign = self._block(part - (rows - 1 - row), lowest=row == rows - 1)
                if sign != " ":
                    self._sheet.put(top + row, inside + column, sign, panel.bars.number)

    def _block(self, part: float, lowest: bool) -> str:
        """The character of a bar that fills a part of it; what is not nothing shows."""
        if self._ascii:
            return "#" if part >= 0.5 else ("." if lowest and part > 0 else " ")
        eighths = min(max(round(part * 8), 0), 8)
        return _BLOCKS[max(eighths, 1) if lowest and part > 0 else eighths]

    def _lines(self, panel: Panel, top: int, inside: int, rows: int, columns: int) -> None:
        found: dict[tuple[int, int], tuple[int, int]] = {}
        each = []
        for line in panel.lines:
            places = [(panel.x.at(x), panel.y.at(y)) for x, y in zip(line.x, line.y, strict=True)]
            cells = braille.cells(braille.dots(places, columns, rows))
            each.append(cells)
            for at, bits in cells.items():
                found[at] = (found.get(at, (0, 0))[0] | bits, line.number)
        for (column, row), (bits, number) in found.items():
            sign = (_letter(number) if self._several else "*") if self._ascii else braille.character(bits)
            self._sheet.put(top + row, inside + column, sign, number if self._several else 0)
        if self._several and not self._colour and not self._ascii:
            for line, place in zip(panel.lines, _label_places(each, columns), strict=True):
                if place is not None:
                    self._sheet.put(top + place[1], inside + place[0], _letter(line.number), line.number)


def _letter(number: int) -> str:
    return _LETTERS[number % len(_LETTERS)]


def _row(part: float, rows: int) -> int:
    """The row of a height, by the dot that a line would have there."""
    return min(max(int((1.0 - part) * (rows * braille.DOWN - 1) + 0.5) // braille.DOWN, 0), rows - 1)


def _column(part: float, columns: int) -> int:
    return min(max(int(part * (columns * braille.ACROSS - 1) + 0.5) // braille.ACROSS, 0), columns - 1)


def _label_places(each: list[dict[tuple[int, int], int]], columns: int) -> list[tuple[int, int] | None]:
    """Where each curve carries its letter: on a cell of its own, as far as can be from the others and their letters."""
    taken: list[tuple[int, int]] = []
    places: list[tuple[int, int] | None] = []
    for number, cells in enumerate(each):
        others = [at for i, other in enumerate(each) if i != number for at in other]
        own = [at for at in cells if 0 < at[0] < columns - 1] or list(cells)
        by_column: dict[int, list[int]] = {}
        for column, row in [*others, *taken]:
            by_column.setdefault(column, []).append(row)
        best = max(own, key=lambda at: (_distance(at, by_column), -abs(at[0] - columns // 2), at[1]), default=None)
        places.append(best)
        if best is not None:
            taken.append(best)
    return places


def _distance(at: tuple[int, int], by_column: dict[int, list[int]]) -> int:
    """How far it is to the nearest of some cells, up to a few columns away."""
    near = (max(abs(step), abs(row - at[1])) for step in range(-4, 5) for row in by_column.get(at[0] + step, ()))
    return min(near, default=9)

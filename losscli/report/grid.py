"""A table that fits where it is shown: decimals stand under each other, no number is broken, long words are cut.

What is too wide for a terminal is made narrower step by step: less between the columns, names of columns on several
lines, words cut, and what another column tells as well left out. What is too wide even so is parted into tables one
below the other, each with the columns that name its rows; or where that is shorter, or not narrow enough, every row
becomes a list of names and values.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from losscli.report.numbers import plain

_NUMBER = re.compile(r"(≈ )?[+-]?\d[\d.]*( %)?$")
_MORE = "⋮"
"""What stands in every cell of a row that stands for others."""
_LONGEST_WORD = 24
"""Columns of sentences are not made narrower than this."""


class _Form(NamedTuple):
    """How narrow a table is made.

    Attributes:
        gap: Blanks between two columns.
        shortest: What columns of words are not cut shorter than.
        wrapped: Whether names of columns and sentences may take several lines.
    """

    gap: int
    shortest: int
    wrapped: bool


_WIDE, _NARROW, _NARROWEST = (_Form(3, 16, False), _Form(3, 16, True)), _Form(2, 16, True), _Form(2, 8, True)


class _Column(NamedTuple):
    """A column as it is shown: its name first, and its width."""

    cells: list[str]
    width: int


class Grid:
    """Rows of text under named columns.

    Args:
        columns: Their names.
        right: The columns that stand to the right: numbers, whose decimal points are put under each other.
        flush: Those of them that all end at the right: the ends of ranges, which are read along the row.
        whole: Further columns that are never broken.
        keys: How many columns name a row; they stand in every part of a table that is too wide.
        cut: Columns of words that are cut where there is no room.
        dim: Columns that are less than the others.
        drop: Columns that are left out where there is no room, in this order; those of a tuple together.
    """

    def __init__(
        self,
        columns: Sequence[str],
        right: Collection[int] = (),
        whole: Collection[int] = (),
        keys: int = 1,
        cut: Collection[int] = (),
        dim: Collection[int] = (),
        drop: Sequence[int | tuple[int, ...]] = (),
        flush: Collection[int] = (),
    ) -> None:
        self._columns, self._right, self._whole = [plain(name) for name in columns], set(right), set(whole)
        self._keys, self._cut, self._dim, self._flush = keys, set(cut), set(dim), set(flush)
        self._drop = [one if isinstance(one, tuple) else (one,) for one in drop]
        self._rows: list[tuple[list[str], str, Collection[int]]] = []

    def add(self, cells: Sequence[str], style: str = "", dim: Collection[int] = ()) -> None:
        """Add a row whose text is taken as it is: no markup, no control characters; some cells of it may be dim."""
        # What names a row stays on its line: the second line of a group's name would be a row of its own.
        shown = [plain(cell, "" if i < self._keys else "\n") for i, cell in enumerate(cells)]
        self._rows.append((shown, style, dim))

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        """The tables that it takes."""
        width = options.max_width
        columns = self._aligned()
        for form, dropped in self._forms():
            shown = [i for i in range(len(columns)) if i not in dropped]
            fitted = self._fitted(columns, shown, form, width)
            if fitted is not None:
                yield self._table(fitted, form)
                return
        yield from self._too_wide(columns, width)

    def _forms(self) -> Iterator[tuple[_Form, list[int]]]:
        """How it may be shown as one table, from the widest form to the narrowest, and what is left out."""
        yield from ((form, []) for form in (*_WIDE, _NARROW))
        left_out = [[i for one in self._drop[:count] for i in one] for count in range(len(self._drop) + 1)]
        yield from ((_NARROW, columns) for columns in left_out[1:])
        yield from ((_NARROWEST, columns) for columns in left_out)

    def _too_wide(self, columns: list[list[str]], width: int) -> Iterator[Any]:
        """Tables one below the other, or lists."""
        dropped = {i for one in self._drop for i in one}
        shown = [i for i in range(len(columns)) if i not in dropped]
        parts = [*self._parts(columns, shown, width)]
        fitted = [self._fitted(columns, part, _NARROWEST, width) for part in parts]
        listed = len(self._rows) * (len(shown) + 1)
        if None in fitted or listed <= len(parts) * (len(self._rows) + 3):
            yield from self._lists(shown if None in fitted else range(len(columns)), width)
            return
        for i, part in enumerate(fitted):
            if i:
                yield ""
            assert part is not None
            yield self._table(part, _NARROWEST)

    def _aligned(self) -> list[list[str]]:
        """Every column with its name first, numbers aligned."""
        cells = [[row[i] for row, *_ in self._rows] for i in range(len(self._columns))]
        return [
            [
                name,
                *(column if i not in self._right else column if i in self._flush else _to_the_right(aligned(column))),
            ]
            for i, (name, column) in enumerate(zip(self._columns, cells, strict=True))
        ]

    def _fitted(
        self, columns: list[list[str]], shown: Sequence[int], form: _Form, width: int
    ) -> dict[int, _Column] | None:
        """Some columns in a form, or None where that is wider than there is room."""
        ends = {i: self._ends(i, columns[i], form) for i in shown}
        room = width - form.gap * (len(shown) - 1) - sum(least for least, _ in ends.values())
        if room < 0:
            return None
        fitted = {}
        # Who needs least is served first: what it leaves is for the others.
        wanting = sorted(shown, key=lambda i: ends[i][1] - ends[i][0])
        for at, i in enumerate(wanting):
            least, most = ends[i]
            more = min(most - least, room // (len(wanting) - at))
            room -= more
            fitted[i] = self._column(i, columns[i], least + more)
        return {i: fitted[i] for i in shown}

    def _ends(self, i: int, column: Sequence[str], form: _Form) -> tuple[int, int]:
        """The least and the largest width of a column."""
        name, most = cell_len(column[0]), _width(column)
        if i in self._cut:
            return min(most, form.shortest), most
        if not form.wrapped:
            return most, most
        cells = _width(column[1:])
        if i not in self._right and i not in self._whole:
            cells = min(cells, _LONGEST_WORD)
        words = max((cell_len(word) for word in column[0].split()), default=name)
        return min(most, max(cells, words)), most

    def _column(self, i: int, column: Sequence[str], width: int) -> _Column:
        name, *cells = column
        lines = textwrap.wrap(name, width, break_long_words=False, break_on_hyphens=False) or [""]
        if i in self._right:
            lines = [" " * (width - cell_len(line)) + line for line in lines]
            cells = [" " * (width - cell_len(cell)) + cell for cell in cells]
        if i in self._cut:
            lines, cells = [_shortened(name, width)], [_shortened(cell, width) for cell in cells]
        return _Column(["\n".join(lines), *cells], width)

    def _parts(self, columns: list[list[str]], shown: Sequence[int], width: int) -> Iterator[list[int]]:
        """The columns of each table: as many as fit beside those that name the rows."""
        least = {i: self._ends(i, columns[i], _NARROWEST)[0] + _NARROWEST.gap for i in shown}
        keys = [i for i in shown if i < self._keys]
        chosen, used = [*keys], sum(least[i] for i in keys)
        first = used
        for i in shown[len(keys) :]:
            if len(chosen) > len(keys) and used + least[i] - _NARROWEST.gap > width:
                yield chosen
                chosen, used = [*keys], first
            chosen.append(i)
            used += least[i]
        yield chosen

    def _table(self, columns: dict[int, _Column], form: _Form) -> Table:
        pad = form.gap - 2
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 1, 0, pad))
        for column in columns.values():
            table.add_column(Text(column.cells[0]), overflow="fold", width=column.width, vertical="top")
        for row, (_, style, dim) in enumerate(self._rows, 1):
            cells = (Text(one.cells[row], "dim" if i in self._dim or i in dim else "") for i, one in columns.items())
            table.add_row(*cells, style=style)
        return table

    def _lists(self, shown: Collection[int], width: int) -> Iterator[Text]:
        """Every row as names and values, one below the other."""
        names = max(cell_len(self._columns[i]) for i in shown)
        for at, (cells, style, dim) in enumerate(self._rows):
            if at:
                yield Text("")
            if set(cells) == {_MORE}:
                yield Text(_MORE, style)
                continue
            for i in shown:
                if cells[i].strip():
                    quiet = "dim" if i in self._dim or i in dim else ""
                    yield _listed(
                        self._columns[i], " ".join(cells[i].split()), names, width, f"{style} {quiet}".strip()
                    )


def _listed(name: str, text: str, names: int, width: int, style: str) -> Text:
    """A name and a value beside it; below it where that has no room."""
    margin = names + 2
    lines = textwrap.wrap(text, max(width - margin, 1), break_long_words=False, break_on_hyphens=False)
    if max(map(cell_len, lines)) > width - margin:
        margin = 2
        lines = ["", *textwrap.wrap(text, max(width - margin, 1), break_on_hyphens=False)]
    first, *others = lines
    line = Text(name + " " * (margin - cell_len(name)) if first else name, "bold")
    line.append(first, f"not bold {style}")
    for more in others:
        line.append("\n" + " " * margin + more, f"not bold {style}")
    return line


def aligned(cells: Sequence[str]) -> list[str]:
    """Numbers with blanks behind them, so that their decimal points stand under each other; others as they are.

    A number with an exponent stands at the end: its digits would move all others away from there.
    """
    after = [len(cell) - cell.index(".") if "." in cell else 0 for cell in cells]
    most = max((count for cell, count in zip(cells, after, strict=True) if _NUMBER.match(cell)), default=0)
    return [
        cell + " " * (most - count) if _NUMBER.match(cell) else cell for cell, count in zip(cells, after, strict=True)
    ]


def _to_the_right(cells: Sequence[str]) -> list[str]:
    # Rich would take the blanks away that put the decimal points under each other.
    width = _width(cells)
    return [" " * (width - cell_len(cell)) + cell for cell in cells]


def _width(cells: Sequence[str]) -> int:
    return max((cell_len(line) for cell in cells for line in cell.split("\n")), default=0)


def _shortened(text: str, width: int) -> str:
    """Text cut to a width, with an ellipsis for what is missing; of several lines the first."""
    line = " ".join(text.split())
    return line if cell_len(line) <= width else f"{set_cell_size(line, width - 1)}…"

"""A table that fits where it is shown: decimals stand under each other, no number is broken, long words are cut.

What is too wide for a terminal is parted into tables one below the other, each with the columns that name its rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from losscli.report.numbers import plain

_GAP = 3
"""Blanks between two columns."""
_NUMBER = re.compile(r"-?\d[\d.]*(e[+-]?\d+)?( %)?$")
_SHORTEST = 8
"""Columns of words are not cut shorter than this."""


class Grid:
    """Rows of text under named columns.

    Args:
        columns: Their names.
        right: The columns that stand to the right: numbers, whose decimal points are put under each other.
        whole: Further columns that are never broken.
        keys: How many columns name a row; they stand in every part of a table that is too wide.
        cut: Columns of words that are cut where there is no room.
    """

    def __init__(
        self,
        columns: Sequence[str],
        right: Collection[int] = (),
        whole: Collection[int] = (),
        keys: int = 1,
        cut: Collection[int] = (),
    ) -> None:
        self._columns, self._right, self._whole = [plain(name) for name in columns], set(right), set(whole)
        self._keys, self._cut = keys, set(cut)
        self._rows: list[tuple[list[str], str]] = []

    def add(self, cells: Sequence[str], style: str = "") -> None:
        """Add a row whose text is taken as it is: no markup, no control characters."""
        self._rows.append(([plain(cell) for cell in cells], style))

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        """The tables that it takes."""
        columns = self._fitted(options.max_width)
        for i, chosen in enumerate(self._parts([_width(column) for column in columns], options.max_width)):
            if i:
                yield ""
            yield self._table(columns, chosen)

    def _fitted(self, width: int) -> list[list[str]]:
        """Every column with its name first, numbers aligned and words cut."""
        cells = [[row[i] for row, _ in self._rows] for i in range(len(self._columns))]
        columns = [
            _to_the_right([name, *aligned(column)]) if i in self._right else [name, *column]
            for i, (name, column) in enumerate(zip(self._columns, cells, strict=True))
        ]
        if self._cut:
            taken = sum(_width(column) for i, column in enumerate(columns) if i not in self._cut)
            room = (width - taken - _GAP * (len(columns) - 1)) // len(self._cut)
            for i in self._cut:
                columns[i] = [_shortened(cell, max(room, _SHORTEST)) for cell in columns[i]]
        return columns

    def _parts(self, widths: Sequence[int], width: int) -> Iterator[list[int]]:
        """The columns of each table: as many as fit beside those that name the rows."""
        keys = list(range(self._keys))
        first = sum(widths[i] + _GAP for i in keys)
        chosen, used = [*keys], first
        for i in range(self._keys, len(widths)):
            if len(chosen) > len(keys) and used + widths[i] > width:
                yield chosen
                chosen, used = [*keys], first
            chosen.append(i)
            used += widths[i] + _GAP
        yield chosen

    def _table(self, columns: Sequence[Sequence[str]], chosen: Sequence[int]) -> Table:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
        for i in chosen:
            whole = i in self._right or i in self._whole or i in self._cut
            table.add_column(Text(columns[i][0]), overflow="fold", no_wrap=whole)
        for row, (_, style) in enumerate(self._rows, 1):
            table.add_row(*(Text(columns[i][row]) for i in chosen), style=style)
        return table


def aligned(cells: Sequence[str]) -> list[str]:
    """Numbers with blanks behind them, so that their decimal points stand under each other; words as they are."""
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
    return max(map(cell_len, cells))


def _shortened(text: str, width: int) -> str:
    """Text cut to a width, with an ellipsis for what is missing; of several lines the first."""
    line = " ".join(text.split())
    return line if cell_len(line) <= width else f"{set_cell_size(line, width - 1)}…"

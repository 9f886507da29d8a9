"""What is asked of a query: the cells of a column."""

from __future__ import annotations

from typing import NamedTuple


class Cells(NamedTuple):
    """The cells of a column.

    Attributes:
        column: Its name in the file.
        as_text: As text, whatever they hold; else as they are.
        table: Which of the tables it is of, where several are joined.
    """

    column: str
    as_text: bool = False
    table: int = 0

    @property
    def label(self) -> str:
        """What they are called in frames. Polars would take a bare name such as ``*`` or ``^a.*$`` for a pattern."""
        return f"{self.table} {'text' if self.as_text else 'cells'} {self.column}"

"""A table: named columns that inputs select from, read once however many do."""

from __future__ import annotations

from abc import ABC, abstractmethod

from losscli.data.columns import choose
from losscli.data.source import Source, Texts
from losscli.errors import DataError, Finding


class Table(ABC):
    """Columns of one file, or of its shards.

    Attributes:
        name: As the user wrote it, for messages.
        format: What it is written in: ``csv``, ``parquet``...
        columns: The names; without a header the numbers from 1 on.
        header: Whether the names stand in the file.
        notes: What looked wrong while its header was read.
        index_columns: Columns that its writer says are an index, whatever their names.
        numbered_header: Whether the first row of text is ``0,1,2…``, which pandas writes over columns without names,
            and no option says what it is. Two and more such cells are taken for a header, a lone 0 for data.
        decimals_below: Whether a number below the first row, as far as the beginning tells, is no plain integer.
    """

    name: str
    format: str
    columns: tuple[str, ...]
    header: bool = True
    notes: tuple[Finding, ...] = ()
    index_columns: tuple[str, ...] = ()
    numbered_header: bool = False
    decimals_below: bool = False

    def count(self) -> int | None:
        """How many rows there are; None where that takes a file to be read in a way it cannot be."""
        return None

    def with_header(self, header: bool) -> Table:
        """The same content opened anew, its first row taken for a header or for data; for text."""
        return self

    def choose(self, select: str) -> list[str]:
        """The columns a selection stands for."""
        return choose(self.name, self.columns, select)

    @abstractmethod
    def numbers(self, columns: list[str]) -> Source:
        """Columns as a source of numbers: one is (N,), several are (N, k).

        Raises:
            SourceError: A cell is not a number.
        """

    @abstractmethod
    def is_text(self, column: str) -> bool:
        """Whether a column holds words, as far as its beginning tells."""

    @abstractmethod
    def words(self, column: str) -> list[str]:
        """Some of the words at the beginning of a text column."""

    @abstractmethod
    def coded(self, column: str, classes: tuple[str, ...]) -> Source:
        """A text column as class indices, the positions of its words in ``classes``.

        Raises:
            DataError: A word is no class.
        """

    @abstractmethod
    def texts(self, column: str) -> Texts:
        """A column as text."""

    def close(self) -> None:  # noqa: B027 (most tables hold nothing open)
        """Release what the table holds open."""


def unknown_label(name: str, word: str, place: str, classes: tuple[str, ...]) -> DataError:
    """What is said about a label that names no class."""
    from difflib import get_close_matches

    close = get_close_matches(word, classes, n=1)
    shown = ", ".join(classes[:6]) + (", …" if len(classes) > 6 else "")
    return DataError(
        f"{name}: {word!r} at {place} is none of the {len(classes)} classes ({shown}).",
        f"did you mean {close[0]}?" if close else "--classes names them, in the order of the prediction's columns.",
    )

"""What every reader returns: an array of known shape and dtype, readable by rows in any order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.errors import DataError, Finding, SourceError

UNKNOWN_ROWS = 1 << 60
"""Stands for the length of a stream until its end was seen: more rows than any file has."""


class Source(ABC):
    """An array, in memory or in a file.

    Attributes:
        name: As the user wrote it, for messages.
        format: ``csv``, ``npy`` or ``array``.
        shape: Its full shape; ``()`` for a scalar.
        dtype: Its dtype in native byte order.
        columns: Column names of a table, or ().
        notes: What looked wrong while it was read.
        remarks: How it was read, where that is not plain: a mapping of labels, shards, what pairs its rows.
        row_major: Whether rows lie one after the other (C order), as :meth:`read_flat` needs.
        tabular: Whether it is columns of a table, of which a row is a sample for every loss.
        coded: The classes that it knows by words, which count from 0 whatever other labels do; () where it holds none.
        axis_told: Whether the user said where its classes are.
        stated: What the user said its values are, ``logits`` for one; "" where nothing was said.
        expected_rows: About how many rows a stream has, for a progress bar; None if there is no telling.
        sequential: Whether it must be read in order, from row 0 on; reading row 0 again starts over. The
            length may be unknown until the end was read, where :meth:`read` returns fewer rows than asked for.
    """

    name: str
    format: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    columns: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()
    row_major: bool = True
    sequential: bool = False
    expected_rows: int | None = None
    tabular: bool = False
    coded: tuple[str, ...] = ()
    stated: str = ""
    axis_told: bool = False

    @property
    def rows(self) -> int:
        """The length of axis 0; a scalar has one row."""
        return self.shape[0] if self.shape else 1

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The shape of one row."""
        return self.shape[1:]

    @property
    def nbytes(self) -> int:
        """The size of the whole array."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    @property
    def given_shape(self) -> tuple[int, ...]:
        """The shape of the array as the user has it; another one than ``shape`` where that is a view."""
        return self.shape

    def scatter(self, write: Callable[[int, NDArray[Any]], None], start: int, rows: NDArray[Any]) -> None:
        """Put something that there is for each value of some rows where these values lie in the array that was given.

        Args:
            write: Writes rows of an array of ``given_shape``; the first is counted in rows of their own width.
            start: The first row.
            rows: One for each value, in the shape of the rows.
        """
        write(start, rows)

    @property
    def own_dtype(self) -> np.dtype[Any]:
        """The dtype of what is stored; another one than ``dtype`` where that was converted."""
        return self.dtype

    @property
    def endless(self) -> bool:
        """Whether its length is not known yet."""
        return bool(self.shape) and self.shape[0] >= UNKNOWN_ROWS

    def begin(self) -> None:  # noqa: B027 (only a stream can read ahead)
        """Start to read from the first row, beside what else is read."""

    def missing(self, start: int, stop: int) -> NDArray[np.bool_] | None:
        """Which of the rows ``start:stop``, just read, hold a missing value; None if none do."""
        return None

    @abstractmethod
    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        """Rows ``start:stop``, of shape ``(stop - start, *row_shape)``.

        Args:
            start: First row.
            stop: One past the last row.
            out: An aligned, C-contiguous buffer of that shape and of ``dtype``.

        Returns:
            ``out``, filled, or a read-only view that is as good. Safe to call from several threads.
        """

    def read_flat(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        """Like :meth:`read`, with the array taken as rows of ``out``'s shape; for row-major sources."""
        raise TypeError(f"{self.name} is not row-major")

    def read_all(self) -> NDArray[Any]:
        """The whole array in its own shape."""
        out = np.empty((self.rows, *self.row_shape), self.dtype)
        return self.read(0, self.rows, out).reshape(self.shape)

    def place(self, index: tuple[int, ...]) -> str:
        """An index of the array in the reader's words, for messages: ``row 3, column 'b'``."""
        if not index:
            return "the only value"
        parts = [f"row {index[0]}"]
        if len(index) == 2:
            parts.append(f"column {self.columns[index[1]]!r}" if self.columns else f"column {index[1]}")
        elif len(index) > 2:
            return f"index [{', '.join(map(str, index))}]"
        return ", ".join(parts)

    def close(self) -> None:  # noqa: B027 (most sources hold nothing open)
        """Release what the source holds open."""


class ArraySource(Source):
    """An array in memory. Blocks are views where that cannot change a bit, else copies."""

    def __init__(
        self,
        array: NDArray[Any],
        name: str,
        format: str = "array",
        columns: tuple[str, ...] = (),
        lines: Sequence[int] | None = None,
        missing: NDArray[np.bool_] | None = None,
    ) -> None:
        if array.dtype.kind not in "biuf":
            raise SourceError(
                f"{name}: holds {array.dtype}, not numbers.", "losscli takes float, integer and bool arrays."
            )
        self.name, self.format, self.columns = name, format, columns
        self.shape, self.dtype = array.shape, array.dtype.newbyteorder("=")
        self._array = array.reshape((1,)) if array.ndim == 0 else array
        self._lines, self._missing = lines, missing
        plain = array.flags.c_contiguous and array.flags.aligned and array.dtype.isnative
        self._views = self.row_major = plain

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        rows = self._array[start:stop]
        if self._views:
            return rows
        np.copyto(out, rows)
        return out

    def read_flat(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        return self._array.reshape(-1, *out.shape[1:])[start:stop]

    def missing(self, start: int, stop: int) -> NDArray[np.bool_] | None:
        return None if self._missing is None else self._missing[start:stop]

    def place(self, index: tuple[int, ...]) -> str:
        if self._lines is None or not index:
            return super().place(index)
        return line_and_column(self._lines, self.columns, index)


def line_and_column(lines: Sequence[int], columns: tuple[str, ...], index: tuple[int, ...]) -> str:
    """A place in a text file of which the rows begin at these lines, as an editor counts: ``line 7, column 'b'``."""
    line = f"line {lines[index[0]]}"
    if len(index) == 1:
        return f"{line}, column {columns[0]!r}" if columns else line
    return f"{line}, column {columns[index[1]]!r}" if columns else f"{line}, column {index[1] + 1}"


class Texts:
    """A column as text: names, ids, groups.

    Attributes:
        name: The file, as the user wrote it.
        column: The column's name.
        label: What it is called in results; its name, unless that is taken.
        sequential: Whether it comes from a stream and must be read in order.
        nested: Whether its cells are lists or objects, written as in JSON.
    """

    sequential = False
    nested = False

    def __init__(self, name: str, column: str, values: NDArray[Any]) -> None:
        self.name, self.column, self.label, self._values = name, column, column, values

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Rows ``start:stop`` as an array of objects; fewer at the end."""
        return self._values[start:stop]


def refuse_missing(source: Source) -> None:
    """Raise where a source that was read whole, and so has no rows to leave out, misses a value."""
    missing = source.missing(0, source.rows)
    if missing is not None and missing.any():
        count = int(missing.sum())
        raise DataError(
            f"{source.name}: {count} of its rows miss a value, and it is read whole: there is no sample to leave out."
        )


def missing_error(name: str, count: int, place: str) -> DataError:
    """What is said about missing values unless rows that hold one are to be left out."""
    values = f"{count} values are missing, the first" if count > 1 else "a value is missing"
    return DataError(
        f"{name}: {values} at {place} (an empty cell).",
        "--missing omit leaves such rows out of every input.",
    )

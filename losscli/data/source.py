"""What every reader returns: an array of known shape and dtype, readable by rows in any order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.errors import Finding, SourceError


class Source(ABC):
    """An array, in memory or in a file.

    Attributes:
        name: As the user wrote it, for messages.
        format: ``csv``, ``npy`` or ``array``.
        shape: Its full shape; ``()`` for a scalar.
        dtype: Its dtype in native byte order.
        columns: Column names of a table, or ().
        notes: What looked wrong while it was read.
        row_major: Whether rows lie one after the other (C order), as :meth:`read_flat` needs.
    """

    name: str
    format: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    columns: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()
    row_major: bool = True

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
        first_line: int | None = None,
    ) -> None:
        if array.dtype.kind not in "biuf":
            raise SourceError(
                f"{name}: holds {array.dtype}, not numbers.", "losscli takes float, integer and bool arrays."
            )
        self.name, self.format, self.columns = name, format, columns
        self.shape, self.dtype = array.shape, array.dtype.newbyteorder("=")
        self._array = array.reshape((1,)) if array.ndim == 0 else array
        self._first_line = first_line
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

    def place(self, index: tuple[int, ...]) -> str:
        if self._first_line is None or not index:
            return super().place(index)
        line = f"line {index[0] + self._first_line}"
        if len(index) == 1:
            return f"{line}, column {self.columns[0]!r}" if self.columns else line
        column = f"column {self.columns[index[1]]!r}" if self.columns else f"column {index[1] + 1}"
        return f"{line}, {column}"

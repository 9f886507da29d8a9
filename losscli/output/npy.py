"""NPY files written block by block, from any thread in any order."""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np
from numpy.lib import format as npy_format

_PIECE = 1 << 22
"""Bytes that are read and written again at a time: whole numbers, whatever their size."""


class NpySink:
    """Unreduced values into an NPY file at their own offsets.

    Args:
        fd: The file, open for writing.
        shape: The array's shape; its length may turn out to be another (:meth:`close`).
        dtype: The array's dtype.
    """

    def __init__(self, fd: int, shape: tuple[int, ...], dtype: str) -> None:
        self._fd, self._shape, self._dtype = fd, shape, np.dtype(dtype)
        self._offset = self._write_header(shape)

    def _write_header(self, shape: tuple[int, ...]) -> int:
        # NumPy leaves room in the header for the first axis to grow, so any length takes the same bytes.
        header = _header(shape, self._dtype)
        _write_all(self._fd, memoryview(header), 0)
        return len(header)

    def write(self, start: int, values: Any) -> None:
        """Write the values of samples from ``start`` on."""
        content = np.ascontiguousarray(values, self._dtype).reshape(-1).view(np.uint8)
        row = content.nbytes // len(values)
        _write_all(self._fd, content.data, self._offset + start * row)

    def scale(self, factor: float) -> None:
        """Multiply all that was written, a piece at a time."""
        end = os.fstat(self._fd).st_size
        for offset in range(self._offset, end, _PIECE):
            piece = np.frombuffer(os.pread(self._fd, min(_PIECE, end - offset), offset), self._dtype)
            _write_all(self._fd, (piece * self._dtype.type(factor)).view(np.uint8).data, offset)

    def close(self, samples: int) -> None:
        """Write the header again, with the length that a stream told at its end."""
        self._write_header((samples, *self._shape[1:]))


def _write_all(fd: int, content: memoryview, offset: int) -> None:
    while content:
        done = os.pwrite(fd, content, offset)
        content, offset = content[done:], offset + done


def _header(shape: tuple[int, ...], dtype: Any) -> bytes:
    out = io.BytesIO()
    npy_format.write_array_header_1_0(
        out, {"descr": npy_format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    )
    return out.getvalue()

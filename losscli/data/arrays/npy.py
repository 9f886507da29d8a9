"""NPY files, read block by block with ``preadv`` into the caller's buffers.

``preadv`` keeps peak memory at the buffers' size (a memory map counts the whole file as resident),
needs no shared file position between threads, and cannot fault when the file is cut short.
"""

from __future__ import annotations

import io
import math
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from tokenize import TokenError
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from losscli.data.source import ArraySource, Source
from losscli.errors import SourceError

_WHOLE_COLUMNS_FROM = 64
_COLUMNS_BYTES = 1 << 20
_MOST_AXES = 64  # NumPy's own limit
_ODD_HEADER = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, MemoryError),
    *(RecursionError, SyntaxError, TokenError, TypeError, ValueError),
)
"""What NumPy stumbles with over a header, which is a Python expression."""
_PICKLE_HINT = "save it again as numbers: np.save(path, np.asarray(array, dtype=float))."


class NpyFile(Source):
    """An NPY file on disk, of any number of dimensions, in C or Fortran order, in either byte order."""

    format = "npy"

    def __init__(
        self,
        path: str,
        shape: tuple[int, ...],
        fortran: bool,
        dtype: np.dtype[Any],
        offset: int,
        remote: IO[bytes] | None = None,
    ) -> None:
        self.name, self.shape = path, shape
        self.dtype = dtype.newbyteorder("=")
        self._swapped = not dtype.isnative
        # One axis or none has the same bytes in either order.
        self._fortran = fortran and len(shape) > 1
        self.row_major = not self._fortran
        self._offset = offset
        self._remote, self._lock = remote, threading.Lock()
        flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        self._fd = os.open(path, flags) if remote is None else -1

    def __reduce__(self) -> tuple[Any, ...]:
        if self._remote is not None:
            raise TypeError(f"{self.name} is read over one connection, which cannot be shared")
        stored = self.dtype.newbyteorder() if self._swapped else self.dtype
        return NpyFile, (self.name, self.shape, self._fortran, stored, self._offset)

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        if not self._fortran or start == stop:
            return self.read_flat(start, stop, out)
        self._read_columns(start, stop, out)
        return self._native(out)

    def read_flat(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        row_bytes = out[:1].nbytes if len(out) else 0
        self._fill(out, self._offset + start * row_bytes)
        return self._native(out)

    def _native(self, out: NDArray[Any]) -> NDArray[Any]:
        return out.byteswap(inplace=True) if self._swapped else out

    def _read_columns(self, start: int, stop: int, out: NDArray[Any]) -> None:
        # In Fortran order a range of rows is one run of bytes in each column. Runs shorter than a disk's
        # page cost more in calls than whole columns cost in bytes, unless the columns are long.
        columns = out[0].size
        flat = out.reshape(stop - start, columns)
        whole = self.rows <= _WHOLE_COLUMNS_FROM * (stop - start)
        first, last = (0, self.rows) if whole else (start, stop)
        at_once = max(1, _COLUMNS_BYTES // (self.rows * self.dtype.itemsize)) if whole else 1
        for column in range(0, columns, at_once):
            runs = np.empty((min(at_once, columns - column), last - first), self.dtype)
            self._fill(runs, self._offset + (column * self.rows + first) * self.dtype.itemsize)
            flat[:, self._places(column, len(runs))] = runs[:, start - first : stop - first].T

    def _places(self, column: int, count: int) -> Any:
        """Where columns of the file, whose first axis varies fastest, stand in a row in C order."""
        if len(self.shape) == 2:
            return slice(column, column + count)
        index = np.unravel_index(np.arange(column, column + count), self.row_shape, order="F")
        return np.ravel_multi_index(index, self.row_shape)

    def _fill(self, out: NDArray[Any], offset: int) -> None:
        view = out.reshape(-1).view(np.uint8).data
        done = 0
        while done < len(view):
            got = self._read_some(view[done:], offset + done)
            if not got:
                raise SourceError(
                    f"{self.name}: is shorter than its header says.", "was it cut off while being written?"
                )
            done += got

    def _read_some(self, view: memoryview, offset: int) -> int:
        if self._remote is None:
            return _read_at(self._fd, view, offset)
        try:
            with self._lock:  # one position for all threads
                self._remote.seek(offset)
                content = self._remote.read(len(view))
        except (OSError, ValueError) as error:
            raise SourceError(f"{self.name}: cannot be read ({str(error) or type(error).__name__}).") from error
        view[: len(content)] = content
        return len(content)

    def close(self) -> None:
        if self._remote is not None:
            self._remote.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


if hasattr(os, "preadv"):

    def _read_at(fd: int, view: memoryview, offset: int) -> int:
        return os.preadv(fd, [view], offset)

else:  # pragma: no cover (Windows has no positioned read)
    _LOCK = threading.Lock()

    def _read_at(fd: int, view: memoryview, offset: int) -> int:
        with _LOCK:
            os.lseek(fd, offset, os.SEEK_SET)
            content = os.read(fd, len(view))
        view[: len(content)] = content
        return len(content)


def open_npy(path: str) -> Source:
    """Open an NPY file without reading its values.

    Raises:
        SourceError: Not an NPY file, cut short, or of a dtype that is not a number.
    """
    try:
        with open(path, "rb") as file:
            shape, fortran, dtype = _header(file, path)
            offset = file.tell()
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error
    _refuse_short(path, shape, dtype, size - offset)
    return NpyFile(path, shape, fortran, dtype, offset)


def open_remote_npy(path: str) -> Source:
    """Open an NPY file at an address (``s3://...``) through fsspec, which reads it block by block.

    Raises:
        SourceError: fsspec or the protocol's own package is missing, or there is no such file.
    """
    from losscli.data.remote import opened, reached

    file = opened(path)
    with reached(path):
        shape, fortran, dtype = _header(file, path)
    return NpyFile(path, shape, fortran, dtype, file.tell(), file)


def parse_npy(content: bytes, name: str) -> Source:
    """An NPY file's content that is already in memory."""
    file = io.BytesIO(content)
    shape, fortran, dtype = _header(file, name)
    _refuse_short(name, shape, dtype, len(content) - file.tell())
    values: NDArray[Any] = np.ndarray(shape, dtype, content, file.tell(), order="F" if fortran else "C")
    return ArraySource(values, name, "npy")


def _refuse_short(name: str, shape: tuple[int, ...], dtype: np.dtype[Any], there: int) -> None:
    needed = math.prod(shape) * dtype.itemsize
    if there < needed:
        raise SourceError(
            f"{name}: is cut short: its header announces {needed} bytes of values, {there} are there.",
            "was it cut off while being written or copied?",
        )


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


@contextmanager
def of_any_python() -> Iterator[None]:
    """Let NumPy read a header that Python 2 wrote, whose lengths are 5L, without a word about it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _header(file: Any, name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        version = npy_format.read_magic(file)
        read = npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
        with of_any_python():
            shape, fortran, dtype = read(file)
    except _ODD_HEADER as error:
        raise SourceError(f"{name}: is not an NPY file ({_reason(error)}).") from error
    if len(shape) > _MOST_AXES or any(type(n) is not int or n < 0 for n in shape):
        raise SourceError(f"{name}: is not an NPY file (its header announces the shape {shape}).")
    if math.prod(n or 1 for n in shape) * max(1, dtype.itemsize) > sys.maxsize:
        raise SourceError(f"{name}: is not an NPY file (its header announces the shape {shape}).")
    if dtype.hasobject:
        raise SourceError(f"{name}: holds pickled Python objects, which are never loaded.", _PICKLE_HINT)
    if dtype.kind not in "biuf":
        raise SourceError(f"{name}: holds {dtype}, not numbers.", "losscli takes float, integer and bool arrays.")
    return shape, fortran, dtype

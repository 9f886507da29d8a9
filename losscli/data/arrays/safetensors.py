"""safetensors: one tensor of a file, block by block."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.arrays.bfloat16 import Widened
from losscli.data.arrays.npy import NpyFile
from losscli.data.arrays.request import ArrayRequest, reason
from losscli.data.source import Source
from losscli.errors import SourceError

_DTYPES = {
    "BOOL": "?",
    "U8": "u1",
    "U16": "u2",
    "U32": "u4",
    "U64": "u8",
    "I8": "i1",
    "I16": "i2",
    "I32": "i4",
    "I64": "i8",
    "F16": "f2",
    "F32": "f4",
    "F64": "f8",
}


class _SafetensorsFile(Source):
    """One tensor of a safetensors file, whose header has been checked by the library.

    The file is opened anew for each block: the library maps it, and a map that is kept counts all that was
    read as resident, and kills the process when the file is cut short. Threads share nothing that way.
    """

    format = "safetensors"

    def __init__(self, request: ArrayRequest, safe_open: Any, key: str, shape: tuple[int, ...], dtype: str) -> None:
        self.name, self.shape, self.dtype = request.name, shape, np.dtype(dtype)
        self._path, self._safe_open, self._key = request.path, safe_open, key
        self._identity = _identity(request.path)

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        if start == stop:
            return out  # the library refuses an empty slice at the end
        (rows,) = self._slices([(slice(start, stop),)])
        return rows.reshape(out.shape)

    def read_flat(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        row = math.prod(out.shape[1:])
        flat, at = out.reshape(-1), 0
        for part in self._slices(list(_boxes(self.shape or (1,), start * row, stop * row))):
            flat[at : at + part.size] = part.reshape(-1)
            at += part.size
        return out

    def _slices(self, boxes: list[tuple[slice, ...]]) -> list[NDArray[Any]]:
        try:
            with self._safe_open(self._path, framework="numpy") as file:
                parts = _parts(file, self._key, boxes if self.shape else None)
            same = _identity(self._path) == self._identity
        except MemoryError:
            raise
        except Exception as error:  # it was whole when it was opened
            raise SourceError(f"{self.name}: changed while it was read ({reason(error)}).") from error
        if not same:
            raise SourceError(f"{self.name}: changed while it was read.", "is it still being written?")
        return parts


def _parts(file: Any, key: str, boxes: list[tuple[slice, ...]] | None) -> list[NDArray[Any]]:
    if boxes is None:  # a scalar has no slices
        return [file.get_tensor(key)]
    tensor = file.get_slice(key)
    return [tensor[box] for box in boxes]


def _identity(path: str) -> tuple[int, int, int]:
    found = Path(path).stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _boxes(shape: tuple[int, ...], start: int, stop: int) -> Iterator[tuple[slice, ...]]:
    """Slices that together are the elements ``start:stop`` of an array in C order, in that order."""
    if len(shape) == 1 or start >= stop:
        yield from [(slice(start, stop),)] if start < stop else []
        return
    size = math.prod(shape[1:])
    first, last = -(-start // size), stop // size  # whole rows
    if start < first * size:
        begin = (first - 1) * size
        yield from _in_row(first - 1, shape[1:], start - begin, min(stop - begin, size))
    if first < last:
        yield (slice(first, last),)
    if first <= last and last * size < stop:
        yield from _in_row(last, shape[1:], 0, stop - last * size)


def _in_row(row: int, shape: tuple[int, ...], start: int, stop: int) -> Iterator[tuple[slice, ...]]:
    for box in _boxes(shape, start, stop):
        yield (slice(row, row + 1), *box)


def open_safetensors(request: ArrayRequest) -> Source:
    """One tensor of a safetensors file."""
    try:
        from safetensors import safe_open
    except ImportError as error:
        raise SourceError(f"{request.name}: needs safetensors.", "pip install 'losscli[safetensors]'") from error
    library: Any = safe_open  # its stubs carry no types
    try:
        with library(request.path, framework="numpy") as file:
            key = request.pick(list(file.keys()))
            tensor = file.get_slice(key)
            shape, dtype = tuple(tensor.get_shape()), tensor.get_dtype()
        if dtype == "BF16":
            return _of_bfloat16(request, key, shape)
    except (SourceError, MemoryError):
        raise
    except Exception as error:
        raise request.broken("safetensors", error) from error
    if dtype not in _DTYPES:
        raise SourceError(
            f"{request.label(key)}: holds {dtype}, which losscli cannot read from safetensors.",
            "save it as float32: tensor.float().",
        )
    return _SafetensorsFile(request, library, key, shape, _DTYPES[dtype])


def _of_bfloat16(request: ArrayRequest, key: str, shape: tuple[int, ...]) -> Source:
    """A tensor that the library gives to torch alone: its bytes, from where the header says that they lie."""
    with open(request.path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        begin, _ = json.loads(file.read(length))[key]["data_offsets"]
    bits = NpyFile(request.path, shape, False, np.dtype("<u2"), 8 + length + begin)
    bits.name, bits.format = request.name, _SafetensorsFile.format
    return Widened(bits)

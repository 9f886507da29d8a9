"""Files of several arrays, of which a key names one: NPZ, safetensors and what ``torch.save`` writes.

No file can make losscli run code: pickled objects are refused in every format.
"""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, NamedTuple
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from losscli.data.arrays.npy import NpyFile, _header
from losscli.data.source import ArraySource, Source
from losscli.errors import SourceError

_CUT_HINT = "was it cut off while being written or copied?"
_TENSORS_HINT = "save a tensor, or a dict of tensors: torch.save({'pred': pred}, path)."
_DENSE_HINT = "losscli takes dense float, integer and bool tensors: .to_dense(), .dequantize() or .float() it first."
_MOST_LISTED = 20
_CHUNK = 1 << 20
_LOCAL_HEADER = 30
_ZIP_MAGIC, _PICKLE_MAGIC = b"PK\x03\x04", b"\x80"


class _Request(NamedTuple):
    path: str
    key: str | None
    name: str

    def pick(self, keys: list[str]) -> str:
        """The key that is asked for, or the only one there is."""
        if not keys:
            raise SourceError(f"{self.name}: holds no array.")
        if self.key is None:
            if len(keys) == 1:
                return keys[0]
            raise SourceError(
                f"{self.name}: holds {len(keys)} arrays: {_listed(keys)}.", f"give one: {self.path}::{keys[0]}"
            )
        if self.key not in keys:
            raise SourceError(f"{self.name}: holds no array {self.key!r}.", self._nearest(self.key, keys))
        return self.key

    def _nearest(self, key: str, keys: list[str]) -> str:
        from difflib import get_close_matches

        close = get_close_matches(key, keys, n=2)
        if close:
            return f"did you mean {' or '.join(f'{self.path}::{c}' for c in close)}?"
        return f"it holds {_listed(keys)}."

    def label(self, key: str) -> str:
        """The name with the key, whether that was typed or not, for messages about one array."""
        typed = self.key is not None and self.name.endswith(f"::{self.key}")
        return self.name if typed else f"{self.name}::{key}"

    def broken(self, kind: str, error: Exception) -> SourceError:
        return SourceError(f"{self.name}: is not a whole {kind} file ({_reason(error)}).", _CUT_HINT)


def open_archive(path: str, key: str | None, name: str, suffix: str | None = None) -> Source:
    """One array of an NPZ, safetensors or .pt/.pth file.

    Args:
        path: An existing file with one of :data:`SUFFIXES`.
        key: The array's name in it; keys of nested dicts are joined by dots. None for the only array.
        name: What the user typed, for messages.
        suffix: What kind of file it is, if its own suffix does not tell.

    Raises:
        SourceError: It is broken, has no such array, or holds what is no array of numbers.
    """
    return _OPENERS[suffix or Path(path).suffix.lower()](_Request(path, key, name))


# NPZ


def _open_npz(request: _Request) -> Source:
    try:
        with ZipFile(request.path) as archive:
            key, info = _member(archive, request)
            return _read_member(archive, info, request, request.label(key))
    except (SourceError, MemoryError):
        raise
    except Exception as error:  # each compression has errors of its own
        raise request.broken("NPZ", error) from error


def _member(archive: ZipFile, request: _Request) -> tuple[str, ZipInfo]:
    """As in ``np.load``, a member goes by its name with ``.npy`` or without it."""
    files = {info.filename: info for info in archive.infolist() if not info.is_dir()}
    short = {name: name.removesuffix(".npy") for name in files}
    members = {name if short[name] in files else short[name]: info for name, info in files.items()}
    if request.key in files:
        return request.key, files[request.key]
    key = request.pick(list(members))
    return key, members[key]


def _read_member(archive: ZipFile, info: ZipInfo, request: _Request, label: str) -> Source:
    with archive.open(info) as member:
        shape, fortran, dtype = _header(member, label)
        start = member.tell()
        needed, there = math.prod(shape) * dtype.itemsize, info.file_size - start
        if there < needed:
            raise SourceError(
                f"{label}: is cut short: its header announces {needed} bytes of values, {there} are there.", _CUT_HINT
            )
        if info.compress_type != ZIP_STORED:
            member.seek(0)
            return ArraySource(_read_whole(member), request.name, "npz")
    source = NpyFile(request.path, shape, fortran, dtype, _data_offset(request.path, info) + start)
    source.name, source.format = request.name, "npz"
    return source


def _read_whole(member: Any) -> NDArray[Any]:
    array: NDArray[Any] = npy_format.read_array(member, allow_pickle=False)
    while member.read(_CHUNK):
        pass  # the checksum is compared at the member's end
    return array


def _data_offset(path: str, info: ZipInfo) -> int:
    # The name and extra fields here need not be as long as those in the central directory.
    with open(path, "rb") as file:
        file.seek(info.header_offset)
        name, extra = struct.unpack_from("<HH", file.read(_LOCAL_HEADER), 26)
    return info.header_offset + _LOCAL_HEADER + int(name) + int(extra)


# safetensors

_SAFETENSORS_DTYPES = {
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

    def __init__(self, request: _Request, safe_open: Any, key: str, shape: tuple[int, ...], dtype: str) -> None:
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
            raise SourceError(f"{self.name}: changed while it was read ({_reason(error)}).") from error
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


def _open_safetensors(request: _Request) -> Source:
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
    except (SourceError, MemoryError):
        raise
    except Exception as error:
        raise request.broken("safetensors", error) from error
    if dtype not in _SAFETENSORS_DTYPES:
        raise SourceError(
            f"{request.label(key)}: holds {dtype}, which losscli cannot read from safetensors.",
            "save it as float32: tensor.float().",
        )
    return _SafetensorsFile(request, library, key, shape, _SAFETENSORS_DTYPES[dtype])


# PyTorch

_TORCH_DTYPES = {
    *("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
    *("bfloat16", "float16", "float32", "float64"),
}


class _TensorSource(ArraySource):
    """A tensor's values, which are the file itself, mapped, until it is closed."""

    def __init__(self, array: NDArray[Any], name: str) -> None:
        super().__init__(array, name, "pt")

    def close(self) -> None:
        self.__dict__.pop("_array", None)  # the last reference to the map


class _Bfloat16Source(_TensorSource):
    """Bits of bfloat16, each the upper half of a float32's: widening is exact, to the payload of a NaN."""

    def __init__(self, bits: NDArray[np.uint16], name: str) -> None:
        super().__init__(bits, name)
        self.dtype = np.dtype(np.float32)

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        np.left_shift(self._array[start:stop], 16, out=out.view(np.uint32), dtype=np.uint32)
        return out

    def read_flat(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        bits = self._array.reshape(-1, *out.shape[1:])[start:stop]
        np.left_shift(bits, 16, out=out.view(np.uint32), dtype=np.uint32)
        return out


def _open_torch(request: _Request) -> Source:
    try:
        import torch
    except ImportError as error:
        raise SourceError(f"{request.name}: needs torch.", "pip install 'losscli[torch]'") from error
    found = _load(torch, request)
    if isinstance(found, torch.Tensor):
        if request.key is not None:
            raise SourceError(f"{request.name}: holds one tensor, without a key.", f"give {request.path}.")
        return _from_tensor(torch, found, request.name, request.name)
    if not isinstance(found, dict):
        raise SourceError(f"{request.name}: holds {type(found).__name__}, not tensors.", _TENSORS_HINT)
    leaves = _flat_dict(found, request)
    if request.key in leaves and not isinstance(leaves[request.key], torch.Tensor):
        kind = type(leaves[request.key]).__name__
        raise SourceError(f"{request.name}: holds {kind}, not a tensor.", _TENSORS_HINT)
    key = request.pick([k for k, leaf in leaves.items() if isinstance(leaf, torch.Tensor)])
    return _from_tensor(torch, leaves[key], request.name, request.label(key))


def _load(torch: Any, request: _Request) -> Any:
    magic = b""
    try:
        with open(request.path, "rb") as file:
            magic = file.read(len(_ZIP_MAGIC))
        # Not mapped into memory: a file cut short while it is read would end the process by a signal.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about classes of torch, not about the file
            return torch.load(request.path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # whatever a broken pickle leads to
        if isinstance(error, UnpicklingError) and magic.startswith((_ZIP_MAGIC, _PICKLE_MAGIC)):
            raise SourceError(
                f"{request.name}: holds pickled Python objects, which are never loaded.", _TENSORS_HINT
            ) from error
        raise request.broken("PyTorch", error) from error


def _flat_dict(nested: dict[Any, Any], request: _Request) -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    try:
        for key, leaf in _leaves(nested):
            if key in leaves:
                raise SourceError(f"{request.name}: holds two values under the key {key!r}.", "rename one of them.")
            leaves[key] = leaf
    except RecursionError as error:
        raise SourceError(f"{request.name}: is nested too deep, or in itself.", _TENSORS_HINT) from error
    return leaves


def _leaves(nested: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in nested.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", leaf) for inner, leaf in _leaves(value))
        else:
            yield str(key), value


def _from_tensor(torch: Any, tensor: Any, name: str, label: str) -> Source:
    dtype = str(tensor.dtype).removeprefix("torch.")
    odd = _oddity(torch, tensor) or ("" if dtype in _TORCH_DTYPES else dtype)
    if odd:
        raise SourceError(f"{label}: holds a tensor of the kind {odd}.", _DENSE_HINT)
    if dtype != "bfloat16":
        return _TensorSource(tensor.numpy(force=True), name)
    bits = tensor.resolve_neg().view(torch.int16).numpy(force=True)
    return _Bfloat16Source(bits.view(np.uint16), name)


def _oddity(torch: Any, tensor: Any) -> str:
    """What a tensor is that is no array on the CPU, or nothing."""
    if tensor.device.type != "cpu":
        return str(tensor.device.type)
    if tensor.is_nested:
        return "nested"
    return "" if tensor.layout is torch.strided else str(tensor.layout).removeprefix("torch.")


# Words


def _listed(keys: list[str]) -> str:
    more = len(keys) - _MOST_LISTED
    return ", ".join(keys[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _reason(error: Exception) -> str:
    """A library's message, of which the first sentence is enough; some are one number or nothing."""
    sentence = str(error).partition("\n")[0].partition(". ")[0].rstrip(".")
    return sentence if " " in sentence else type(error).__name__


_OPENERS: dict[str, Callable[[_Request], Source]] = {
    ".npz": _open_npz,
    ".safetensors": _open_safetensors,
    ".pt": _open_torch,
    ".pth": _open_torch,
}
SUFFIXES = tuple(_OPENERS)
"""The suffixes of the files that :func:`open_archive` opens."""

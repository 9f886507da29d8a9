"""What ``torch.save`` writes: a tensor, or one of a dict of tensors."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pickle import UnpicklingError
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from losscli.data.arrays.bfloat16 import widened
from losscli.data.arrays.request import ArrayRequest, read_to_end
from losscli.data.source import ArraySource, Source
from losscli.errors import SourceError

_TENSORS_HINT = "save a tensor, or a dict of tensors: torch.save({'pred': pred}, path)."
_DENSE_HINT = "losscli takes dense float, integer and bool tensors: .to_dense(), .dequantize() or .float() it first."
_ZIP_MAGIC, _PICKLE_MAGIC = b"PK\x03\x04", b"\x80"
_DTYPES = {
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
    """Bits of bfloat16."""

    def __init__(self, bits: NDArray[np.uint16], name: str) -> None:
        super().__init__(bits, name)
        self.dtype = np.dtype(np.float32)

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        return widened(self._array[start:stop], out)

    def read_flat(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        return widened(self._array.reshape(-1, *out.shape[1:])[start:stop], out)


def open_pt(request: ArrayRequest) -> Source:
    """One tensor of what ``torch.save`` wrote, read whole."""
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


def _load(torch: Any, request: ArrayRequest) -> Any:
    magic = b""
    try:
        with open(request.path, "rb") as file:
            magic = file.read(len(_ZIP_MAGIC))
        if magic == _ZIP_MAGIC:
            _check_sums(request.path)
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


def _check_sums(path: str) -> None:
    """Raise if a checksum is wrong, which torch does not look at; it may have written none, which is 0."""
    with ZipFile(path) as archive:
        for info in archive.infolist():
            if info.CRC:
                with archive.open(info) as member:
                    read_to_end(member)


def _flat_dict(nested: dict[Any, Any], request: ArrayRequest) -> dict[str, Any]:
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
    odd = _oddity(torch, tensor) or ("" if dtype in _DTYPES else dtype)
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

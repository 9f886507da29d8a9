"""Arrays in NPZ, safetensors and .pt files, and what is read or refused of them."""

from __future__ import annotations

import json
import os
import struct
import warnings

import numpy as np
import pytest
import safetensors.numpy
import torch

from losscli.data.arrays.archive import open_archive
from losscli.errors import SourceError


def _tensors(arrays):
    return {key: torch.from_numpy(np.array(a)) for key, a in arrays.items()}


def _save_legacy(path, arrays):
    torch.save(_tensors(arrays), path, _use_new_zipfile_serialization=False)


FORMATS = {
    "stored.npz": lambda path, arrays: np.savez(path, **arrays),
    "packed.npz": lambda path, arrays: np.savez_compressed(path, **arrays),
    "x.safetensors": lambda path, arrays: safetensors.numpy.save_file(
        {key: np.array(a, order="C") for key, a in arrays.items()}, path
    ),
    "x.pt": lambda path, arrays: torch.save(_tensors(arrays), path),
    "legacy.pth": _save_legacy,
}
every_format = pytest.mark.parametrize("file", FORMATS)
one_of_each = pytest.mark.parametrize("file", ["stored.npz", "x.safetensors", "x.pt"])


def put(folder, file, **arrays):
    """Write arrays under a name of ``FORMATS``; the path."""
    path = str(folder / file)
    FORMATS[file](path, arrays)
    return path


def put_tensor(folder, value, **how):
    """Save anything as PyTorch does; the path."""
    path = str(folder / "x.pt")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(value, path, **how)
    return path


def put_header(folder, header, content=b""):
    """Write a safetensors file by hand; the path."""
    text = json.dumps(header).encode()
    (folder / "x.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + content)
    return str(folder / "x.safetensors")


def opened(path, key=None):
    """The array of a key, as a source."""
    return open_archive(path, key, path if key is None else f"{path}::{key}")


def refusal(path, key=None):
    """The sentence and the hint by which a file is refused, without its path."""
    with pytest.raises(SourceError) as caught:
        opened(path, key)
    assert caught.value.message.startswith(path if key is None else f"{path}::{key}: ")
    assert "\n" not in str(caught.value)
    return caught.value.message.removeprefix(path), caught.value.hint


def rows_of(source, start, stop):
    """Some rows of a source, read into memory of their own."""
    return source.read(start, stop, np.empty((stop - start, *source.row_shape), source.dtype))


def values(shape, dtype):
    """Small whole numbers, which every dtype holds."""
    numbers = np.random.default_rng(7).integers(0, 100, shape)
    return np.asarray(numbers % 2 if dtype == "?" else numbers).astype(dtype)


class Trap:
    """An object whose unpickling would leave a folder behind."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return (os.mkdir, (str(self.folder / "sprung"),))

"""Files of several arrays, of which a key names one: NPZ, safetensors and what ``torch.save`` writes.

No file can make losscli run code: pickled objects are refused in every format.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from losscli.data.arrays.request import ArrayRequest
from losscli.data.source import Source


def open_archive(path: str, key: str | None, name: str, suffix: str | None = None) -> Source:
    """One array of an NPZ, safetensors or .pt/.pth file.

    Args:
        path: An existing file with one of :data:`SUFFIXES`.
        key: The array's name in it; keys of nested dicts are joined by dots. None for the only array.
        name: What the user typed, for messages.
        suffix: What kind of file it is, if its own suffix does not tell.

    Raises:
        SourceError: It is broken, has no such array, or holds what is not an array of numbers.
    """
    return _OPENERS[suffix or Path(path).suffix.lower()](ArrayRequest(path, key, name))


def _npz(request: ArrayRequest) -> Source:
    from losscli.data.arrays.npz import open_npz

    return open_npz(request)


def _safetensors(request: ArrayRequest) -> Source:
    from losscli.data.arrays.safetensors import open_safetensors

    return open_safetensors(request)


def _pt(request: ArrayRequest) -> Source:
    from losscli.data.arrays.pt import open_pt

    return open_pt(request)


_OPENERS: dict[str, Callable[[ArrayRequest], Source]] = {
    ".npz": _npz,
    ".safetensors": _safetensors,
    ".pt": _pt,
    ".pth": _pt,
}
SUFFIXES = tuple(_OPENERS)
"""The suffixes of the files that :func:`open_archive` opens."""

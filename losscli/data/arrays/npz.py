"""NPZ: arrays in a ZIP file."""

from __future__ import annotations

import math
import struct
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from numpy.lib import format as npy_format
from numpy.typing import NDArray

from losscli.data.arrays.npy import NpyFile, _header, of_any_python
from losscli.data.arrays.request import CUT_HINT, ArrayRequest, read_to_end
from losscli.data.source import ArraySource, Source
from losscli.errors import SourceError

_LOCAL_HEADER = 30


def open_npz(request: ArrayRequest) -> Source:
    """One array of an NPZ file: in blocks if it is stored, whole if it is compressed."""
    try:
        with ZipFile(request.path) as archive:
            key, info = _member(archive, request)
            return _read_member(archive, info, request, request.label(key))
    except (SourceError, MemoryError):
        raise
    except Exception as error:  # each compression has errors of its own
        raise request.broken("NPZ", error) from error


def _member(archive: ZipFile, request: ArrayRequest) -> tuple[str, ZipInfo]:
    """As in ``np.load``, a member goes by its name with ``.npy`` or without it."""
    files = {info.filename: info for info in archive.infolist() if not info.is_dir()}
    short = {name: name.removesuffix(".npy") for name in files}
    members = {name if short[name] in files else short[name]: info for name, info in files.items()}
    if request.key in files:
        return request.key, files[request.key]
    key = request.pick(list(members))
    return key, members[key]


def _read_member(archive: ZipFile, info: ZipInfo, request: ArrayRequest, label: str) -> Source:
    with archive.open(info) as member:
        shape, fortran, dtype = _header(member, label)
        start = member.tell()
        needed, there = math.prod(shape) * dtype.itemsize, info.file_size - start
        if there < needed:
            raise SourceError(
                f"{label}: is cut short: its header announces {needed} bytes of values, {there} are there.", CUT_HINT
            )
        if info.compress_type != ZIP_STORED:
            member.seek(0)
            return ArraySource(_read_whole(member), request.name, "npz")
        read_to_end(member)
    source = NpyFile(request.path, shape, fortran, dtype, _data_offset(request.path, info) + start)
    source.name, source.format = request.name, "npz"
    return source


def _read_whole(member: Any) -> NDArray[Any]:
    with of_any_python():
        array: NDArray[Any] = npy_format.read_array(member, allow_pickle=False)
    read_to_end(member)
    return array


def _data_offset(path: str, info: ZipInfo) -> int:
    # The name and extra fields here need not be as long as those in the central directory.
    with open(path, "rb") as file:
        file.seek(info.header_offset)
        name, extra = struct.unpack_from("<HH", file.read(_LOCAL_HEADER), 26)
    return info.header_offset + _LOCAL_HEADER + int(name) + int(extra)

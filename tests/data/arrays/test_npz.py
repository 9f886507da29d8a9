"""NPZ: members of a ZIP, stored or packed, whole or damaged."""

from __future__ import annotations

import os
import re
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from archives import Trap, opened, put, refusal, rows_of, values

from losscli.data.arrays.npy import NpyFile
from losscli.data.source import ArraySource
from losscli.errors import SourceError

# Values


@pytest.mark.parametrize("file", ["stored.npz", "packed.npz"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("byte_order", "<>")
def test_npz_in_any_order(tmp_path, file, order, byte_order):
    wanted = np.asarray(values((5, 3, 2), f"{byte_order}i4"), order=order)
    source = opened(put(tmp_path, file, x=wanted))
    assert source.row_major == (order == "C" and (file == "stored.npz" or byte_order == "<"))
    assert source.dtype.isnative
    assert np.array_equal(source.read_all(), wanted)
    assert np.array_equal(rows_of(source, 1, 4), wanted[1:4])


# What is wrong with a file


@pytest.mark.parametrize("file", ["stored.npz", "packed.npz"])
@pytest.mark.parametrize("key", [None, "x"])
@pytest.mark.parametrize("dtype", ["c8", "U3", "M8[s]", "V4", [("a", "f8")]], ids=str)
def test_npz_dtypes_that_are_no_numbers(tmp_path, file, key, dtype):
    message, hint = refusal(put(tmp_path, file, x=np.zeros(3, dtype)), key)
    assert re.match("::x: holds .*, not numbers", message)
    assert "float" in hint


@pytest.mark.parametrize("file", ["stored.npz", "packed.npz"])
def test_npz_pickles_are_never_loaded(tmp_path, file):
    path = put(tmp_path, file, x=np.array([Trap(tmp_path)], object))
    message, hint = refusal(path)
    assert message == "::x: holds pickled Python objects, which are never loaded."
    assert "np.save" in hint
    assert not (tmp_path / "sprung").exists()


# NPZ


def _zip(folder, members, how=zipfile.ZIP_STORED):
    path = str(folder / "x.npz")
    with zipfile.ZipFile(path, "w", how) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def _npy(folder, array):
    np.save(folder / "_.npy", array)
    return (folder / "_.npy").read_bytes()


def test_a_stored_member_is_read_in_place_and_a_packed_one_whole(tmp_path):
    assert isinstance(opened(put(tmp_path, "stored.npz", x=np.arange(3))), NpyFile)
    assert isinstance(opened(put(tmp_path, "packed.npz", x=np.arange(3))), ArraySource)


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_compression_of_a_zip(tmp_path, how):
    path = _zip(tmp_path, {"x.npy": _npy(tmp_path, np.arange(500.0))}, how)
    assert np.array_equal(opened(path).read_all(), np.arange(500.0))


def test_a_bare_member_goes_by_its_name_as_in_numpy(tmp_path):
    path = _zip(tmp_path, {"x": _npy(tmp_path, np.arange(3)), "y.npy": _npy(tmp_path, np.arange(4)), "dir/": b""})
    assert refusal(path)[0] == ": holds 2 arrays: x, y."
    with np.load(path) as loaded:
        for key in ("x", "y", "y.npy"):
            assert np.array_equal(opened(path, key).read_all(), loaded[key])
    assert "holds no array" in refusal(path, "x.npy")[0]


def test_a_name_with_and_without_suffix_are_two_arrays(tmp_path):
    path = _zip(tmp_path, {"x": _npy(tmp_path, np.arange(3)), "x.npy": _npy(tmp_path, np.arange(4))})
    assert refusal(path)[0] == ": holds 2 arrays: x, x.npy."
    assert [opened(path, key).rows for key in ("x", "x.npy")] == [3, 4]


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_that_is_no_array(tmp_path, how):
    path = _zip(tmp_path, {"readme.txt": b"hello"}, how)
    assert re.match("::readme.txt: is not an NPY file", refusal(path)[0])
    assert re.match("::readme.txt: is not an NPY file", refusal(path, "readme.txt")[0])


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_that_is_cut_short(tmp_path, how):
    members = {"x.npy": _npy(tmp_path, np.arange(3.0))[:-5], "y.npy": _npy(tmp_path, np.arange(100.0))}
    message, hint = refusal(_zip(tmp_path, members, how), "x")
    assert message == "::x: is cut short: its header announces 24 bytes of values, 19 are there."
    assert "cut off" in hint


def test_extra_fields_of_the_local_header_alone(tmp_path):
    # zipfile.open(force_zip64) pads the local header with a field that the central directory lacks.
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as file:
        for name in ("a.npy", "b.npy"):
            with file.open(name, "w", force_zip64=True) as member:
                member.write(_npy(tmp_path, np.full(4, ord(name[0]), "i8")))
        assert not file.getinfo("b.npy").extra
    assert opened(str(tmp_path / "x.npz"), "b").read_all().tolist() == [ord("b")] * 4


def test_bytes_before_the_zip(tmp_path):
    path = _zip(tmp_path, {"x.npy": _npy(tmp_path, np.arange(9))})
    Path(path).write_bytes(b"#!/bin/sh\n" + Path(path).read_bytes())
    assert opened(path).read_all().tolist() == list(range(9))


@pytest.mark.parametrize("tail", [b"", b"more"])
def test_a_bad_checksum_of_a_packed_member(tmp_path, tail):
    content = _npy(tmp_path, np.arange(50_000.0)) + tail
    path = _zip(tmp_path, {"x.npy": content}, zipfile.ZIP_DEFLATED)
    assert opened(path).rows == 50_000
    with zipfile.ZipFile(path) as file:
        checksum = struct.pack("<I", file.getinfo("x.npy").CRC)
    raw = Path(path).read_bytes()
    assert raw.count(checksum) == 2
    Path(path).write_bytes(raw.replace(checksum, b"\x01\x02\x03\x04"))
    assert "CRC" in refusal(path)[0]


@pytest.mark.parametrize("file", ["stored.npz", "packed.npz", "x.pt"])
@pytest.mark.parametrize("place", [0, 17_000, 49_999])
def test_a_flipped_bit_is_seen(tmp_path, file, place):
    numbers = np.random.default_rng(0).random(50_000)
    raw = bytearray(Path(put(tmp_path, file, x=numbers)).read_bytes())
    at = raw.index(numbers[place].tobytes()) if file != "packed.npz" else len(raw) // 2
    raw[at + 3] ^= 4
    (tmp_path / file).write_bytes(raw)
    assert "CRC" in refusal(str(tmp_path / file))[0]


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_bytes_of_a_packed_member(tmp_path, how):
    path = _zip(tmp_path, {"x.npy": _npy(tmp_path, np.random.default_rng(0).random(5000))}, how)
    raw = bytearray(Path(path).read_bytes())
    raw[2000:2100] = bytes(100)
    Path(path).write_bytes(raw)
    assert "is not a whole NPZ file" in refusal(path)[0]


def test_an_encrypted_member(tmp_path):
    path = _zip(tmp_path, {"x.npy": _npy(tmp_path, np.arange(3))})
    raw = bytearray(Path(path).read_bytes())
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(magic) + flags] |= 1
    Path(path).write_bytes(raw)
    assert "encrypted" in refusal(path)[0]


def test_a_stored_member_cut_while_open(tmp_path):
    path = put(tmp_path, "stored.npz", x=np.arange(1000.0))
    source = opened(path)
    os.truncate(path, 4000)
    with pytest.raises(SourceError, match="shorter than its header says"):
        source.read_all()
    source.close()

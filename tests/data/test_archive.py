"""NPZ, safetensors and .pt: one array by its key, the same in every format; anything else is refused."""

from __future__ import annotations

import gc
import json
import os
import re
import struct
import subprocess
import sys
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch
from hypothesis import given
from hypothesis import strategies as st

from losscli.data.arrays.archive import SUFFIXES, open_archive
from losscli.data.arrays.npy import NpyFile
from losscli.data.arrays.safetensors import _boxes
from losscli.data.source import ArraySource
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
DTYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]
# torch cannot load some of what it saves in its old format.
PAIRS = [(f, d) for f in FORMATS for d in DTYPES if f != "legacy.pth" or d not in ("u2", "u4", "u8")]
SHAPES = [(), (7,), (5, 3), (4, 3, 2), (0,), (0, 3), (3, 0), (1,)]

every_format = pytest.mark.parametrize("file", FORMATS)
one_of_each = pytest.mark.parametrize("file", ["stored.npz", "x.safetensors", "x.pt"])


def put(folder, file, **arrays):
    path = str(folder / file)
    FORMATS[file](path, arrays)
    return path


def put_tensor(folder, value, **how):
    path = str(folder / "x.pt")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(value, path, **how)
    return path


def put_header(folder, header, content=b""):
    text = json.dumps(header).encode()
    (folder / "x.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + content)
    return str(folder / "x.safetensors")


def opened(path, key=None):
    return open_archive(path, key, path if key is None else f"{path}::{key}")


def refusal(path, key=None):
    with pytest.raises(SourceError) as caught:
        opened(path, key)
    assert caught.value.message.startswith(path if key is None else f"{path}::{key}: ")
    assert "\n" not in str(caught.value)
    return caught.value.message.removeprefix(path), caught.value.hint


def rows_of(source, start, stop):
    return source.read(start, stop, np.empty((stop - start, *source.row_shape), source.dtype))


def values(shape, dtype):
    numbers = np.random.default_rng(7).integers(0, 100, shape)
    return np.asarray(numbers % 2 if dtype == "?" else numbers).astype(dtype)


def open_handles(path):
    """How often this process holds a file open, or mapped."""
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").count(path)
    return maps + sum(os.path.realpath(fd) == path for fd in Path("/proc/self/fd").iterdir())


# Values


@pytest.mark.parametrize(("file", "dtype"), PAIRS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_format_gives_the_same_array(tmp_path, file, dtype, shape):
    wanted = values(shape, dtype)
    path = put(tmp_path, file, other=np.arange(1000), x=wanted, z=np.arange(5.0))
    source = opened(path, "x")
    assert (source.shape, source.dtype) == (shape, np.dtype(dtype))
    assert source.name == f"{path}::x"
    assert source.format == Path(file).suffix[1:].replace("pth", "pt")
    got = source.read_all()
    assert (got.shape, got.dtype) == (shape, np.dtype(dtype))
    assert np.array_equal(got, wanted)
    rows = wanted.reshape(source.rows, *source.row_shape)
    for start in range(source.rows + 1):
        for stop in range(start, source.rows + 1):
            got = rows_of(source, start, stop)
            assert got.dtype == wanted.dtype
            assert np.array_equal(got, rows[start:stop])
            assert got.shape == (stop - start, *source.row_shape)
    source.close()


@every_format
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_any_run_of_elements(tmp_path, file, shape):
    wanted = values(shape, "f4")
    source = opened(put(tmp_path, file, x=wanted), "x")
    assert source.row_major
    for start in range(wanted.size + 1):
        for stop in range(start, wanted.size + 1):
            got = source.read_flat(start, stop, np.empty(stop - start, "f4"))
            assert np.array_equal(got, wanted.reshape(-1)[start:stop])


@every_format
def test_runs_as_rows_of_another_shape(tmp_path, file):
    wanted = values((4, 3, 2), "i2")
    source = opened(put(tmp_path, file, x=wanted), "x")
    got = source.read_flat(1, 4, np.empty((3, 4), "i2"))
    assert np.array_equal(got, wanted.reshape(-1, 4)[1:4])


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
def test_boxes_are_the_run_in_order_and_no_more_than_two_an_axis(shape, data):
    wanted = np.arange(np.prod(shape)).reshape(shape)
    start = data.draw(st.integers(0, wanted.size))
    stop = data.draw(st.integers(start, wanted.size))
    boxes = list(_boxes(tuple(shape), start, stop))
    assert [int(x) for box in boxes for x in wanted[box].reshape(-1)] == list(range(start, stop))
    assert len(boxes) <= 2 * len(shape)


@every_format
def test_the_only_array_needs_no_key(tmp_path, file):
    path = put(tmp_path, file, alone=np.arange(3))
    source = opened(path)
    assert source.name == path
    assert source.read_all().tolist() == [0, 1, 2]


@every_format
def test_special_floats_survive_bit_by_bit(tmp_path, file):
    patterns = np.array([0, 1 << 63, 0x7FF8000000000001, 0x7FF0000000000000, 1, (1 << 64) - 1], np.uint64)
    source = opened(put(tmp_path, file, x=patterns.view(np.float64)))
    assert np.array_equal(source.read_all().view(np.uint64), patterns)


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


def test_suffixes_in_capitals(tmp_path):
    assert SUFFIXES == (".npz", ".safetensors", ".pt", ".pth")
    for file in FORMATS:
        path = put(tmp_path, file, x=np.arange(3))
        loud = path.removesuffix(Path(path).suffix) + Path(path).suffix.upper()
        Path(path).rename(loud)
        assert opened(loud).read_all().tolist() == [0, 1, 2]


# Keys


@every_format
def test_several_arrays_need_a_key(tmp_path, file):
    path = put(tmp_path, file, logits=np.arange(3), targets=np.arange(4))
    message, hint = refusal(path)
    assert message == ": holds 2 arrays: logits, targets."
    assert hint == f"give one: {path}::logits"


@one_of_each
def test_of_many_keys_some_are_listed(tmp_path, file):
    path = put(tmp_path, file, **{f"k{i:02}": np.arange(2) for i in range(50)})
    message, _ = refusal(path)
    assert ": holds 50 arrays: k00, k01, " in message
    assert "k19 and 30 more." in message
    assert "k20" not in message


@every_format
def test_a_missing_key_names_the_nearest(tmp_path, file):
    path = put(tmp_path, file, logits=np.arange(3), targets=np.arange(4))
    message, hint = refusal(path, "logit")
    assert message == "::logit: holds no array 'logit'."
    assert hint == f"did you mean {path}::logits?"


@every_format
def test_a_missing_key_near_none_lists_all(tmp_path, file):
    path = put(tmp_path, file, logits=np.arange(3), targets=np.arange(4))
    assert refusal(path, "zzz")[1] == "it holds logits, targets."


@one_of_each
def test_a_wrong_key_is_no_use_of_the_only_array(tmp_path, file):
    path = put(tmp_path, file, x=np.arange(3))
    assert "holds no array 'y'" in refusal(path, "y")[0]
    assert "holds no array ''" in refusal(path, "")[0]


@every_format
def test_an_empty_archive(tmp_path, file):
    path = put(tmp_path, file)
    assert refusal(path)[0] == ": holds no array."
    assert refusal(path, "x")[0] == "::x: holds no array."


@every_format
def test_keys_as_users_write_them(tmp_path, file):
    path = put(tmp_path, file, **{"a/b c": np.arange(2), "ключ": np.arange(3), "x.y": np.arange(4)})
    assert [opened(path, key).rows for key in ("a/b c", "ключ", "x.y")] == [2, 3, 4]


def test_a_file_of_shards_is_named_without_its_key(tmp_path):
    path = put_tensor(tmp_path, {"x": torch.zeros(2, dtype=torch.complex64)})
    with pytest.raises(SourceError) as caught:
        open_archive(path, "x", path)
    assert caught.value.message.startswith(f"{path}::x: ")


# What is wrong with a file


@every_format
@pytest.mark.parametrize("kept", [0, 1, 10, 100, 1000, -1, -40, -200])
def test_a_truncated_file(tmp_path, file, kept):
    path = put(tmp_path, file, x=np.random.default_rng(0).random(500))
    os.truncate(path, kept if kept >= 0 else Path(path).stat().st_size + kept)
    message, hint = refusal(path, "x")
    assert "is not a whole" in message
    assert "cut off" in hint


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("content", [b"1,2\n3,4\n", b"\x93NUMPY\x01\x00", bytes(200), b"PK\x03\x04zip", b"hello world"])
def test_something_else_under_the_suffix(tmp_path, suffix, content):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    kind = {".npz": "NPZ", ".safetensors": "safetensors"}.get(suffix, "PyTorch")
    message, _ = refusal(str(path))
    assert f": is not a whole {kind} file (" in message
    assert "()" not in message


@one_of_each
def test_a_file_that_is_gone(tmp_path, file):
    path = put(tmp_path, file, x=np.arange(3))
    Path(path).unlink()
    assert "is not a whole" in refusal(path)[0]


@pytest.mark.parametrize("library", ["safetensors", "torch"])
def test_a_library_that_is_not_installed(tmp_path, library, monkeypatch):
    path = put(tmp_path, {"torch": "x.pt", "safetensors": "x.safetensors"}[library], x=np.arange(3))
    monkeypatch.setitem(sys.modules, library, None)
    assert refusal(path) == (f": needs {library}.", f"pip install 'losscli[{library}]'")


def test_neither_library_is_imported_for_an_npz(tmp_path):
    path = put(tmp_path, "packed.npz", x=np.arange(3))
    code = (
        "import sys; from losscli.data.arrays.archive import open_archive;"
        f"open_archive({path!r}, None, 'x').read_all(); print({{'torch', 'safetensors'}} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("file", ["stored.npz", "packed.npz"])
@pytest.mark.parametrize("key", [None, "x"])
@pytest.mark.parametrize("dtype", ["c8", "U3", "M8[s]", "V4", [("a", "f8")]], ids=str)
def test_npz_dtypes_that_are_no_numbers(tmp_path, file, key, dtype):
    message, hint = refusal(put(tmp_path, file, x=np.zeros(3, dtype)), key)
    assert re.match("::x: holds .*, not numbers", message)
    assert "float" in hint


class Trap:
    """An object whose unpickling would leave a folder behind."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return (os.mkdir, (str(self.folder / "sprung"),))


@pytest.mark.parametrize("file", ["stored.npz", "packed.npz"])
def test_npz_pickles_are_never_loaded(tmp_path, file):
    path = put(tmp_path, file, x=np.array([Trap(tmp_path)], object))
    message, hint = refusal(path)
    assert message == "::x: holds pickled Python objects, which are never loaded."
    assert "np.save" in hint
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"x": x, "y": torch.ones(2)}], ids=["bare", "dict"])
@pytest.mark.parametrize("key", [None, "y"])
def test_torch_pickles_are_never_loaded(tmp_path, zipped, wrap, key):
    path = put_tensor(tmp_path, wrap(Trap(tmp_path)), _use_new_zipfile_serialization=zipped)
    message, hint = refusal(path, key)
    assert message.endswith(": holds pickled Python objects, which are never loaded.")
    assert "torch.save(" in hint
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("value", [np.arange(3), {"x": np.arange(3)}, torch.nn.Linear(2, 3)], ids=["np", "dict", "nn"])
def test_torch_files_of_other_objects(tmp_path, value):
    message, hint = refusal(put_tensor(tmp_path, value))
    assert message == ": holds pickled Python objects, which are never loaded."
    assert "tensor" in hint


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


def test_a_torch_file_without_checksums_is_read(tmp_path):
    torch.serialization.set_crc32_options(False)
    try:
        path = put_tensor(tmp_path, torch.arange(9))
    finally:
        torch.serialization.set_crc32_options(True)
    with zipfile.ZipFile(path) as written:
        assert {info.CRC for info in written.infolist()} == {0}
    assert opened(path).read_all().tolist() == list(range(9))


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


# safetensors


@pytest.mark.parametrize(("dtype", "size"), [("BF16", 2), ("F8_E4M3", 1), ("F8_E5M2", 1), ("C64", 8)])
@pytest.mark.parametrize("key", [None, "x"])
def test_safetensors_dtypes_that_numpy_lacks(tmp_path, dtype, size, key):
    header = {"x": {"dtype": dtype, "shape": [4], "data_offsets": [0, 4 * size]}}
    message, hint = refusal(put_header(tmp_path, header, bytes(4 * size)), key)
    assert message == f"::x: holds {dtype}, which losscli cannot read from safetensors."
    assert "float32" in hint


def test_a_safetensors_file_of_metadata_alone(tmp_path):
    assert refusal(put_header(tmp_path, {"__metadata__": {"epoch": "3"}}))[0] == ": holds no array."


def test_a_safetensors_header_of_impossible_shape(tmp_path):
    header = {"x": {"dtype": "F32", "shape": [2**62, 8], "data_offsets": [0, 8]}}
    assert "is not a whole safetensors file" in refusal(put_header(tmp_path, header, bytes(8)))[0]


def _truncate(path):
    os.truncate(path, Path(path).stat().st_size - 8)


def _replace(path):
    safetensors.numpy.save_file({"x": np.zeros((1000, 3))}, f"{path}.new")
    os.replace(f"{path}.new", path)


def _touch(path):
    os.utime(path, (1, 1))


@pytest.mark.parametrize("change", [_truncate, _replace, _touch, os.unlink])
def test_a_safetensors_file_changed_while_open(tmp_path, change):
    path = put(tmp_path, "x.safetensors", x=np.ones((1000, 3)))
    source = opened(path)
    rows_of(source, 0, 10)
    change(path)
    with pytest.raises(SourceError, match="changed while it was read") as caught:
        rows_of(source, 10, 20)
    assert caught.value.message.startswith(path)


# PyTorch


def test_a_bare_tensor(tmp_path):
    path = put_tensor(tmp_path, torch.arange(6.0).reshape(2, 3))
    assert opened(path).read_all().tolist() == [[0, 1, 2], [3, 4, 5]]
    message, hint = refusal(path, "x")
    assert message == "::x: holds one tensor, without a key."
    assert hint == f"give {path}."


def test_nested_dicts_join_their_keys(tmp_path):
    path = put_tensor(tmp_path, {"a": torch.ones(1), "m": {"w": torch.ones(2), "deep": {0: torch.ones(3)}}})
    assert refusal(path)[0] == ": holds 3 arrays: a, m.w, m.deep.0."
    assert [opened(path, key).rows for key in ("a", "m.w", "m.deep.0")] == [1, 2, 3]


def test_a_state_dict(tmp_path):
    layer = torch.nn.Linear(2, 3)
    path = put_tensor(tmp_path, layer.state_dict())
    assert np.array_equal(opened(path, "weight").read_all(), layer.weight.detach().numpy())


def test_what_is_no_tensor_is_not_offered_and_not_read(tmp_path):
    path = put_tensor(tmp_path, {"x": torch.ones(2), "epoch": 3, "losses": [torch.ones(1)]})
    assert opened(path).rows == 2
    assert refusal(path, "epoch")[0] == "::epoch: holds int, not a tensor."
    message, hint = refusal(path, "losses")
    assert message == "::losses: holds list, not a tensor."
    assert "torch.save(" in hint


@pytest.mark.parametrize("value", [3, "text", None, [torch.ones(2)], (torch.ones(2),)])
def test_a_torch_file_of_no_tensors(tmp_path, value):
    message, hint = refusal(put_tensor(tmp_path, value))
    assert message == f": holds {type(value).__name__}, not tensors."
    assert "torch.save(" in hint


def test_two_values_under_one_key(tmp_path):
    path = put_tensor(tmp_path, {"a.b": torch.zeros(2), "a": {"b": torch.ones(2)}})
    assert refusal(path, "a.b")[0] == "::a.b: holds two values under the key 'a.b'."
    path = put_tensor(tmp_path, {"0": torch.zeros(2), 0: torch.ones(2)})
    assert "two values" in refusal(path, "0")[0]


def test_a_dict_in_itself(tmp_path):
    loop = {"x": torch.ones(2)}
    loop["self"] = loop
    assert "nested" in refusal(put_tensor(tmp_path, loop), "x")[0]


def test_a_npz_renamed_to_pt(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.arange(3))
    (tmp_path / "x.npz").rename(tmp_path / "x.pt")
    assert "is not a whole PyTorch file" in refusal(str(tmp_path / "x.pt"))[0]


base = torch.arange(6.0).reshape(2, 3)
DENSE = {
    "gradient": base.clone().requires_grad_(),
    "parameter": torch.nn.Parameter(base.clone()),
    "transposed": base.T,
    "expanded": torch.ones(1, 3).expand(4, 3),
    "part": base[:, 1],
    "negative": torch._neg_view(base),  # as the imaginary part of a conjugate
}


@pytest.mark.parametrize("kind", DENSE)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_tensors_that_are_dense_arrays(tmp_path, kind, dtype):
    tensor = DENSE[kind]
    if dtype == "bfloat16":
        tensor = torch._neg_view(base.bfloat16()) if kind == "negative" else tensor.bfloat16()
    source = opened(put_tensor(tmp_path, {"x": tensor}))
    wanted = tensor.detach().resolve_neg().float().numpy()
    assert (source.shape, source.dtype) == (wanted.shape, np.dtype("f4"))
    assert np.array_equal(source.read_all(), wanted)
    assert np.array_equal(rows_of(source, 1, 2), wanted[1:2])
    if source.row_major:
        assert np.array_equal(source.read_flat(1, 2, np.empty(1, "f4")), wanted.reshape(-1)[1:2])
    else:
        assert kind in ("transposed", "expanded", "part")


@pytest.mark.parametrize("zipped", [True, False])
def test_bfloat16_widens_exactly(tmp_path, zipped):
    bits = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16)
    path = put_tensor(tmp_path, bits.view(torch.bfloat16).reshape(-1, 16), _use_new_zipfile_serialization=zipped)
    source = opened(path)
    assert (source.dtype, source.shape, source.format) == (np.dtype("f4"), (4096, 16), "pt")
    assert source.nbytes == 4 * 2**16
    wanted = bits.numpy().view(np.uint16).astype(np.uint32) << 16
    assert np.array_equal(source.read_all().view(np.uint32).reshape(-1), wanted)
    assert np.array_equal(rows_of(source, 7, 9).view(np.uint32).reshape(-1), wanted[112:144])
    assert source.row_major
    assert np.array_equal(source.read_flat(3, 50, np.empty(47, "f4")).view(np.uint32), wanted[3:50])
    assert np.array_equal(source.read_flat(3, 5, np.empty((2, 8), "f4")).view(np.uint32).reshape(-1), wanted[24:40])


def test_a_bfloat16_scalar(tmp_path):
    source = opened(put_tensor(tmp_path, torch.tensor(1.5, dtype=torch.bfloat16)))
    assert source.shape == ()
    assert source.read_all() == 1.5
    assert source.read_all().shape == ()


def _quietly(make):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make()


ODD = {
    "sparse_coo": base.to_sparse,
    "sparse_csr": base.to_sparse_csr,
    "quint8": lambda: torch.quantize_per_tensor(base, 0.1, 0, torch.quint8),
    "complex64": lambda: torch.complex(base, base),
    "float8_e4m3fn": lambda: base.to(torch.float8_e4m3fn),
    "meta": lambda: base.to("meta"),
    "nested": lambda: torch.nested.nested_tensor([base, base]),
}


@pytest.mark.parametrize("kind", ODD)
def test_tensors_that_are_no_arrays(tmp_path, kind):
    tensor = _quietly(ODD[kind])
    path = put_tensor(tmp_path, {"x": tensor})
    for key in (None, "x"):
        message, hint = refusal(path, key)
        assert message == f"::x: holds a tensor of the kind {kind}."
        assert "dense" in hint
    message, _ = refusal(put_tensor(tmp_path, tensor))
    assert message == f": holds a tensor of the kind {kind}."


# Handles, threads, memory


@every_format
def test_closing_twice_is_harmless_and_leaves_nothing_open(tmp_path, file):
    path = put(tmp_path, file, x=np.arange(100_000.0))
    source = opened(path)
    rows_of(source, 0, 10)
    if sys.platform == "linux":
        assert open_handles(path) == (file == "stored.npz")
    source.close()
    source.close()
    if sys.platform == "linux":
        assert open_handles(path) == 0
    if file == "stored.npz":
        with pytest.raises((OSError, SourceError, AttributeError)):
            rows_of(source, 0, 10)


@one_of_each
def test_a_refused_file_is_not_held_open(tmp_path, file):
    path = put(tmp_path, file, x=np.arange(100_000.0), y=np.arange(3))
    refusal(path)
    gc.collect()  # the refusal's traceback
    if sys.platform == "linux":
        assert open_handles(path) == 0


@every_format
def test_threads_read_at_once(tmp_path, file):
    wanted = np.arange(80_000).reshape(8000, 10)
    source = opened(put(tmp_path, file, x=wanted), "x")

    def agrees(start):
        return np.array_equal(rows_of(source, start, start + 40), wanted[start : start + 40])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(agrees, range(0, 8000, 40)))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("file", ["stored.npz", "x.safetensors"])
def test_memory_does_not_grow_with_the_array(tmp_path, file):
    path = put(tmp_path, file, x=np.ones((100_000, 100)))  # 80 MB
    code = f"""
import re, sys
import numpy as np
from losscli.data.arrays.archive import open_archive
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
source = open_archive({path!r}, None, "x")
source.read(0, 1000, np.empty((1000, 100)))
before = peak()
total = sum(source.read(i, i + 1000, np.empty((1000, 100))).sum() for i in range(0, 100_000, 1000))
print(int(total), (peak() - before) >> 10)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    total, grown = map(int, done.stdout.split())
    assert total == 10_000_000
    assert grown < 8

"""NPZ, safetensors and .pt: one array by its key, the same in every format; anything else is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from archives import FORMATS, every_format, one_of_each, opened, put, put_tensor, refusal, rows_of, values

from losscli.data.arrays.archive import SUFFIXES, open_archive
from losscli.data.arrays.npy import open_npy
from losscli.errors import SourceError

DTYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]
# torch cannot load some of what it saves in its old format.
PAIRS = [(f, d) for f in FORMATS for d in DTYPES if f != "legacy.pth" or d not in ("u2", "u4", "u8")]
SHAPES = [(), (7,), (5, 3), (4, 3, 2), (0,), (0, 3), (3, 0), (1,)]


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


def test_suffixes_in_capitals(tmp_path):
    assert SUFFIXES == (".npz", ".safetensors", ".pt", ".pth")
    for file in FORMATS:
        path = put(tmp_path, file, x=np.arange(3))
        loud = path.removesuffix(Path(path).suffix) + Path(path).suffix.upper()
        Path(path).rename(loud)
        assert opened(loud).read_all().tolist() == [0, 1, 2]


@pytest.mark.parametrize("file", ["x.npy", "stored.npz", "packed.npz"])
def test_lengths_as_python_2_wrote_them(tmp_path, file, recwarn):
    np.save(tmp_path / "x.npy", np.arange(3.0))
    content = (tmp_path / "x.npy").read_bytes().replace(b"(3,), } ", b"(3L,), }")
    assert b"3L" in content
    (tmp_path / "x.npy").write_bytes(content)
    if file != "x.npy":
        how = zipfile.ZIP_STORED if file == "stored.npz" else zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(tmp_path / file, "w", how) as archive:
            archive.write(tmp_path / "x.npy", "x.npy")
    read = open_npy if file == "x.npy" else opened
    assert read(str(tmp_path / file)).read_all().tolist() == [0, 1, 2]
    assert list(recwarn) == []


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

"""NPY files: any shape, dtype, order and byte order reads as ``np.load`` reads it; anything else is refused."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import cli, refused

import losscli
from losscli.errors import SourceError
from losscli.inputs.files import open_source

DTYPES = ["f2", "f4", "f8", np.dtype(np.longdouble).str[1:], "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]


def refusal(path):
    with pytest.raises(SourceError) as caught:
        open_source(path)
    assert caught.value.message.startswith(str(path))
    return caught.value.message, caught.value.hint


def _values(shape, dtype, seed):
    rng = np.random.default_rng(seed)
    if dtype.kind == "f":
        return (rng.standard_normal(shape) * 100).astype(dtype)
    high = 2 if dtype.kind == "b" else np.iinfo(dtype).max
    return rng.integers(0, high, shape, np.uint64).astype(dtype)


@given(
    st.lists(st.integers(0, 5), max_size=4),
    st.sampled_from(DTYPES),
    st.sampled_from("<>"),
    st.sampled_from("CF"),
    st.integers(0, 2**32),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=4),
)
def test_any_range_of_rows_is_what_numpy_loads(shape, dtype, byte_order, order, seed, ranges):
    kind = np.dtype(dtype).newbyteorder(byte_order)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npy"
        np.save(path, np.asarray(_values(shape, kind, seed), dtype=kind, order=order))
        wanted = np.load(path)
        source = open_source(path)
        assert source.shape == wanted.shape
        assert source.dtype == wanted.dtype.newbyteorder("=")
        assert source.dtype.isnative
        assert np.array_equal(source.read_all(), wanted)
        rows = wanted.reshape(source.rows, *source.row_shape)
        for pair in ranges:
            start, stop = sorted(min(x, source.rows) for x in pair)
            out = np.empty((stop - start, *source.row_shape), source.dtype)
            assert np.array_equal(source.read(start, stop, out), rows[start:stop])
        source.close()


def test_every_bit_of_a_float_survives(tmp_path):
    patterns = np.array([0, 1 << 63, 0x7FF8000000000001, 0x7FF0000000000000, 1, (1 << 64) - 1], np.uint64)
    np.save(tmp_path / "x.npy", patterns.view(np.float64))
    assert np.array_equal(open_source(tmp_path / "x.npy").read_all().view(np.uint64), patterns)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_of_the_format(tmp_path, version):
    with open(tmp_path / "x.npy", "wb") as file:
        np.lib.format.write_array(file, np.arange(6.0).reshape(2, 3), version)
    assert open_source(tmp_path / "x.npy").read_all().tolist() == [[0, 1, 2], [3, 4, 5]]


def test_closing_twice_is_harmless(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(3))
    source = open_source(tmp_path / "x.npy")
    source.close()
    source.close()
    with pytest.raises((OSError, SourceError)):
        source.read(0, 3, np.empty(3, source.dtype))


def test_pickles_are_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    np.save(tmp_path / "x.npy", np.array([Trap()], object), allow_pickle=True)
    message, hint = refusal(tmp_path / "x.npy")
    assert "pickled" in message
    assert "np.save" in hint
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("missing", [1, 8, 24])
def test_truncated_file(tmp_path, missing):
    path = tmp_path / "x.npy"
    np.save(path, np.arange(3.0))
    os.truncate(path, path.stat().st_size - missing)
    message, hint = refusal(path)
    assert "24 bytes" in message
    assert f"{24 - missing} are there" in message
    assert "cut off" in hint


@pytest.mark.parametrize("kept", [0, 3, 8, 40])
def test_truncated_header(tmp_path, kept):
    path = tmp_path / "x.npy"
    np.save(path, np.arange(3.0))
    os.truncate(path, kept)
    assert "not an NPY file" in refusal(path)[0]


@pytest.mark.parametrize("content", [b"1,2\n3,4\n", b"PK\x03\x04zip", b"\x93NUMPY\x09\x00\x00\x00", bytes(200)])
def test_not_an_npy_file(tmp_path, content):
    (tmp_path / "x.npy").write_bytes(content)
    assert "not an NPY file" in refusal(tmp_path / "x.npy")[0]


@pytest.mark.parametrize("dtype", ["c8", "c16", "U3", "S3", "M8[s]", "m8[s]", "V4", [("a", "f8"), ("b", "i4")]])
def test_dtypes_that_are_no_numbers(tmp_path, dtype):
    np.save(tmp_path / "x.npy", np.zeros(3, dtype))
    message, hint = refusal(tmp_path / "x.npy")
    assert "not numbers" in message
    assert "float" in hint


@pytest.mark.parametrize("order", ["C", "F"])
def test_file_cut_while_open(tmp_path, order):
    path = tmp_path / "x.npy"
    np.save(path, np.asarray(np.arange(12.0).reshape(4, 3), order=order))
    source = open_source(path)
    os.truncate(path, path.stat().st_size - 8)
    with pytest.raises(SourceError, match="shorter than its header says"):
        source.read_all()
    source.close()


def test_refusals_reach_the_command_line(tmp_path):
    (tmp_path / "x.npy").write_bytes(b"no")
    error, _ = refused(cli("compute", "mse", tmp_path / "x.npy", tmp_path / "x.npy"))
    assert str(tmp_path / "x.npy") in error


def test_truncated_npy_on_standard_input(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(3.0))
    content = (tmp_path / "x.npy").read_bytes()[:-4]
    error, _ = refused(cli("compute", "mse", "-", tmp_path / "x.npy", stdin=content))
    assert "cut short" in error


@pytest.mark.parametrize("shape", [(-1,), (2**40, 2**40), (2**70,), (True,), (1,) * 70])
def test_impossible_header_is_refused(tmp_path, shape):
    with (tmp_path / "odd.npy").open("wb") as file:
        header = {"descr": "<f8", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
    with pytest.raises(SourceError):
        open_source(tmp_path / "odd.npy")


@pytest.mark.parametrize("order", ["C", "F"])
def test_address_is_read_through_fsspec_block_by_block(order):
    import fsspec

    array = np.asarray(np.random.default_rng(0).standard_normal((500_000, 2)), order=order)
    content = io.BytesIO()
    np.save(content, array)
    memory = fsspec.filesystem("memory")
    memory.pipe("/x.npy", content.getvalue())
    found = losscli.compute("mse", "memory://x.npy", np.zeros_like(array), threads=2)
    assert found.value == losscli.compute("mse", array, np.zeros_like(array)).value
    memory.pipe("/cut.npy", content.getvalue()[:-8])
    with pytest.raises(SourceError, match=r"memory://cut\.npy: is shorter than its header says"):
        losscli.compute("mse", "memory://cut.npy", np.zeros_like(array))
    with pytest.raises(SourceError, match=r"memory://none\.npy: no such file"):
        losscli.compute("mse", "memory://none.npy", np.zeros_like(array))
    with pytest.raises(SourceError, match=r"nowhere://x\.npy: cannot be read"):
        losscli.compute("mse", "nowhere://x.npy", np.zeros_like(array))


ODD_HEADERS = {
    "a list for a key": "{[]: 1}",
    "no dtype": "{'descr': (), 'fortran_order': False, 'shape': (2,)}",
    "an expression too deep": "{'descr': '<f8', 'fortran_order': False, 'shape': (" + "-" * 5000 + "2,)}",
    "more rows than addresses": "{'descr': '<f8', 'fortran_order': False, 'shape': (" + "1" + "0" * 30 + ",)}",
    "no rows of too many": "{'descr': '<f8', 'fortran_order': False, 'shape': (0, " + "1" + "0" * 30 + ",)}",
}


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("header", ODD_HEADERS.values(), ids=ODD_HEADERS)
def test_odd_headers_are_refused(tmp_path, monkeypatch, header, piped):
    monkeypatch.chdir(tmp_path)
    raw = header.encode() + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(raw).to_bytes(2, "little") + raw + bytes(64)
    (tmp_path / "x.npy").write_bytes(content)
    name = "-" if piped else "x.npy"
    error, _ = refused(cli("compute", "mse", name, "1,2", stdin=content))
    assert f"{name}: is not an NPY file" in error

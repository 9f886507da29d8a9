"""safetensors: headers, runs of elements, and files that change while they are read."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
from archives import opened, put, put_header, refusal, rows_of
from hypothesis import given
from hypothesis import strategies as st

from losscli.data.arrays.safetensors import _boxes
from losscli.errors import SourceError

# Values


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
def test_boxes_are_the_run_in_order_and_no_more_than_two_an_axis(shape, data):
    wanted = np.arange(np.prod(shape)).reshape(shape)
    start = data.draw(st.integers(0, wanted.size))
    stop = data.draw(st.integers(start, wanted.size))
    boxes = list(_boxes(tuple(shape), start, stop))
    assert [int(x) for box in boxes for x in wanted[box].reshape(-1)] == list(range(start, stop))
    assert len(boxes) <= 2 * len(shape)


# safetensors


@pytest.mark.parametrize(("dtype", "size"), [("F8_E4M3", 1), ("F8_E5M2", 1), ("C64", 8)])
@pytest.mark.parametrize("key", [None, "x"])
def test_safetensors_dtypes_that_numpy_lacks(tmp_path, dtype, size, key):
    header = {"x": {"dtype": dtype, "shape": [4], "data_offsets": [0, 4 * size]}}
    message, hint = refusal(put_header(tmp_path, header, bytes(4 * size)), key)
    assert message == f"::x: holds {dtype}, which losscli cannot read from safetensors."
    assert "float32" in hint


def test_bfloat16_widens_exactly(tmp_path):
    bits = np.arange(2**16, dtype=np.uint16)
    tensors = {"a": torch.ones(3), "x": torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16).reshape(-1, 16)}
    safetensors.torch.save_file({**tensors, "one": torch.tensor(1.5, dtype=torch.bfloat16)}, tmp_path / "x.safetensors")
    source = opened(tmp_path / "x.safetensors", "x")
    assert (source.dtype, source.shape, source.format) == (np.dtype("f4"), (4096, 16), "safetensors")
    wanted = bits.astype(np.uint32) << 16
    assert np.array_equal(source.read_all().view(np.uint32).reshape(-1), wanted)
    assert np.array_equal(rows_of(source, 7, 9).view(np.uint32).reshape(-1), wanted[112:144])
    assert source.row_major
    assert np.array_equal(source.read_flat(3, 50, np.empty(47, "f4")).view(np.uint32), wanted[3:50])
    assert opened(tmp_path / "x.safetensors", "one").read_all() == 1.5


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

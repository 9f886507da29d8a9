"""PyTorch files: dense tensors alone, and no pickle is loaded."""

from __future__ import annotations

import warnings
import zipfile

import numpy as np
import pytest
import torch
from archives import Trap, opened, put_tensor, refusal, rows_of

# What is wrong with a file


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


def test_a_torch_file_without_checksums_is_read(tmp_path):
    torch.serialization.set_crc32_options(False)
    try:
        path = put_tensor(tmp_path, torch.arange(9))
    finally:
        torch.serialization.set_crc32_options(True)
    with zipfile.ZipFile(path) as written:
        assert {info.CRC for info in written.infolist()} == {0}
    assert opened(path).read_all().tolist() == list(range(9))


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

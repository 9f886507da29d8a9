"""``--dtype native``: torch's own number in the files' dtype, and no sum that the dtype is too small for."""

import math

import native
import numpy as np
import pytest
import torch
from drawing import cases, of_kind, settled
from hypothesis import assume, given
from hypothesis import strategies as st

import losscli
from losscli import losses

LOSSES = [pytest.param(one, id=one.name) for one in losses.built_in()]
NATIVE = [p for p in LOSSES if p.values[0].torch]
DTYPES = ["float16", "float32", "float64"]
BACKENDS = ["numpy", "torch"]
LARGE = {
    "N": (8,),
    "C": (600,),
    "D": (4000,),
    "L": (250,),
    "H": (600,),
    "T": (600,),
    "M": (600,),
    "S": (100,),
    "*": (100,),
}
"""Naive float16 sums over these overflow, or lose what comes late."""


def narrowed(case, dtype):
    """The same case with its real numbers in another dtype."""
    for part in (case.inputs, case.parameters):
        part |= {k: v.astype(dtype) for k, v in part.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"}
    return case


def close(actual, expected, dtype, scale, slack=0.0):
    # A formula subtracts terms of the size of its inputs, and each step rounds.
    epsilon = float(max(16 * np.finfo(dtype).eps, 1e-12))
    np.testing.assert_allclose(actual, np.float64(expected), rtol=epsilon, atol=epsilon * scale + slack)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("one", NATIVE)
@given(data=st.data())
def test_native_agrees_with_torch_in_that_dtype(one, dtype, data):
    case = narrowed(data.draw(cases(one, smooth=True)), dtype)
    reduction = data.draw(st.sampled_from(one.reductions))
    expected = native.call(case, *native.tensors(case), reduction)
    assert str(expected.dtype) == f"torch.{dtype}"
    assume(bool(expected.isfinite().all()))  # torch rounds between its steps (powers of 10), where we do not
    found = [losscli.compute(one.name, dtype="native", backend=b, reduction=reduction, **case.given) for b in BACKENDS]
    arrays = [x for x in case.given.values() if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    scale = math.prod(float(np.max(np.abs(x), initial=1.0)) for x in arrays)
    # Where the numbers are such that torch's own result is off by more (roots of order 10), so may ours be.
    exact = native.call(case, *native.tensors(narrowed(case, np.float64)), reduction).numpy()
    slack = 4 * np.max(np.abs(expected.numpy() - exact), initial=0.0)
    for result in found:
        assert result.dtype == (str(result.value.dtype) if reduction == "none" else dtype) == dtype
        close(result.value, expected.numpy(), dtype, scale, slack)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_value_that_float16_cannot_hold_is_infinite_as_in_torch(backend):
    pred, target = np.full(2, 300, np.float16), np.zeros(2, np.float16)
    assert torch.nn.functional.mse_loss(*map(torch.from_numpy, (pred, target))).isinf()
    assert losscli.compute("mse", pred, target, dtype="native", backend=backend).value == np.inf
    assert losscli.compute("mse", pred, target, backend=backend).value == 90_000


def large(one, dtype, rng):
    """Inputs of some size, of numbers around 10 where the domain lets them."""
    given, lengths = {}, LARGE | settled(one)
    for role, axes in zip(one.inputs, one.signature.forms[0].inputs, strict=False):
        if not role.optional:
            shape = tuple(n for axis in axes for n in ((int(axis),) if axis.isdigit() else lengths.get(axis, (4,))))
            values = reals(role.kind, shape, rng)
            if role.kind.dtype == "length":
                values = np.full(shape, *lengths[role.kind.along])
            given[role.name] = values if role.kind.dtype != "real" else values.astype(dtype)
    return given


def reals(kind, shape, rng):
    if kind.dtype == "label":
        return rng.integers(1 if kind.reserved else 0, LARGE["C"][0], shape)
    return of_kind(rng, kind, shape, -10.0, 10.0)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("one", LOSSES)
def test_no_sum_inside_a_loss_is_too_large_for_the_dtype(one, dtype, backend):
    given = large(one, dtype, np.random.default_rng(0))
    found = losscli.compute(one.name, dtype="native", backend=backend, **given)
    exact = losscli.compute(one.name, backend=backend, **given)
    close(found.value, exact.value, dtype, abs(exact.value))
    if isinstance(exact.denominator, int):
        assert found.denominator == exact.denominator
    else:
        close(found.denominator, exact.denominator, dtype, abs(exact.denominator))


ONES = np.ones((1, 1, 512, 512), np.float16)
OVERFLOWING = [
    ("dice", {"pred": 0.5 * ONES, "target": ONES}, 1 / 3),
    ("dice", {"pred": 0.5 * ONES, "target": ONES, "aggregate": "batch"}, 1 / 3),
    ("smooth_l1", {"pred": np.zeros(3, np.float16), "target": np.full(3, 2000, np.float16), "beta": 50.0}, 1975.0),
    ("triplet_margin", {"anchor": 0 * ONES, "positive": 8 * ONES, "negative": 0 * ONES}, 8 * math.sqrt(512) + 1),
    ("l1", {"pred": 200 * ONES, "target": 0 * ONES}, 200.0),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("loss", "given", "value"), OVERFLOWING)
def test_sums_past_the_largest_float16(loss, given, value, backend):
    assert losscli.compute(loss, dtype="native", backend=backend, **given).value == pytest.approx(value, rel=2e-3)


@pytest.mark.parametrize("role", ["pred", "target", "history"])
def test_native_is_the_widest_dtype_of_any_input(role):
    narrow = {name: np.arange(1, 5, dtype=np.float16) for name in ("pred", "target", "history")}
    wide = narrow | {role: narrow[role].astype(np.float64) / 3}
    assert losscli.compute("mase", dtype="native", **wide).dtype == "float64"
    assert losscli.compute("mase", dtype="native", **wide).value == losscli.compute("mase", **wide).value


def test_labels_have_no_say_in_the_dtype():
    logits = np.eye(3, dtype=np.float16)
    assert losscli.compute("cross_entropy", logits, [0.0, 1.0, 2.0], dtype="native").dtype == "float16"


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_prediction_that_is_converted_keeps_its_own_dtype_and_all_digits(dtype):
    rng = np.random.default_rng(0)
    p, labels = rng.dirichlet(np.ones(5), 100).astype(dtype), rng.integers(0, 5, 100)
    exact = -np.log(p.astype(float) / p.astype(float).sum(axis=1, keepdims=True))[range(100), labels].mean()
    found = losscli.compute("cross_entropy", p, labels, pred_is="probs")
    assert found.value == pytest.approx(exact, rel=1e-14)
    assert (found.inputs[0].dtype, found.dtype) == (dtype, "float64")
    native = losscli.compute("cross_entropy", p, labels, pred_is="probs", dtype="native")
    assert native.dtype == dtype
    assert native.value == pytest.approx(exact, rel=float(4 * np.finfo(dtype).eps))


def test_pairs_are_counted_beyond_what_a_float_can_count():
    items = 6002  # an odd number of pairs, above 2^24
    found = losscli.compute("ranknet", np.zeros((1, items)), np.arange(items)[None], dtype="float32")
    assert found.denominator == items * (items - 1) // 2

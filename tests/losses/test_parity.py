"""The two implementations of every loss, and torch itself called whole, agree on drawn data."""

import math

import native
import numpy as np
import pytest
import torch
from drawing import Case, cases
from hypothesis import given
from hypothesis import strategies as st

import losscli
from losscli import losses

LOSSES = [pytest.param(one, id=one.name) for one in losses.built_in()]
NATIVE = [pytest.param(one, id=one.name) for one in losses.built_in() if one.torch]
REDUCTIONS = [
    pytest.param(one, reduction, id=f"{one.name}-{reduction}")
    for one in losses.built_in()
    for reduction in one.reductions
]
NATIVE_REDUCTIONS = [p for p in REDUCTIONS if p.values[0].torch]


def _close(case: Case, actual, expected):
    # Formulas subtract terms of the size of their inputs (torch's bce_with_logits at -10: -10 + 10.00009);
    # of a remainder near 0 only so many digits exist. With inputs of ordinary size that is a few 1e-15.
    arrays = [x for x in case.given.values() if isinstance(x, np.ndarray)]
    scale = math.prod(float(np.max(np.abs(x), initial=1.0, where=np.isfinite(x))) for x in arrays)
    np.testing.assert_allclose(np.asarray(actual), np.asarray(expected), rtol=1e-12, atol=min(1e-15 * scale, 1e300))


@pytest.mark.parametrize(("one", "reduction"), REDUCTIONS)
@given(data=st.data())
def test_numpy_and_torch_backends_agree(one, reduction, data):
    case = data.draw(cases(one, infinite=True))
    ours, theirs = (losscli.compute(one.name, reduction=reduction, backend=b, **case.given) for b in ("numpy", "torch"))
    assert np.shape(ours.value) == np.shape(theirs.value)
    _close(case, ours.value, theirs.value)
    _close(case, ours.numerator, theirs.numerator)
    _close(case, ours.denominator, theirs.denominator)
    assert (ours.ignored, ours.clamped, ours.samples) == (theirs.ignored, theirs.clamped, theirs.samples)


@pytest.mark.parametrize(("one", "reduction"), NATIVE_REDUCTIONS)
@given(data=st.data())
def test_value_and_shape_are_those_of_torch_called_whole(one, reduction, data):
    case = data.draw(cases(one))
    expected = native.call(case, *native.tensors(case), reduction).numpy()
    value = np.asarray(losscli.compute(one.name, reduction=reduction, **case.given).value)
    assert value.shape == expected.shape
    _close(case, value, expected)


@pytest.mark.parametrize("one", [p for p in LOSSES if "none" in p.values[0].reductions])
@given(data=st.data())
def test_unreduced_shape_is_the_declared_one(one, data):
    case = data.draw(cases(one))
    result = losscli.compute(one.name, reduction="none", **case.given)
    # A finishing step may join samples (dice over the batch): it then has fewer axes, never others.
    shape = np.shape(result.value)
    assert shape == case.result_shape or (one.whole and len(shape) < len(case.result_shape))
    assert result.numerator == pytest.approx(np.sum(result.value), rel=1e-12, abs=1e-15, nan_ok=True)


def test_every_function_of_torch_that_we_name_exists():
    assert all(hasattr(torch.nn.functional, p.values[0].torch) for p in NATIVE)


NAN = float("nan")
ONE_NAN = [
    ("hinge_embedding", ([0.3, 0.4], [NAN, 1.0]), {}),
    ("hinge_embedding", ([1.3, 0.4], [NAN, -1.0]), {}),
    ("cosine_embedding", ([[0.3, 1.0], [1.0, 0.0]], [[1.0, 2.0], [3.0, 1.0]], [NAN, 1.0]), {}),
    ("cosine_embedding", ([[0.3, NAN], [1.0, 0.0]], [[1.0, 2.0], [3.0, 1.0]], [-1.0, 1.0]), {}),
    ("margin_ranking", ([0.3], [0.4], [NAN]), {}),
    ("multi_margin", ([[NAN, 1.0, 2.0]] * 2, [0, 1]), {}),
    ("multilabel_margin", ([[NAN, 1.0, 2.0]] * 2, [[0, -1, -1], [1, -1, -1]]), {}),
    ("triplet_margin", ([[NAN, 1.0]], [[0.0, 1.0]], [[2.0, 3.0]]), {"p": 0.0}),
    ("triplet_margin", ([[NAN, 1.0]], [[0.0, 1.0]], [[2.0, 3.0]]), {}),
]


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize(("name", "given", "parameters"), ONE_NAN)
def test_nan_that_is_let_through_costs_what_it_costs_in_torch(name, given, parameters, backend):
    one = losses.find(name)
    wanted = getattr(torch.nn.functional, one.torch)(*map(torch.tensor, given), **parameters, reduction="none")
    found = losscli.compute(name, *given, **parameters, reduction="none", nan="propagate", backend=backend).value
    np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-6)

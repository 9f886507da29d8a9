"""Kernels are differentiable in torch, and their derivatives are right: torch's own, and the slope itself."""

import math
from collections.abc import Callable

import native
import numpy as np
import pytest
import torch
from drawing import Case, cases
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import losscli
from losscli import losses
from losscli.spec.gradients import differentiable

LOSSES = [pytest.param(one, id=one.name) for one in losses.built_in()]
NATIVE = [pytest.param(one, id=one.name) for one in losses.built_in() if one.torch and not one.gradient_of_its_own]
TORCH = [pytest.param(one, id=one.name) for one in losses.built_in() if one.torch]
CLOSED = [pytest.param(one, id=one.name) for one in losses.built_in() if "gradient" in one.hooks]
CLOSED = [p for p in CLOSED if not p.values[0].torch or p.values[0].gradient_of_its_own]


def _tensors(case: Case) -> tuple[dict[str, torch.Tensor], dict]:
    inputs, parameters = native.tensors(case)
    for role in case.loss.inputs:
        # torch has no derivative by the weights of some losses, nor is there any by a choice of two numbers.
        given = inputs.get(role.name)
        if (
            given is not None
            and given.is_floating_point()
            and differentiable(case.kind(role.name)._replace(dtype="real"))
        ):
            inputs[role.name].requires_grad_()
    return inputs, parameters


def _kernel_sum(case: Case, inputs: dict[str, torch.Tensor], parameters: dict) -> torch.Tensor:
    """The sum of the units by the loss's plain function."""
    return _units(case, inputs, parameters).sum()


def _units(case: Case, inputs: dict[str, torch.Tensor], parameters: dict) -> torch.Tensor:
    return case.loss(*(inputs.get(role.name) for role in case.loss.inputs), **parameters)


def _gradients(value: torch.Tensor, inputs: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    real = {name: x for name, x in inputs.items() if x.requires_grad}
    if not value.requires_grad:  # nothing to compare: a list of one item has no pair
        return {name: np.zeros(tuple(x.shape)) for name, x in real.items()}
    found = torch.autograd.grad(value, list(real.values()), materialize_grads=True)
    return {name: g.numpy() for name, g in zip(real, found, strict=True)}


@pytest.mark.parametrize("one", NATIVE)
@given(data=st.data())
def test_kernel_has_the_gradient_of_the_native_function(one, data):
    case = data.draw(cases(one, smooth=True))
    inputs, parameters = _tensors(case)
    # torch lets the gradient through some of its clamps.
    assume(not losscli.compute(one.name, reduction="sum", **case.given).clamped)
    expected = _gradients(native.call(case, inputs, parameters, "sum"), inputs)
    actual = _gradients(_kernel_sum(case, inputs, parameters), inputs)
    for name in expected:
        np.testing.assert_allclose(actual[name], expected[name], rtol=1e-10, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("one", TORCH)
def test_every_loss_of_torch_has_a_closed_form(one):
    assert "gradient" in one.hooks


def _hold_to_autograd(case: Case, seed: int, value: Callable[..., torch.Tensor]) -> None:
    """Hold the closed form to the derivative of ``value``, whatever the gradient by the units."""
    inputs, parameters = _tensors(case)
    units = value(case, inputs, parameters)
    back = np.random.default_rng(seed).uniform(-2.0, 2.0, tuple(units.shape))
    expected = _gradients((units * torch.from_numpy(back)).sum(), inputs)
    given = [case.inputs.get(role.name) for role in case.loss.inputs]
    with np.errstate(all="ignore"):
        actual = case.loss.gradients(back, *given, **case.parameters)
    if not actual and case.parameters.get("aggregate") == "batch":  # one number for the whole set
        return
    assert set(expected) == set(actual) or (not case.loss.torch and {case.loss.inputs[0].name} <= set(actual))
    arrays = [x for x in case.inputs.values() if x.dtype.kind == "f"]
    scale = math.prod(float(np.max(np.abs(x), initial=1.0)) for x in arrays)
    # Terms of the size of one input's gradient cancel in another's.
    scale = max([scale, *(float(np.max(np.abs(g), initial=0.0, where=np.isfinite(g))) for g in expected.values())])
    for name, wanted in ((name, expected[name]) for name in actual):
        # Where torch has NaN, of 0/0 or of a branch that is masked, we have the derivative itself.
        wanted = np.where(np.isnan(wanted), actual[name], wanted)
        atol = min(1e-15 * scale, 1e300)
        np.testing.assert_allclose(actual[name], wanted, rtol=1e-12, atol=atol, err_msg=name)


def _native(case: Case, inputs: dict[str, torch.Tensor], parameters: dict) -> torch.Tensor:
    return native.call(case, inputs, parameters, "none")


@pytest.mark.parametrize("corners", [False, True], ids=["drawn", "corners"])
@pytest.mark.parametrize("one", NATIVE)
@given(data=st.data(), seed=st.integers(0, 99))
def test_closed_form_is_the_autograd_of_torch(one, corners, data, seed):
    _hold_to_autograd(data.draw(cases(one, corners=corners)), seed, _native)


@pytest.mark.parametrize("one", CLOSED)
@given(data=st.data(), seed=st.integers(0, 99))
def test_closed_form_is_the_derivative_of_the_kernel(one, data, seed):
    _hold_to_autograd(data.draw(cases(one, smooth=True)), seed, _units)


@pytest.mark.parametrize("one", LOSSES)
@settings(max_examples=10)
@given(data=st.data())
def test_gradient_is_the_slope_of_the_kernel(one, data):
    case = data.draw(cases(one, smooth=True))
    inputs, parameters = _tensors(case)
    gradients = _gradients(_kernel_sum(case, inputs, parameters), inputs)
    along = {name: np.random.default_rng(0).standard_normal(g.shape) for name, g in gradients.items()}
    step = 1e-6

    def moved(by: float) -> float:
        at = {n: x.detach() + by * torch.from_numpy(along[n]) if n in along else x for n, x in inputs.items()}
        return float(_kernel_sum(case, at, parameters))

    assume(math.isfinite(moved(0.0)))
    # A straight line through two points; where a kink lies between them, one of its sides is as good.
    sides = [(moved(step) - moved(0.0)) / step, (moved(0.0) - moved(-step)) / step]
    slope = sum(float((gradients[name] * along[name]).sum()) for name in along)
    slack = 1e-3 * (1.0 + max(map(abs, sides)))
    assert min(sides) - slack <= slope <= max(sides) + slack

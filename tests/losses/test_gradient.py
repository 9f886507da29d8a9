"""Kernels are differentiable in torch, and their derivatives are right: torch's own, and the slope itself."""

import native
import numpy as np
import pytest
import torch
from drawing import Case, cases
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli import losses
from losscli.spec.kinds import Among

LOSSES = [pytest.param(one, id=one.name) for one in losses.built_in()]
NATIVE = [pytest.param(one, id=one.name) for one in losses.built_in() if one.torch]


def _tensors(case: Case) -> tuple[dict[str, torch.Tensor], dict]:
    inputs, parameters = native.tensors(case)
    for role in case.loss.inputs:
        # torch has no derivative by the weights of some losses, nor is there any by a choice of two numbers.
        if not role.optional and not isinstance(role.kind.domain, Among) and inputs[role.name].is_floating_point():
            inputs[role.name].requires_grad_()
    return inputs, parameters


def _kernel_sum(case: Case, inputs: dict[str, torch.Tensor], parameters: dict) -> torch.Tensor:
    """The sum of the units by the loss's plain function."""
    return case.loss(*(inputs.get(role.name) for role in case.loss.inputs), **parameters).sum()


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
    expected = _gradients(native.call(case, inputs, parameters, "sum"), inputs)
    actual = _gradients(_kernel_sum(case, inputs, parameters), inputs)
    for name in expected:
        np.testing.assert_allclose(actual[name], expected[name], rtol=1e-10, atol=1e-13, err_msg=name)


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

    # A straight line through two points; where a kink lies between them, one of its sides is as good.
    sides = [(moved(step) - moved(0.0)) / step, (moved(0.0) - moved(-step)) / step]
    slope = sum(float((gradients[name] * along[name]).sum()) for name in along)
    slack = 1e-3 * (1.0 + max(map(abs, sides)))
    assert min(sides) - slack <= slope <= max(sides) + slack

"""Soft Dice: digits where both masks are nearly equal."""

import numpy as np
import pytest

import losscli


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("aggregate", ["sample", "batch"])
@pytest.mark.parametrize("squared", [False, True])
def test_loss_that_is_nearly_0_keeps_its_digits(aggregate, squared, backend):
    target = np.zeros((1, 1, 4, 5))
    target[..., :2, :] = 1.0
    off = 2.0**-40
    pred = np.abs(target - off)
    found = losscli.compute("dice", pred, target, aggregate=aggregate, squared=squared, backend=backend).value
    size = 10 * ((1 - off) ** 2 + off**2 + 1 if squared else 2.0)
    assert found == pytest.approx(20 * (off**2 if squared else off) / (size + 1e-5), rel=1e-13, abs=0)

"""NT-Xent: digits where every view recognises the other of its own sample."""

import math

import numpy as np
import pytest

import losscli


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("temperature", [0.07, 0.01, 0.004])
def test_loss_that_is_nearly_0_keeps_its_digits(backend, temperature):
    first = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    expected = math.log1p(2 * math.exp(-2 / temperature) + 2 * math.exp(-1 / temperature))
    middle = math.log1p(4 * math.exp(-1 / temperature))
    found = losscli.compute("nt_xent", first, first, temperature=temperature, backend=backend, reduction="none").value
    np.testing.assert_allclose(found, [[expected] * 2, [expected] * 2, [middle] * 2], rtol=1e-12)


def test_views_that_are_equal_share_the_gradient():
    first = np.array([[1.0, 0.5], [1.0, 0.5], [0.2, -1.0]])
    second = np.array([[0.3, 1.0], [1.0, 0.5], [1.0, 0.5]])
    found = losscli.grad("nt_xent", first, second, temperature=0.5, backend="torch", wrt=("input1",))
    step, slopes = 1e-6, np.zeros_like(first)
    for at in np.ndindex(*first.shape):
        up, down = first.copy(), first.copy()
        up[at] += step
        down[at] -= step
        each = [losscli.compute("nt_xent", x, second, temperature=0.5).value for x in (up, down)]
        slopes[at] = (each[0] - each[1]) / (2 * step)
    np.testing.assert_allclose(found["input1"].array, slopes, atol=1e-8)

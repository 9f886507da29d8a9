"""Tweedie deviance: the integral that it is, also where prediction and target are next to each other."""

import numpy as np
import pytest
from scipy.integrate import quad

import losscli

POWERS = [-3.0, -0.5, 1.0, 1.0 + 1e-12, 1.000_001, 1.2, 1.5, 2.0 - 1e-9, 2.0, 2.000_1, 2.5, 6.0]
APART = [1e-9, -1e-6, 1e-4, 0.003, -0.01, 0.02, 0.05, -0.5, 3.0]


def integral(x, apart, power):
    """2 ∫ (y - t)/tᵖ dt with t from x to y = x · (1 + apart), in steps of which none cancels another."""
    found, _ = quad(lambda s: (1.0 - s) * (1.0 + apart * s) ** -power, 0.0, 1.0, epsabs=0.0, epsrel=1e-13)
    return 2.0 * apart**2 * x ** (2.0 - power) * found


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("power", POWERS)
def test_no_digits_are_lost_where_both_are_alike(power, backend):
    x = np.array([2.0**k for k in range(-4, 5)])
    y = x * (1.0 + np.array(APART))
    found = losscli.compute("tweedie_deviance", x, y, power=power, reduction="none", backend=backend).value
    expected = [integral(a, (b - a) / a, power) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_a_target_next_to_0_costs_what_0_costs(backend):
    found = losscli.compute("tweedie_deviance", [10.0, 10.0], [5e-324, 0.0], power=1, reduction="none", backend=backend)
    assert found.value.tolist() == [20.0, 20.0]


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("nearly", [1.0 + 1e-15, 1.0 + 1e-12, 2.0 - 1e-15, 2.0 + 1e-12])
def test_power_next_to_one_that_has_a_formula_of_its_own_is_almost_that(nearly, backend):
    x, y = [10.0, 0.5, 3.0, 7.0], [1e-9, 2.0, 2.5, 0.0 if nearly < 1.5 else 1.0]
    found, expected = (
        losscli.grad("tweedie_deviance", x, y, power=power, backend=backend, wrt=("pred", "target"))
        for power in (nearly, float(round(nearly)))
    )
    assert found.result.value == pytest.approx(expected.result.value, rel=1e-10)
    for role in ("pred", "target"):
        np.testing.assert_allclose(found[role].array, expected[role].array, rtol=1e-10)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_target_of_0_where_the_power_is_almost_2(backend):
    found = losscli.grad("tweedie_deviance", [2.0], [0.0], power=2.0 - 1e-3, backend=backend)
    assert found.result.value == pytest.approx(2 * 2.0**1e-3 / 1e-3, rel=1e-12)
    np.testing.assert_allclose(found["pred"].array, [2 * 2.0 ** (1e-3 - 1)], rtol=1e-12)

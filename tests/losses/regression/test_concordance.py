"""Concordance: moments that neither an offset nor the cut into blocks robs of digits."""

import numpy as np
import pytest
from blocks import blocks_of
from hypothesis import given
from hypothesis import strategies as st

import losscli

BACKENDS = ["numpy", "torch"]
RNG = np.random.default_rng(11)
# Multiples of 2^-20: a sum with 10^8 does not round them.
X = np.round(RNG.standard_normal(1000) * 2**20) / 2**20
Y = np.round((0.3 * X + RNG.standard_normal(1000) + 0.5) * 2**20) / 2**20


def naive(x, y):
    """1 - CCC as its definition reads."""
    s_xx, s_xy, _, s_yy = np.cov(x, y).reshape(-1)
    return 1 - 2 * s_xy / (s_xx + s_yy + (x.mean() - y.mean()) ** 2)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("elements", [2, 14, 128, 524_288])
@pytest.mark.parametrize("offset", [0.0, 2.0**20, 1e8])
def test_an_offset_of_the_data_changes_nothing_in_any_blocks(offset, elements, backend):
    with blocks_of(elements):
        found = losscli.compute("concordance", X + offset, Y + offset, backend=backend).value
    assert found == pytest.approx(naive(X, Y), rel=1e-12)


@given(st.integers(2, 40), st.integers(1, 9), st.floats(-1e6, 1e6))
def test_it_is_the_definition(rows, elements, offset):
    x, y = X[:rows], Y[:rows] + offset
    with blocks_of(2 * elements):
        assert losscli.compute("concordance", x, y).value == pytest.approx(naive(x, y), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("elements", [2, 524_288])
def test_a_constant_has_no_variance_at_all(elements, backend):
    with blocks_of(elements):
        alone = losscli.compute("concordance", np.full(7, 0.1), Y[:7], backend=backend)
        both = losscli.compute("concordance", np.full(7, 0.1), np.full(7, 0.1), backend=backend)
    assert alone.value == pytest.approx(1.0, rel=1e-14)
    assert (both.numerator, both.denominator) == (0.0, 0.0)
    assert [w.code for w in both.warnings] == ["L301"]

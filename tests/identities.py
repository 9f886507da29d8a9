"""What identities between losses are made of: pairs of numbers, values, and how close they have to be."""

from __future__ import annotations

import numpy as np
from drawing import numbers
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import losscli
from losscli.spec.kinds import Interval

REAL = numbers(Interval())
PAIRS = st.integers(1, 8).flatmap(lambda n: npst.arrays(np.float64, (2, n), elements=REAL))


def value(name, *inputs, **more):
    """The value of a loss as an array."""
    return np.asarray(losscli.compute(name, *inputs, **more).value)


def close(actual, expected, rtol=1e-15, atol=0.0):
    """Require that they are equal but for roundings."""
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)

"""Quantiles and distinct values beside NumPy's own."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from losscli.engine.quantiles import distinct, median, quantiles

NUMBERS = st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float)
VALUES = arrays(np.float64, st.integers(1, 40), elements=NUMBERS)
PARTS = (0.0, 0.002, 0.25, 0.5, 0.9, 0.998, 1.0)


@given(values=VALUES)
def test_they_have_the_bits_of_numpy(values):
    assert quantiles(values, PARTS) == np.quantile(values, PARTS).tolist()
    assert median(values) == np.median(values)
    assert distinct(values).tolist() == np.unique(values).tolist()


@given(values=VALUES, at=st.integers(0, 39))
def test_what_is_no_number_has_no_quantile(values, at):
    values[at % len(values)] = np.nan
    assert np.isnan(quantiles(values, PARTS)).all()
    assert np.isnan(median(values))


def test_nothing_has_nothing_distinct():
    assert not len(distinct(np.empty(0)))

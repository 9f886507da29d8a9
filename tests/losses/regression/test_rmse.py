"""Identities of rmse."""

from hypothesis import given
from identities import PAIRS, close, value


@given(PAIRS)
def test_rmse_squared_is_mse(pair):
    close(value("rmse", *pair) ** 2, value("mse", *pair), atol=5e-324)

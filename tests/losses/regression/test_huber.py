"""Identities of huber."""

from hypothesis import given
from hypothesis import strategies as st
from identities import PAIRS, close, value


@given(PAIRS, st.sampled_from([0.1, 0.5, 1.0, 3.0, 50.0]))
def test_huber_is_delta_times_smooth_l1(pair, width):
    huber = value("huber", *pair, delta=width, reduction="none")
    close(huber, width * value("smooth_l1", *pair, beta=width, reduction="none"))


@given(PAIRS)
def test_huber_with_a_wide_delta_is_half_of_mse(pair):
    close(value("huber", *pair, delta=1e40), 0.5 * value("mse", *pair))

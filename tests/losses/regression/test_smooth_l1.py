"""Identities of smooth_l1."""

from hypothesis import given
from identities import PAIRS, close, value


@given(PAIRS)
def test_smooth_l1_with_beta_0_is_l1(pair):
    close(value("smooth_l1", *pair, beta=0, reduction="none"), value("l1", *pair, reduction="none"), rtol=0)

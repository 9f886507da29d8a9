"""A rate that is given where its logarithm belongs, and what a constant gets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import cli

import losscli


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_one_rate_for_all_gets_at_most_1(counts):
    mean = math.log(sum(counts) / len(counts))
    assert losscli.compute("poisson_nll", [mean] * len(counts), counts).value <= 1.0 + 1e-9


@pytest.mark.parametrize("rate", [3.0, 8.0, 40.0, 700.0])
def test_rates_in_place_of_logarithms_are_warned_of(rate):
    rng = np.random.default_rng(17)
    rates = rng.gamma(20, rate / 20, 300)
    counts = rng.poisson(rates)
    right = losscli.compute("poisson_nll", np.log(rates), counts)
    assert right.warnings == ()
    assert losscli.compute("poisson_nll", rates, counts, log_input=False).warnings == ()
    codes = [one.code for one in losscli.compute("poisson_nll", rates, counts).warnings]
    assert codes in (["L305"], ["L303"])  # e^700 and more is infinite
    assert losscli.compute("poisson_nll", np.log(rates), counts, full=True).warnings == ()


def test_the_hint_can_be_typed():
    ran = cli("compute", "poisson_nll", "3,5,4", "3,4,5", "-q")
    assert "L305" in ran.err
    assert "--no-log-input" in ran.err
    assert cli("compute", "poisson_nll", "3,5,4", "3,4,5", "-q", "--no-log-input", "--strict").code == 0


def test_a_poor_model_of_logarithms_is_not():
    assert losscli.compute("poisson_nll", [1.0, 2.0, 2.5], [0, 9, 1]).warnings == ()

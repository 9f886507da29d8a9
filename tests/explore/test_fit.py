"""The best temperature: against minima that are known, and the derivative by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import losscli
from losscli.errors import DataError
from losscli.explore.fit import MOST_PASSES, fit


@given(st.floats(-5, 5), st.floats(0.05, 3))
def test_a_minimum_that_is_known(at, bend):
    found = fit("a", lambda ts: [bend * (math.log(t) - at) ** 2 + 1 for t in ts])
    assert math.log(found.temperature) == pytest.approx(at, abs=1e-8)
    assert found.passes <= MOST_PASSES


def test_one_that_bends_elsewhere_than_down():
    found = fit("a", lambda ts: [-math.exp(-((math.log(t) - 1) ** 2) * 4) for t in ts])
    assert math.log(found.temperature) == pytest.approx(1, abs=1e-8)


def test_a_corner_is_found_as_near_as_it_may_be():
    found = fit("a", lambda ts: [abs(math.log(t) - 0.3) for t in ts])
    assert math.log(found.temperature) == pytest.approx(0.3, abs=1e-4)


def test_every_prediction_right_has_no_best_temperature():
    with pytest.raises(DataError, match="every prediction is right"):
        losscli.sweep("cross_entropy", [[5.0, 0.0], [0.0, 3.0]], [0, 1], temperature="fit")


def test_logits_that_tell_nothing_have_none_either():
    with pytest.raises(DataError, match="tell nothing"):
        losscli.sweep("bce_with_logits", [3.0, -3.0], [0.0, 1.0], temperature="fit")


def test_the_derivative_by_log_t_is_zero_there(sample_data):
    pred, target = sample_data / "digits_logits.csv", sample_data / "digits_target.csv"
    (best,) = losscli.sweep("cross_entropy", pred, target, temperature="fit").best
    x = np.loadtxt(pred, delimiter=",", skiprows=1) / best.temperature
    y = np.loadtxt(target, skiprows=1).astype(int)
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    slope = (x[np.arange(len(y)), y] - (p * x).sum(axis=1)).mean()
    assert abs(slope) < 1e-9
    assert best.temperature == pytest.approx(0.521965, abs=1e-6)
    assert best.value == pytest.approx(0.12620086, abs=1e-8)

"""The spread between runs, and the tolerance that follows from it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from losscli.comparison.runs import spread_of


def test_spread_is_the_standard_deviation_and_what_follows_from_it():
    losses = [0.1, 0.12, 0.11, 0.13]
    found = spread_of(losses)
    assert (found.runs, found.low, found.high) == (4, 0.1, 0.13)
    assert found.mean == pytest.approx(np.mean(losses), rel=1e-14)
    assert found.sd == pytest.approx(np.std(losses, ddof=1), rel=1e-14)
    assert found.tolerance == pytest.approx(1.6448536269514722 * math.sqrt(2) * found.sd, rel=1e-12)
    assert found.tolerance_of_mean == pytest.approx(1.6448536269514722 * math.sqrt(1 + 1 / 4) * found.sd, rel=1e-12)


def test_tolerance_is_exceeded_by_one_in_twenty_equal_runs():
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((2, 200_000))
    assert np.mean(b - a > 1.6448536269514722 * math.sqrt(2)) == pytest.approx(0.05, abs=0.002)


def test_what_is_not_finite_has_no_spread():
    assert math.isnan(spread_of([1.0, math.inf]).sd)

"""Sign flips, against scipy where all of them are tried."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from losscli.stats.signs import p_of_signs


@pytest.mark.parametrize("n", [3, 7, 12])
@pytest.mark.parametrize("seed", range(4))
def test_few_units_are_scipys_permutation_test(n, seed):
    d = np.random.default_rng(seed).standard_normal(n) + 0.4
    oracle = stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert p_of_signs(d) == pytest.approx(oracle.pvalue, rel=1e-12)


def test_ties_count_as_reached():
    assert p_of_signs(np.array([0.1, 0.2, 0.3])) == 2 / 8
    assert p_of_signs(np.zeros(5)) == 1.0


@pytest.mark.parametrize("n", [21, 500, 16_384])
def test_many_units_are_near_t_and_the_same_each_time(n):
    d = np.random.default_rng(n).standard_normal(n) + 1.5 / np.sqrt(n)
    p = p_of_signs(d)
    assert p == p_of_signs(d)
    assert np.log10(p) == pytest.approx(np.log10(stats.ttest_1samp(d, 0).pvalue), abs=0.3)


def test_false_alarms_are_as_many_as_promised():
    rng = np.random.default_rng(1)
    p = np.array([p_of_signs(rng.standard_normal(25)) for _ in range(300)])
    assert 0.01 < np.mean(p < 0.05) < 0.1
    assert np.mean(p < 0.5) == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("count", [8, 14, 40])
def test_sums_that_cancel_are_ties_in_whatever_order_they_are_rounded(count):
    units = np.resize([0.1, -0.2, 0.3, 0.3, -0.2, -0.1, -0.3, 0.1], count)
    units[-1] -= round(float(units.sum()), 1)  # tenths that add up to 0, but for rounding
    assert p_of_signs(units) == 1.0

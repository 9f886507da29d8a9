"""What leaving groups out tells of a value."""

import math

import numpy as np
import pytest
from scipy import stats

from losscli.stats.interval import interval
from losscli.stats.jackknife import GROUPS, groups_of, jackknife


def test_the_jackknife_of_a_mean_is_its_standard_error():
    a = np.random.default_rng(0).standard_exponential(40)
    found = jackknife(a.mean(), [np.delete(a, i).mean() for i in range(40)])
    assert (found.se, found.df) == (pytest.approx(stats.sem(a), rel=1e-12), 39)
    assert interval(found, 0.9, "t") == pytest.approx(tuple(stats.ttest_1samp(a, 0).confidence_interval(0.9)), rel=1e-9)


@pytest.mark.parametrize("samples", [3, 64, 65, 1000])
def test_groups_are_of_one_size_but_for_one_sample(samples):
    counts = np.bincount(groups_of(np.arange(samples)), minlength=GROUPS)
    assert set(counts.tolist()) <= {samples // GROUPS, samples // GROUPS + 1}


def test_a_rhythm_of_the_data_does_not_fall_in_with_the_groups():
    codes = groups_of(np.arange(64 * 500))
    assert np.bincount(codes[:: GROUPS // 2], minlength=GROUPS).max() < 50  # of 1000 samples, 16 a group


@pytest.mark.parametrize(
    ("value", "without", "why"),
    [
        (1.0, [1.0], "one unit"),
        (1.0, [1.0, 1.0], "no spread"),
        (math.inf, [1.0, 1.0], "infinite values"),
        (math.nan, [1.0, 2.0], "NaN values"),
        (1.0, [1.0, math.nan], "no value without some of the units"),
        (1e200, [1e200, 2e200, -1e308, 1e308], "values past what can be squared"),
    ],
)
def test_why_there_is_none(value, without, why):
    assert jackknife(value, without).why_not == why

"""The t distribution, beside SciPy's and mpmath's."""

import math

import mpmath
import pytest
from scipy import special

from losscli.stats.student import density, quantile, tail

DEGREES = [0.3, 1, 1.5, 2, 4.9, 8.988784, 20, 39.9, 40.1, 220, 1e4, 1e5]


@pytest.mark.parametrize("df", DEGREES)
@pytest.mark.parametrize("t", [1e-200, 1e-9, 0.01, 0.5, 1.0, 1.96, 3.3, 8.0, 40.0, 1e4])
def test_a_tail_is_the_integral_of_the_density(t, df):
    with mpmath.workdps(40):
        v, x = mpmath.mpf(df), mpmath.mpf(t)
        expected = mpmath.betainc(v / 2, mpmath.mpf(1) / 2, 0, v / (v + x * x), regularized=True) / 2
    assert tail(t, df) == pytest.approx(float(expected), rel=4e-12, abs=1e-300)
    assert tail(-t, df) == pytest.approx(1 - float(expected), rel=1e-12)


@pytest.mark.parametrize("df", [*DEGREES, 1e7])
@pytest.mark.parametrize("p", [0.0001, 0.025, 0.3, 0.5, 0.51, 0.8, 0.95, 0.975, 0.9999, 1 - 1e-12])
def test_quantiles_are_scipys(p, df):
    assert quantile(p, df) == pytest.approx(special.stdtrit(df, p), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("df", DEGREES)
@pytest.mark.parametrize("p", [1e-9, 0.025, 0.2, 0.6, 0.975])
def test_a_quantile_has_its_tail(p, df):
    assert tail(quantile(p, df), df) == pytest.approx(1 - p, rel=1e-11)


def test_with_many_degrees_of_freedom_it_is_normal():
    for df in (1e12, 1e15, math.inf):
        assert tail(1.959963984540054, df) == pytest.approx(0.025, rel=1e-11)
        assert quantile(0.975, df) == pytest.approx(1.959963984540054, rel=1e-10)


def test_ends_and_what_is_no_probability():
    assert (tail(math.inf, 3), tail(-math.inf, 3), tail(0.0, 3)) == (0.0, 1.0, 0.5)
    assert math.isnan(tail(math.nan, 3))
    assert density(0.0, 1.0) == pytest.approx(1 / math.pi, rel=1e-14)
    for p in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError):
            quantile(p, 3)
    for df in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError):
            tail(1.0, df)

"""Student's t distribution for any positive number of degrees of freedom, with the standard library alone.

Source:
    DiDonato and Morris, Algorithm 708: significant digit computation of the incomplete beta function ratios, 1992,
    for the ways to keep digits; Lentz's evaluation of the continued fraction (DLMF 8.17.22).
"""

from __future__ import annotations

import math
from functools import lru_cache

_NORMAL_FROM = 1e12
"""Degrees of freedom from which t and normal agree to the last digits."""
_TINY = 1e-300


def tail(t: float, df: float) -> float:
    """The probability that a t variable is above ``t``; relative error a few 1e-12 up to 10⁵ degrees of freedom.

    Args:
        t: Any number, infinities among them.
        df: Degrees of freedom, any positive real number; infinity for the normal distribution.

    Raises:
        ValueError: ``df`` is not positive.
    """
    if not df > 0:
        raise ValueError(f"degrees of freedom are positive, not {df}")
    if math.isnan(t):
        return math.nan
    if t < 0:
        return 1 - tail(-t, df)
    if math.isinf(t):
        return 0.0
    if df >= _NORMAL_FROM:
        return 0.5 * math.erfc(t / math.sqrt(2))
    return _upper(t, df)


def density(t: float, df: float) -> float:
    """The density of a t variable at ``t``."""
    if df >= _NORMAL_FROM:
        return math.exp(-0.5 * t * t) / math.sqrt(2 * math.pi)
    return math.exp(-0.5 * (df + 1) * math.log1p(t * t / df) - 0.5 * math.log(df) - _log_beta(df / 2))


@lru_cache(maxsize=1024)
def quantile(p: float, df: float) -> float:
    """The number that a t variable is below with probability ``p``.

    Args:
        p: Between 0 and 1, both excluded.
        df: Degrees of freedom, any positive real number; infinity for the normal distribution.

    Raises:
        ValueError: ``p`` is not between 0 and 1.
    """
    if not 0 < p < 1:
        raise ValueError(f"a probability is between 0 and 1, not {p}")
    return -_above(p, df) if p < 0.5 else _above(1 - p, df)


def _above(q: float, df: float) -> float:
    """The number that a t variable is above with probability ``q``, at most a half: Newton's steps in a bracket."""
    if q == 0.5:
        return 0.0
    low, high, t = 0.0, math.inf, _about_normal(q)
    for _ in range(200):
        found = tail(t, df)
        low, high = (t, high) if found > q else (low, t)
        slope = density(t, df)
        # The logarithm of a small tail is close to a line in the logarithm of t, as the tail of a large one is in t.
        step = t * math.exp(math.log(found / q) * found / (t * slope)) if q < 0.1 else t + (found - q) / slope
        if not low < step < high:
            step = 2 * t if math.isinf(high) else 0.5 * (low + high)
        if abs(step - t) <= 4e-16 * t:
            return step
        t = step
    return t


def _about_normal(q: float) -> float:
    """About the number that a normal variable is above with probability ``q``: Hastings' formula, good to 0.003."""
    s = math.sqrt(-2 * math.log(q))
    return max(s - (2.30753 + 0.27061 * s) / (1 + s * (0.99229 + 0.04481 * s)), 1e-3)


def _upper(t: float, df: float) -> float:
    """Half the regularised incomplete beta function I_x(df/2, 1/2) at x = df / (df + t²)."""
    if t == 0:
        return 0.5
    a, square = df / 2, t * t
    x, rest = df / (df + square), square / (df + square)
    if square == 0:  # t is too small to be squared
        return 0.5 - t * density(0.0, df)
    log_front = -a * math.log1p(square / df) + 0.5 * math.log(rest) - _log_beta(a)
    if x < (a + 1) / (a + 2.5):
        return 0.5 * math.exp(log_front) / a * _fraction(x, a, 0.5)
    return 0.5 - math.exp(log_front) * _fraction(rest, 0.5, a)


def _log_beta(a: float) -> float:
    """log B(a, 1/2), of which lgamma alone loses the digits where a is large."""
    half_log_pi = 0.5723649429247001
    if a < 20:
        return math.lgamma(a) + half_log_pi - math.lgamma(a + 0.5)
    # Γ(a + 1/2) / Γ(a) by the difference of two Stirling series.
    i = 1 / a
    series = i * (-1 / 8 + i * i * (1 / 192 + i * i * (-1 / 640 + i * i * (17 / 14336 - i * i * 31 / 18432))))
    return half_log_pi - 0.5 * math.log(a) - series


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d or _TINY)
    found = d
    for m in range(1, 100_000):
        for factor in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + factor * d or _TINY)
            c = 1 + factor / c or _TINY
            found *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return found

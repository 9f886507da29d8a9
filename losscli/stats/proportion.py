"""The interval of a share: of units that are 0 or 1, few of which may be 1."""

from __future__ import annotations

import math

from losscli.stats.student import quantile


def wilson(share: float, units: int, level: float = 0.95) -> tuple[float, float]:
    """The shares whose score test does not refuse what was seen.

    Args:
        share: The mean of the units, 0 to 1.
        units: How many there are, 1 at least.
        level: 0.5 to 1.

    Source:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927.
    """
    z2 = quantile((1 + level) / 2, math.inf) ** 2
    centre = (share + z2 / (2 * units)) / (1 + z2 / units)
    half = math.sqrt(z2 * (share * (1 - share) + z2 / (4 * units)) / units) / (1 + z2 / units)
    return max(0.0, centre - half), min(1.0, centre + half)

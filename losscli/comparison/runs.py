"""The spread between runs of one recipe, and the tolerance that a gate on one of them needs.

A p-value tells two files of predictions apart, not two recipes: the same recipe trained again gives another model. How
far apart such models lie is measured with several of them.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from losscli.comparison.result import Spread

_ONE_IN_TWENTY = statistics.NormalDist().inv_cdf(0.95)


def spread_of(losses: Sequence[float]) -> Spread:
    """How much the losses of runs differ, two or more of them."""
    count = len(losses)
    sd = statistics.stdev(losses) if all(map(math.isfinite, losses)) else math.nan
    mean = math.fsum(losses) / count if math.isfinite(sd) else math.nan
    return Spread(
        count,
        mean,
        sd,
        min(losses),
        max(losses),
        _ONE_IN_TWENTY * math.sqrt(2) * sd,
        _ONE_IN_TWENTY * sd * math.sqrt(1 + 1 / count),
    )

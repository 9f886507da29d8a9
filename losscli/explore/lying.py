"""Where the units of data lie along an axis, and what part of the loss comes from where."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.quantiles import quantiles
from losscli.errors import UsageError
from losscli.explore.axis import Axis
from losscli.explore.opened import Opened, Setting

if TYPE_CHECKING:
    from losscli.results.result import Result

    Numbers = NDArray[np.float64]

BINS = 32
_X = "where units lie"
_ENDS = (0.002, 0.998)
"""The part of the data that an axis shows, where nothing else tells how far it goes."""


_FARTHEST = sys.float_info.max / 4
"""As far as an axis goes to either side: what lies between two ends is a float."""


class OnData(NamedTuple):
    """Where the units of data lie.

    Attributes:
        result: What ``compute`` returns for them with the last curve's parameters.
        units: How many count.
        edges: The ends of the bins.
        counts: How many are in each bin.
        outside: How many are in none.
        shares: Which part of the loss of the last curve is in each bin; None where it may be negative.
        outside_share: Which part is in none.
    """

    result: Result
    units: int
    edges: list[float]
    counts: list[int]
    outside: int
    shares: list[float] | None
    outside_share: float | None


def lying(
    inputs: Opened,
    setting: Setting,
    axis: Axis,
    ends: tuple[float, float] | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> OnData:
    """Where units lie.

    Args:
        inputs: What they are made of.
        setting: Whose loss they have.
        axis: Where they lie on.
        ends: How far that is shown; by default as far as most of them go.
        progress: Told how far a pass is.

    Raises:
        losscli.LossCLIError: They have no place on the axis, or cannot be computed.
    """
    from losscli.engine.observers.along import BINS as OBSERVED
    from losscli.engine.observers.along import Bins, Sampled
    from losscli.engine.request import Wanted

    of_data = axis.of_data
    if of_data is None:
        name = setting.loss.name
        raise UsageError(f"{name}: data have no place on the axis {axis.name}.", f"losscli curve {name} draws it.")
    if ends is None:
        reach = inputs.compute([setting], Wanted(progress=progress, observers=(Sampled(_X, of_data),)))
        ends = _ends_of(axis, reach.outcomes[0].observed[_X])
    edges = np.linspace(*ends, BINS + 1)
    found = inputs.compute([setting], Wanted(progress=progress, observers=(Bins(of_data, edges),)))
    (result,), (outcome,) = found.results, found.outcomes
    binned = outcome.observed[OBSERVED]
    units = sum(binned.counts) + binned.outside
    sums = binned.sums[0] if binned.sums else []
    total = outcome.sums.numerator
    sound = sums and min(sums) >= 0 and 0 < total < math.inf
    shares = [part / total for part in sums] if sound else None
    outside = None if shares is None else shares.pop()
    return OnData(result, units, edges.tolist(), binned.counts, binned.outside, shares, outside)


def _ends_of(axis: Axis, x: Numbers) -> tuple[float, float]:
    """How far the axis goes to show the data."""
    if all(map(math.isfinite, (axis.domain.low, axis.domain.high))) or not len(x):
        return axis.low, axis.high
    low, high = (max(-_FARTHEST, min(end, _FARTHEST)) for end in quantiles(x, _ENDS))
    if axis.symmetric:
        high = max(abs(low), abs(high))
        low = -high
    if not low < high:
        low, high = low - 1.0, high + 1.0
    return low, high

"""Statistics of blocks merged to that of the whole set, in block order, and what it comes to."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.reduce import Sums, fsum, sums_of, value_from
from losscli.engine.units import added, on_host
from losscli.spec.units import Moments, Statistic, Units

if TYPE_CHECKING:
    from losscli.backends.base import Backend
    from losscli.engine.prepare import Prepared, PreparedJob


def finished(run: Prepared, prepared: PreparedJob, statistic: Statistic) -> tuple[Units, Sums]:
    """What a loss makes of a statistic: its units, and what they add up to."""
    backend = run.backend
    placed = statistic.map(lambda host: _placed(backend, host))
    with np.errstate(all="ignore"), backend.block():  # a backend may know nothing of NumPy's warnings
        arguments = {"xp": backend.xp, "statistic": placed, **prepared.constants, **prepared.parameters}
        units = on_host(prepared.loss.ask("finish", arguments), backend.numpy)
        values, counts = added(units, run.request.options.reduction), units.counts
        return units, sums_of(values.reshape(-1), counts, counts.share, counts.ignored, 1)


def loss_of(run: Prepared, prepared: PreparedJob, statistic: Statistic) -> float:
    """What a loss comes to, from the statistic of the whole set."""
    _, sums = finished(run, prepared, statistic)
    if run.request.options.reduction == "sum":
        return sums.numerator
    return value_from(prepared.job, sums.numerator, sums.denominator)


def _placed(backend: Backend, host: NDArray[Any]) -> Any:
    # Labels and counts are no real numbers: as floats, large ones would merge with their neighbours.
    return backend.labels(host) if host.dtype.kind in "biu" else backend.array(host)


def merge_statistics(parts: list[Statistic]) -> Statistic:
    """The statistic of all blocks, from those of each in order; arrays as float64 or whole numbers."""
    first = parts[0]
    sums = {name: _add([p.sums[name] for p in parts]) for name in first.sums}
    gathered = {name: np.concatenate([p.gathered[name] for p in parts]) for name in first.gathered}
    with np.errstate(all="ignore"):  # what comes out is looked at
        moments = {name: reduce(_together, [_wide(p.moments[name]) for p in parts]) for name in first.moments}
    return Statistic(sums, gathered, moments)


def _add(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    stacked = np.stack(arrays)
    if stacked.dtype.kind in "biu":  # counts, which stay whole
        return np.asarray(np.add.reduce(stacked, axis=0, dtype=np.int64))
    stacked = stacked.astype(np.float64)
    columns = stacked.reshape(len(arrays), -1).T.tolist()
    return np.array([fsum(column) for column in columns]).reshape(stacked.shape[1:])


def _wide(one: Moments) -> Moments:
    return Moments(one.size, *(np.asarray(part, np.float64) for part in one[1:]))


def _together(a: Moments, b: Moments) -> Moments:
    # The means are nearly alike and their difference exact, so that an offset of the data costs no digits.
    count = a.size + b.size
    apart = (b.mean - a.mean) + (b.rest - a.rest)
    rest = a.rest + apart * (b.size / count)
    products = a.products + b.products + np.multiply.outer(apart, apart) * (a.size * b.size / count)
    return Moments(count, a.mean, rest, products)

"""Losses that are one number for the whole set: a quantile by order statistics, what adds up by leaving groups out."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.intervals import ALL, Found, Way
from losscli.engine.intervals.ends import Ends
from losscli.engine.parted import Parted
from losscli.engine.statistics import loss_of, merge_statistics
from losscli.errors import UsageError
from losscli.spec.units import Statistic
from losscli.stats import order
from losscli.stats.confidence import Confidence
from losscli.stats.interval import interval
from losscli.stats.jackknife import GROUPS, groups_of, jackknife

if TYPE_CHECKING:
    from losscli.engine.observers import Values
    from losscli.engine.outcome import Ended, Outcome
    from losscli.engine.parted import Names
    from losscli.engine.rows import Block

COMPARED = "every sample is compared with all others"


class Quantile(Way[list[Any], Found]):
    """A quantile of one number a sample, or of several: the interval is between two of them.

    Args:
        ends: What was asked for.
    """

    def __init__(self, ends: Ends) -> None:
        self._ends = ends

    def take(self, block: Block, one: Values, parted: Parted | None) -> list[Any]:
        return [] if block.cluster is None else [block.used(block.cluster)]

    def merge(self, parts: Sequence[list[Any]]) -> list[Any]:
        return [names for part in parts for names in part]

    def finish(self, part: list[Any], ended: Ended, outcome: Outcome) -> Mapping[Names, Found]:
        (values,) = merge_statistics(outcome.sums.statistics).gathered.values()
        values = values.reshape(len(values), -1).astype(np.float64, copy=False)
        units, codes = self._units(part, values)
        share = outcome.job.loss.quantile
        assert share is not None
        flat = values.reshape(-1)
        made = Confidence(self._ends.level, None, None, None, None, units, self._ends.unit, "order")
        if np.isnan(flat).any():
            return {ALL: Found(made._replace(why_not="NaN values"))}
        if units == len(flat):
            found = order.interval(flat, share, self._ends.level)
        else:
            found = order.interval_of_units(flat, codes, share, self._ends.level)
            made = made._replace(method="order-of-units")
        if found is None:
            return {ALL: Found(made._replace(why_not="one unit" if units == 1 else "too few units"))}
        if not np.isfinite(found).all():
            return {ALL: Found(made._replace(why_not="infinite values"))}
        return {ALL: Found(made._replace(low=found[0], high=found[1]))}

    def _units(self, names: list[Any], values: NDArray[Any]) -> tuple[int, NDArray[Any]]:
        """How many units there are, and the unit of each value."""
        if not names:
            return len(values), np.repeat(np.arange(len(values)), values.shape[1])
        parted = Parted([np.concatenate(names)])
        return len(parted.names), np.repeat(parted.codes, values.shape[1])


class Parts(NamedTuple):
    """The statistics of each group of samples, and the clusters that came up, if clusters are the units."""

    groups: dict[int, list[Statistic]]
    clusters: frozenset[str]


class LeftOut(Way[Parts, Found]):
    """A loss whose statistic adds up: its spread is that of the values with a group of samples left out.

    Args:
        ends: What was asked for.
    """

    def __init__(self, ends: Ends) -> None:
        self._ends = ends

    def take(self, block: Block, one: Values, parted: Parted | None) -> Parts:
        assert one.again is not None
        names = None if block.cluster is None else block.used(block.cluster)
        codes = groups_of(block.samples) if names is None else _group_of_clusters(names)
        groups = {code: [one.again(codes == code)] for code in np.unique(codes).tolist()}
        return Parts(groups, frozenset() if names is None else frozenset(names.tolist()))

    def merge(self, parts: Sequence[Parts]) -> Parts:
        found: dict[int, list[Statistic]] = {}
        for part in parts:
            for code, statistics in part.groups.items():
                found[code] = [*found.get(code, []), *statistics]
        return Parts(found, frozenset().union(*(part.clusters for part in parts)))

    def finish(self, part: Parts, ended: Ended, outcome: Outcome) -> Mapping[Names, Found]:
        run, place = ended.prepared, ended.outcomes.index(outcome)
        each = [merge_statistics(part.groups[code]) for code in sorted(part.groups)]

        def value(statistics: list[Statistic]) -> float:
            return loss_of(run, run.jobs[place], merge_statistics(statistics))

        without = [value([*each[:i], *each[i + 1 :]]) for i in range(len(each))] if len(each) > 1 else [0.0]
        about = jackknife(value(each), without)
        low, high = interval(about, self._ends.level, "t")
        units = len(part.clusters) or outcome.sums.samples
        made = Confidence(self._ends.level, low, high, None, None, units, self._ends.unit, "jackknife")
        if about.why_not:
            return {ALL: Found(made._replace(why_not=about.why_not))}
        return {ALL: Found(made._replace(se=about.se, df=about.df))}


class NoWay(Way[None, Found]):
    """A loss that compares samples with one another: it is refused where nothing else is computed.

    Args:
        ends: What was asked for.
        alone: Whether it is the only loss.
    """

    def __init__(self, ends: Ends, alone: bool) -> None:
        self._ends, self._alone = ends, alone

    def take(self, block: Block, one: Values, parted: Parted | None) -> None:
        if self._alone:
            raise UsageError(
                f"{one.job.loss.name} compares every sample with all others: rows cannot be resampled, and it has no"
                " interval.",
                "leave --ci out; the spread between runs tells how sure such a number is.",
            )

    def merge(self, parts: Sequence[None]) -> None:
        return None

    def finish(self, part: None, ended: Ended, outcome: Outcome) -> Mapping[Names, Found]:
        none = Confidence(
            self._ends.level, None, None, None, None, outcome.sums.samples, self._ends.unit, "", why_not=COMPARED
        )
        return {ALL: Found(none)}


def _group_of_clusters(names: NDArray[Any]) -> NDArray[np.int64]:
    """The group of each sample, the same for all of a cluster, on every machine."""
    return np.array([zlib.crc32(name.encode("utf-8", "surrogatepass")) % GROUPS for name in names.tolist()], np.int64)

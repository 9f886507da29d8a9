"""How sure each loss is: an interval of its value, and of that of each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli.engine.intervals import ALL, Found, Way
from losscli.engine.intervals.doubts import doubts, shared_ids
from losscli.engine.intervals.ends import Ends, refuse_too_few
from losscli.engine.observers import Observer, Values
from losscli.engine.parted import Parted
from losscli.stats.confidence import Confidence

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.parted import Names
    from losscli.engine.plan import Job, Plan
    from losscli.engine.request import Request
    from losscli.engine.rows import Block
    from losscli.knobs.options import Options
    from losscli.spec.units import Statistic


class Part(NamedTuple):
    """What is taken of some blocks.

    Attributes:
        losses: Of each loss, by the name of the way that it goes; nothing where every sample was omitted.
        samples: How many samples they hold.
        ids: The values of what may be an id.
    """

    losses: list[dict[str, Any]]
    samples: int
    ids: frozenset[str]


class Intervals(Observer[Part]):
    """Takes the units of every loss, and makes intervals of them.

    Args:
        jobs: The losses.
        options: What was asked for.
        cut: Whether samples are cut into tiles.
    """

    def __init__(self, jobs: Sequence[Job], options: Options, cut: bool) -> None:
        self._options, self._alone = options, len(jobs) == 1
        self._ends = [Ends.asked(job.loss, options) for job in jobs]
        self._sums = [_way(ends, options, cut) for ends in self._ends]
        self.sums_only = cut

    def take(self, block: Block, losses: Sequence[Values]) -> Part:
        ids = frozenset[str]() if block.ids is None else frozenset(block.used(block.ids).tolist())
        parted = block.parted if block.groups and block.count else None
        return Part([self._take(i, block, one, parted) for i, one in enumerate(losses)], block.count, ids)

    def _take(self, i: int, block: Block, one: Values, parted: Parted | None) -> dict[str, Any]:
        if not block.count:
            return {}
        name = _of_statistic(one.job, one.sums.statistics[0]) if one.sums.statistics else "sums"
        return {name: self._of(i, name).take(block, one, parted)}

    def _of(self, i: int, name: str) -> Way[Any, Found]:
        """The way that a loss goes."""
        if name == "sums":
            return self._sums[i]
        from losscli.engine.intervals import whole

        if name == "quantile":
            return whole.Quantile(self._ends[i])
        return whole.LeftOut(self._ends[i]) if name == "left out" else whole.NoWay(self._ends[i], self._alone)

    def merge(self, parts: Sequence[Part]) -> Part:
        losses = [self._merge(i, [part.losses[i] for part in parts]) for i in range(len(self._ends))]
        return Part(losses, sum(part.samples for part in parts), frozenset().union(*(part.ids for part in parts)))

    def _merge(self, i: int, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        names = dict.fromkeys(name for part in parts for name in part)
        return {name: self._of(i, name).merge([part[name] for part in parts if name in part]) for name in names}

    def finish(self, part: Part, ended: Ended) -> None:
        for i, outcome in enumerate(ended.outcomes):
            ends = self._ends[i]
            found: dict[Names, Found] = {}
            for name, mine in part.losses[i].items():
                found |= self._of(i, name).finish(mine, ended, outcome)
            outcome.observed["intervals"] = {names: one.confidence for names, one in found.items()} or {
                ALL: Confidence(ends.level, None, None, None, None, 0, ends.unit, "", why_not="no units")
            }
            outcome.findings.extend(doubts(outcome.job.loss.name, found))
            outcome.findings.extend(shared_ids(ended.prepared.request.beside.ids, part.samples, len(part.ids)))


class DrawnIntervals(Intervals):
    """The same, where units are drawn anew: they are put together where the run was asked for."""

    def deliver(self, part: Part) -> Part:
        for way, mine in zip(self._sums, part.losses, strict=True):
            if "sums" in mine:
                mine["sums"] = way.deliver(mine["sums"])
        return part


def intervals_of(plan: Plan, request: Request) -> Intervals:
    """What makes the intervals that a request asks for.

    Raises:
        UsageError: There are too few resamples for the level.
    """
    options = request.options
    drawn = options.ci_method in ("percentile", "bca")
    if drawn:
        refuse_too_few(options, options.ci)
    kind = DrawnIntervals if drawn and options.cluster is None and not plan.cut else Intervals
    return kind(plan.jobs, options, bool(plan.cut))


def _way(ends: Ends, options: Options, cut: bool) -> Way[Any, Found]:
    """The way of a loss that is a sum over samples."""
    if options.cluster is not None:
        from losscli.engine.intervals.clusters import Clusters

        return Clusters(ends)
    if ends.resamples_units and not cut:
        from losscli.engine.intervals.drawn import DrawnSamples

        return DrawnSamples(ends)
    from losscli.engine.intervals.samples import CutSamples, Samples

    return CutSamples(ends) if cut else Samples(ends)


def _of_statistic(job: Job, statistic: Statistic) -> str:
    """The name of the way of a loss that is no sum over samples."""
    if job.loss.quantile is not None:
        return "quantile"
    return "no way" if statistic.gathered else "left out"

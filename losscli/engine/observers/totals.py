"""The sums that a loss is computed from; of a loss that is no sum, its statistic and what that comes to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from losscli.engine.observers import ByLoss, Values
from losscli.engine.reduce import Sums, merge_sums
from losscli.engine.units import added
from losscli.errors import DataError, Finding

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended, Outcome
    from losscli.engine.plan import Job
    from losscli.engine.prepare import Prepared, PreparedJob
    from losscli.engine.rows import Block


class Totals(ByLoss[Sums]):
    """The sums of every loss."""

    sums_only = True

    def of(self, block: Block, number: int, one: Values) -> Sums:
        return one.sums

    def merge(self, parts: Sequence[list[Sums]]) -> list[Sums]:
        return [merge_sums(each) for each in zip(*parts, strict=True)]

    def finish(self, part: list[Sums], ended: Ended) -> None:
        for sums, prepared, outcome in zip(part, ended.prepared.jobs, ended.outcomes, strict=True):
            sums.samples //= ended.prepared.plan.cut or 1
            outcome.sums = sums
            if ended.prepared.request.wanted.only:  # which are not all there are
                continue
            _refuse_too_few(ended, outcome.job, sums.samples)
            if sums.statistics:
                _finish(ended.prepared, prepared, outcome)
                outcome.findings.extend(_without(ended, outcome.job))


def _refuse_too_few(ended: Ended, job: Job, samples: int) -> None:
    """What held for all samples must hold for those that are left after ``nan="omit"``."""
    plan = ended.prepared.plan
    if samples == plan.samples or plan.cut:
        return
    without = "" if samples == ended.samples else "without the samples omitted, "
    if samples == 0:
        message = f"{job.loss.name}: every sample holds NaN or a missing value and was omitted."
        raise DataError(message, "--nan propagate computes anyway.")
    complaint = job.complaint(samples)
    if complaint:
        raise DataError(f"{job.loss.name}: {without}{complaint[0]}", complaint[1])


def _finish(run: Prepared, prepared: PreparedJob, outcome: Outcome) -> None:
    from losscli.engine.statistics import finished, merge_statistics

    units, sums = finished(run, prepared, merge_statistics(outcome.sums.statistics))
    outcome.units, counts = units.values, units.counts
    outcome.sums.terms, outcome.sums.counted, outcome.sums.of = sums.terms, sums.counted, sums.of
    outcome.sums.ignored, outcome.sums.clamped = sums.ignored, sums.clamped
    if prepared.loss.by_sample and not outcome.sums.omitted:
        from losscli.engine.samples import with_status

        reduction = run.request.options.reduction
        values = added(units, reduction)
        rows = len(values)
        ignored = None if counts.ignored is None else counts.ignored.reshape(rows, -1)
        outcome.by_sample = with_status(outcome.job, values.reshape(rows, -1), ignored, reduction)


def _without(ended: Ended, job: Job) -> list[Finding]:
    """What is said of a loss for the whole set in the company of losses that have groups or weights."""
    lacks = ended.prepared.request.beside.parts
    if not lacks:
        return []
    return [
        Finding(
            "L304",
            f"{job.loss.name} is one number for the whole set and has {lacks}: it was computed without.",
            "ask for it alone, or leave it out.",
        )
    ]

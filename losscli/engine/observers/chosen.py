"""Which observers a request asks for; each is imported only where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from losscli.engine.observers import Observer
from losscli.engine.observers.totals import Totals

if TYPE_CHECKING:
    from losscli.backends.base import Backend
    from losscli.engine.plan import Plan
    from losscli.engine.request import Request


def observers_of(plan: Plan, backend: Backend, request: Request) -> tuple[Observer[Any], ...]:
    """What looks at values as they pass, as the request has it."""
    found: list[Observer[Any]] = [Totals()]
    wanted = request.wanted
    if request.beside.groups:
        from losscli.engine.observers.groups import Groups

        found.append(Groups())
    if request.options.reduction == "none":
        from losscli.engine.collect import Memory
        from losscli.engine.observers.unreduced import Unreduced

        found.append(Unreduced(plan.jobs, [backend.dtype_of(job.loss) for job in plan.jobs], wanted.sink or Memory))
    if request.options.ci is not None:
        from losscli.engine.observers.intervals import intervals_of

        found.append(intervals_of(plan, request))
    if wanted.selection is not None or wanted.samples is not None:
        found.extend(_of_samples(plan, request))
    if wanted.gradients is not None:
        from losscli.engine.observers.gradients import Slopes

        slopes = [Slopes(plan, number, backend, request, wanted.gradients) for number in range(len(plan.jobs))]
        found.extend(slopes)
        if wanted.gradients.check:
            from losscli.engine.observers.checked import Checked

            found.append(Checked(plan, [one.wrt[number] for number, one in enumerate(slopes)]))
    return (*found, *wanted.observers)


def _of_samples(plan: Plan, request: Request) -> list[Observer[Any]]:
    """What sees to per-sample losses: written as they come where they can be, else selected."""
    options, wanted = request.options, request.wanted
    # Values that exist only once every block was seen cannot be selected on the way.
    late = any(job.loss.by_sample for job in plan.jobs)
    if wanted.samples is not None and not late and not plan.cut:
        from losscli.engine.observers.written import Written

        names, kept = [job.loss.name for job in plan.jobs], [column.label for column in request.beside.keep]
        skips = options.omits or any(job.ignores for job in plan.jobs)
        return [Written(wanted.samples(names, kept, skips, plan.samples), options.reduction)]
    if wanted.selection is None:
        return []
    if plan.cut:
        from losscli.engine.observers.tiles import Tiles

        return [Tiles(wanted.selection, options.reduction)]
    from losscli.engine.observers.per_sample import LatePerSample, PerSample

    key = next((i for i, job in enumerate(plan.jobs) if not job.loss.whole or job.loss.by_sample), 0)
    if late:
        return [LatePerSample(wanted.selection, options.reduction, key)]
    if wanted.selection.of_groups:
        from losscli.engine.observers.worst_of_groups import WorstOfGroups

        return [WorstOfGroups(wanted.selection.top, options.reduction, key, options.label_base)]
    return [PerSample(wanted.selection, options.reduction, key, options.label_base)]

"""A plan carried out: prepared, its blocks shared out to an executor, their partials merged and finished."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from losscli.backends.base import Backend
from losscli.engine.block import compute, deliver, session
from losscli.engine.checks import Violation
from losscli.engine.finish import finish
from losscli.engine.observers import Observer
from losscli.engine.observers.totals import Totals
from losscli.engine.outcome import Outcome
from losscli.engine.partial import Partial, merge
from losscli.engine.plan import Plan
from losscli.engine.prepare import Prepared
from losscli.engine.request import Request
from losscli.errors import DataError
from losscli.executors import Task
from losscli.inputs.pairing import Unpaired

_THREADS_FROM_BYTES = 16_000_000
"""Below this a second thread saves next to nothing."""


def execute(plan: Plan, backend: Backend, request: Request) -> list[Outcome]:
    """Run a plan.

    Raises:
        DataError: An input holds what its loss cannot take.
        ShapeError: A stream turned out longer or shorter than the others.
    """
    if plan.oversized and request.options.nan != "omit" and not request.beside.any:  # which need whole samples
        from losscli.engine.tiles import cut

        plan = cut(plan)
    with backend.running():
        prepared = Prepared(plan, backend, request, _observers(plan, backend, request))
        try:
            return finish(prepared, _all_blocks(prepared))
        except Violation as violation:
            raise _diagnosed(prepared, violation) from None
        except Unpaired as unpaired:
            raise unpaired.explained() from None


def _all_blocks(prepared: Prepared) -> Partial:
    rows = prepared.rows
    in_turn = rows.in_order or any(observer.in_order for observer in prepared.observers)
    if not in_turn:
        rows.refuse_more(prepared.plan.samples)
    found = _in_turn(prepared) if in_turn else _in_threads(prepared)
    if in_turn:
        rows.refuse_more(found.rows)
    if not found.rows:
        raise DataError(f"{rows.sources[0].name}: holds no rows.")
    return found


def _in_turn(prepared: Prepared) -> Partial:
    from losscli.executors.ordered import in_order

    for source in prepared.rows.sources:
        source.begin()
    found: Partial = in_order(_task(prepared))
    return found


def _in_threads(prepared: Prepared) -> Partial:
    from losscli.executors.threads import in_threads

    found: Partial = in_threads(_task(prepared), prepared.request.options.threads or _default_threads(prepared.plan))
    return found


def _task(prepared: Prepared) -> Task:
    return Task(
        partial(compute, prepared),
        partial(deliver, prepared),
        partial(merge, prepared),
        prepared.plan.blocks(),
        partial(session, prepared),
        _whole,
    )


def _whole(place: tuple[int, int], part: Partial) -> bool:
    return part.rows == place[1] - place[0]


def _default_threads(plan: Plan) -> int:
    if sum(s.nbytes for s in plan.sources) < _THREADS_FROM_BYTES:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _diagnosed(prepared: Prepared, violation: Violation) -> DataError:
    from losscli.engine.diagnose import diagnose

    job = next(one for one in prepared.jobs if one.job.loss.name == violation.loss)
    inspector = job.inspectors[violation.role]
    bound = inspector.bound
    whole = [(0, bound.source.rows)] if bound.unbatched and bound.source else prepared.plan.blocks()
    return diagnose(inspector, whole)


def _observers(plan: Plan, backend: Backend, request: Request) -> tuple[Observer[Any], ...]:
    """What looks at values as they pass, as the request has it."""
    found: list[Observer[Any]] = [Totals()]
    wanted = request.wanted
    if request.beside.groups:
        from losscli.engine.observers.groups import Groups

        found.append(Groups())
    if request.options.reduction == "none":
        from losscli.engine.collect import Memory
        from losscli.engine.observers.units import Units

        found.append(Units(plan.jobs, [backend.dtype_of(job.loss) for job in plan.jobs], wanted.sink or Memory))
    if wanted.selection is not None or wanted.samples is not None:
        found.extend(_of_samples(plan, request))
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
    from losscli.engine.observers.table import LateTable, Table

    key = next((i for i, job in enumerate(plan.jobs) if not job.loss.whole), 0)
    return [(LateTable if late else Table)(wanted.selection, options.reduction, key)]

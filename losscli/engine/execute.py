"""A plan carried out: prepared, its blocks shared out to an executor, their partials merged and finished."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from losscli.backends.base import Backend
from losscli.engine.block import compute, deliver, session
from losscli.engine.checks import Violation
from losscli.engine.finish import finish
from losscli.engine.observers.chosen import observers_of
from losscli.engine.outcome import Outcome
from losscli.engine.partial import Partial, merge
from losscli.engine.plan import Plan
from losscli.engine.prepare import Prepared
from losscli.engine.request import Request
from losscli.errors import DataError, UsageError
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
    if request.wanted.gradients is not None and backend.autograd and any(job.loss.whole for job in plan.jobs):
        plan = replace(plan, whole=True)  # derivatives reach from each sample to every other
    elif plan.oversized and not _needs_whole_samples(request):
        from losscli.engine.tiles import cut

        plan = cut(plan)
    with backend.running():
        prepared = Prepared(plan, backend, request, observers_of(plan, backend, request))
        try:
            return finish(prepared, _all_blocks(prepared))
        except Violation as violation:
            raise _diagnosed(prepared, violation) from None
        except Unpaired as unpaired:
            raise unpaired.explained() from None


def _needs_whole_samples(request: Request) -> bool:
    looks = any(observer.whole_samples for observer in request.wanted.observers)
    return looks or request.options.nan == "omit" or request.beside.any


def _all_blocks(prepared: Prepared) -> Partial:
    rows = prepared.rows
    in_turn = rows.in_order or any(observer.in_order for observer in prepared.observers)
    if not in_turn:
        _refuse_beyond(prepared)
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
    found: Partial = in_order(_task(prepared, prepared.plan.blocks()))
    return found


def _in_threads(prepared: Prepared) -> Partial:
    from losscli.executors.threads import in_threads

    only = prepared.request.wanted.only
    places = (at for at in prepared.plan.blocks() if not only or any(at[0] <= number < at[1] for number in only))
    found: Partial = in_threads(
        _task(prepared, places), prepared.request.options.threads or _default_threads(prepared.plan)
    )
    return found


def _refuse_beyond(prepared: Prepared) -> None:
    last = prepared.plan.samples - 1
    beyond = next((number for number in prepared.request.wanted.only if number > last), None)
    if beyond is not None:
        raise no_sample(beyond, last)


def no_sample(number: int, last: int) -> UsageError:
    """The error for a sample that is not there."""
    return UsageError(f"there is no sample {number}.", f"they are numbered from 0 to {last}.")


def _task(prepared: Prepared, places: Iterator[tuple[int, int]]) -> Task:
    return Task(
        partial(compute, prepared),
        partial(deliver, prepared),
        partial(merge, prepared),
        places,
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

    watching = (job.inspectors.get(violation.role) for job in prepared.jobs if job.loss.name == violation.loss)
    inspector = next(one for one in watching if one is not None and one.bound.number == violation.number)
    bound = inspector.bound
    whole = [(0, bound.source.rows)] if bound.unbatched and bound.source else prepared.plan.blocks()
    return diagnose(inspector, whole)

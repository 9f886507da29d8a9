"""From opened inputs to outcomes: the part that all that computes has in common, whatever it makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from losscli.errors import ShapeError
from losscli.records import NamedTuple

if TYPE_CHECKING:
    from losscli.backends.base import Backend
    from losscli.data.source import Source
    from losscli.engine.outcome import Outcome
    from losscli.engine.plan import Plan
    from losscli.engine.request import Request
    from losscli.inputs.beside import Beside
    from losscli.inputs.files import Files
    from losscli.spec.loss import Loss

    Work = tuple[Loss, dict[str, Any], dict[str, Source]]


def as_each_takes(chosen: list[Loss], sources: dict[str, Source], pred_is: str | None) -> list[dict[str, Source]]:
    """The sources of each loss; they part where a prediction is to be converted to what each takes."""
    if pred_is is None:
        return [sources] * len(chosen)
    from losscli.inputs.spaces import as_wanted

    return as_wanted(chosen, sources, pred_is)


class Done(NamedTuple):
    """What was carried out: the plan, what computed it, and what each of its jobs came to."""

    plan: Plan
    backend: Backend
    outcomes: list[Outcome]


def carried_out(
    files: Files, engine: type[Backend], jobs: Sequence[Work], request: Request, temperatures: Sequence[float] = ()
) -> Done:
    """Plan jobs on opened inputs and compute them in one pass.

    Args:
        files: The files that the inputs are of, which must not change meanwhile.
        engine: What computes.
        jobs: A loss, its parameters, and its sources by the names of its inputs, for each job.
        request: What is asked for.
        temperatures: What the logits of each job are divided by; by default nothing is.
    """
    from losscli.engine.execute import execute

    plan = _planned(jobs, request.beside)
    if temperatures:
        plan.jobs = [job._replace(temperature=t) for job, t in zip(plan.jobs, temperatures, strict=True)]
    backend = engine(request.options.device, _arithmetic(request.options.dtype, plan))
    try:
        outcomes = execute(plan, backend, request)
    finally:
        files.refuse_changed()  # which also explains rows that do not fit all at once
    return Done(plan, backend, outcomes)


COLUMNS = "columns"
"""Under which :attr:`Outcome.observed` has what each column comes to, by its name."""


def add_columns(
    files: Files, engine: type[Backend], jobs: Sequence[Work], request: Request, outcomes: Sequence[Outcome]
) -> None:
    """Compute what each loss comes to on each column of its inputs alone, and leave it with its outcome.

    Raises:
        ShapeError: Its inputs have no columns, or a column of them is none of its inputs.
    """
    from losscli.engine.request import Wanted

    alone = request._replace(wanted=Wanted())
    for job, outcome in zip(jobs, outcomes, strict=True):
        names, parted = _by_column(job)
        # A stream is read in order: a column at a time.
        streams = any(source.sequential for source in job[2].values())
        passes = [[one] for one in parted] if streams else [parted]
        found = [one for some in passes for one in carried_out(files, engine, some, alone).outcomes]
        outcome.observed[COLUMNS] = dict(zip(names, found, strict=True))


def _by_column(job: Work) -> tuple[list[str], list[Work]]:
    """The columns of the first input by name, and the loss on each."""
    from losscli.inputs.views import OneColumn

    loss, parameters, sources = job
    taken = {role.name: role for role in loss.inputs if role.name in sources}
    odd = next((role for role in taken.values() if role.shape != "(*)"), None)
    if odd is not None:
        raise ShapeError(f"{loss.name} has no loss of each column: it takes {odd.name} as {odd.shape}.")
    first = sources[loss.inputs[0].name]
    if any(len(sources[name].shape) != 2 or sources[name].row_shape != first.row_shape for name in taken):
        shapes = ", ".join(f"{name} {sources[name].shape}" for name in taken)
        raise ShapeError(f"{loss.name}: there are no columns to part: {shapes}.", "columns are those of tables.")
    width = first.row_shape[0]
    names = list(first.columns) if len(set(first.columns)) == width else [str(i) for i in range(width)]
    parted: list[Work] = [
        (loss, parameters, {name: OneColumn(sources[name], i) for name in taken}) for i in range(width)
    ]
    return names, parted


def _planned(jobs: Sequence[Work], beside: Beside) -> Plan:
    from losscli.engine.binding import make_plan

    try:
        return make_plan(list(jobs))
    except ShapeError:
        from losscli.inputs.pairing import compare

        compare(beside.pairs)  # which says more, if keys tell where the rows part
        raise


def _arithmetic(dtype: str, plan: Plan) -> str:
    """The dtype of values; the inputs' own is the widest of their real numbers', labels have none."""
    if dtype != "native":
        return dtype
    import numpy as np

    sources = [b.source for job in plan.jobs for b in job.inputs if b.source and b.kind.dtype == "real"]
    floats = [s.own_dtype for s in sources if s.own_dtype.kind == "f"]
    widest = np.result_type(*floats) if floats else np.dtype(np.float64)
    return str(min(widest, np.dtype(np.float64), key=lambda d: d.itemsize))

"""After the last block: sums merged, statistics finished, per-sample values selected."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from losscli.backends.base import Backend
from losscli.data.source import UNKNOWN_ROWS
from losscli.engine.collect import Samples, SampleTable, Sink
from losscli.engine.groups import GroupCodes, GroupSums
from losscli.engine.plan import Job, Plan
from losscli.engine.prepare import Request, Running
from losscli.engine.reduce import Partial, counted, fsum, merge, partial
from losscli.engine.split import join
from losscli.errors import DataError, Finding
from losscli.spec.loss import Counts


class Loop(Protocol):
    """The run that is over: what was asked for, and what was kept of it."""

    plan: Plan
    samples: int
    backend: Backend
    request: Request
    running: list[Running]
    table: SampleTable | None
    late: bool
    groups: GroupCodes


class Group(NamedTuple):
    """The samples that share their values in the columns they were grouped by."""

    names: tuple[str, ...]
    numerator: float
    denominator: float
    samples: int


@dataclass(eq=False, repr=False)
class Outcome:
    """Everything one loss's run produced."""

    job: Job
    sums: Partial
    omitted: int = 0
    units: NDArray[Any] | None = None
    sink: Sink | None = None
    samples: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]] | None = None
    texts: dict[str, NDArray[Any]] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    remarks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    infinite_inputs: bool = False


def outcomes(run: Loop, parts: list[list[tuple[Partial, int]]]) -> list[Outcome]:
    """Merge the blocks of every loss and finish those that are no sums."""
    found = []
    for i, running in enumerate(run.running):
        sums = merge([block[i][0] for block in parts])
        sums.samples //= run.plan.cut or 1
        _refuse_too_few(run, running.job, sums.samples)
        one = Outcome(running.job, sums, sum(block[i][1] for block in parts), sink=running.sink)
        if sums.groups is not None:
            one.groups = _groups(run, sums.groups)
        # A weight of known length ends the plan's samples, not the shape that the sink was made for.
        if running.sink is not None and running.job.result_shape[:1] >= (UNKNOWN_ROWS,):
            running.sink.close(run.samples)
        if sums.statistic is not None:
            _finish(run, one, running)
            one.findings.extend(_without(run, running.job))
        one.findings.extend(f for w in running.inspectors.values() for f in w.findings())
        one.findings.extend(running.together.findings() if running.together is not None else ())
        one.infinite_inputs = any(w.infinite for w in running.inspectors.values())
        one.remarks = {role: w.remarks() for role, w in running.inspectors.items()}
        found.append(one)
    if run.plan.cut and run.request.selection is not None:
        _attach(run, found, _select(run, *_joined(run, parts), []))
    elif run.table is not None:
        _attach(run, found, _select_late(run, found, run.table) if run.late else run.table.result())
    return found


def _without(run: Loop, job: Job) -> list[Finding]:
    """What is said of a loss for the whole set in the company of losses that have groups or weights."""
    lacks = run.request.beside.parts
    if not lacks:
        return []
    return [
        Finding(
            "L304",
            f"{job.loss.name} is one number for the whole set and has {lacks}: it was computed without.",
            "ask for it alone, or leave it out.",
        )
    ]


def _groups(run: Loop, sums: GroupSums) -> list[Group]:
    names = run.groups.names()
    found = [
        Group(names[code], fsum(sums.terms[code]), counted(sums.counted[code]), sums.samples[code])
        for code in sums.samples
    ]
    return sorted(found, key=lambda group: [_place(name) for name in group.names])


def _place(name: str) -> tuple[int, float, str]:
    """What is empty first, then numbers in their order, then words in theirs."""
    try:
        number = float(name)
    except ValueError:
        number = math.nan
    return (1, number, name) if math.isfinite(number) else (2 if name else 0, 0.0, name)


def _refuse_too_few(run: Loop, job: Job, samples: int) -> None:
    """What held for all samples must hold for those that are left after ``nan="omit"``."""
    if samples == run.plan.samples or run.plan.cut:
        return
    without = "" if samples == run.samples else "without the samples omitted, "
    if samples == 0:
        message = f"{job.loss.name}: every sample holds NaN or a missing value and was omitted."
        raise DataError(message, "--nan propagate computes anyway.")
    if job.loss.requires_hook is not None:
        shapes = {b.role.name: (samples, *b.row_shape) if b.streamed else b.row_shape for b in job.inputs if b.source}
        complaint = job.loss.requires_hook(shapes, **job.parameters)
        if complaint:
            raise DataError(f"{job.loss.name}: {without}{complaint[0]}", complaint[1])


def _finish(run: Loop, one: Outcome, running: Running) -> None:
    statistic, hook = one.sums.statistic, running.job.loss.finish_hook
    assert statistic is not None and hook is not None
    placed = statistic.map(lambda host: _placed(run.backend, host))
    with run.backend.block():
        one.units = run.backend.numpy(hook(run.backend.xp, placed, **running.parameters))
    sums = partial(one.units.reshape(-1), Counts(), None, None, 1)
    one.sums.terms, one.sums.counted = sums.terms, sums.counted
    one.sums.of = statistic.of


def _placed(backend: Backend, host: NDArray[Any]) -> Any:
    # Labels and counts are no real numbers: as floats, large ones would merge with their neighbours.
    return backend.labels(host) if host.dtype.kind in "biu" else backend.array(host)


def _attach(run: Loop, found: list[Outcome], samples: Samples) -> None:
    labels = [column.label for column in run.request.beside.keep]
    index, values, status, texts = samples
    for i, one in enumerate(found):
        column, loss = values[i], one.job.loss
        if one.units is None or (loss.per_sample_hook is not None and not one.omitted):
            one.samples = (index, column, status[i])
            one.texts = dict(zip(labels, texts, strict=True))


def _joined(run: Loop, parts: list[list[tuple[Partial, int]]]) -> tuple[NDArray[Any], NDArray[Any]]:
    samples = run.plan.samples // run.plan.cut
    each = [
        join([block[i][0] for block in parts], samples, run.plan.cut, run.request.reduction)
        for i in range(len(run.running))
    ]
    values = [running.of_mean(values) for running, (values, _) in zip(run.running, each, strict=True)]
    return np.stack(values), np.stack([status for _, status in each])


def _select_late(run: Loop, found: list[Outcome], table: SampleTable) -> Samples:
    """Select among values that are there only now, from finished units."""
    _, values, status, texts = table.result()
    for i, one in enumerate(found):
        hook = one.job.loss.per_sample_hook
        if one.units is not None and hook is not None and not one.omitted:
            values[i] = hook(np, one.units)
    return _select(run, values, status, texts)


def _select(run: Loop, values: NDArray[Any], status: NDArray[Any], texts: list[NDArray[Any]]) -> Samples:
    assert run.request.selection is not None
    chosen = SampleTable(run.request.selection, len(values), 0, len(texts))
    chosen.take(0, values, status, texts)
    return chosen.result()

"""What is there before the first block: the request, and each job with its constants on the backend."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.backends.base import Backend
from losscli.data.source import refuse_missing
from losscli.engine.arrays import Arrays
from losscli.engine.checks import IGNORED, Inspector, Seen, Violation
from losscli.engine.observers import ByLoss, Observer
from losscli.engine.plan import Bound, Job, Plan
from losscli.engine.request import Request
from losscli.engine.rows import Block, Rows
from losscli.engine.suspicions import of_pair
from losscli.engine.suspicions.together import Together
from losscli.records import NamedTuple
from losscli.spec.calls import names
from losscli.spec.loss import Loss
from losscli.spec.several import gathered


class PreparedJob(NamedTuple):
    """A job with what is made once for all of its blocks; none of it changes.

    Attributes:
        job: The loss, its inputs and its parameters.
        constants: Inputs that are read whole, and what the loss prepared, on the backend.
        parameters: The parameters as kernels take them.
        inspectors: What watches each input.
        together: What watches prediction and target, or None.
        seen: What the inputs look like that are read whole.
        by_class: The inputs given whose classes are axis 0 to kernels.
        wrt: The inputs whose gradients are looked at.
    """

    job: Job
    constants: dict[str, Any]
    parameters: dict[str, Any]
    inspectors: dict[str, Inspector]
    together: Together | None
    seen: dict[str, Seen]
    by_class: tuple[str, ...]
    wrt: tuple[str, ...] = ()

    @property
    def loss(self) -> Loss:
        """The loss."""
        return self.job.loss

    def arguments(self, inputs: list[Any], block: Block, backend: Backend) -> dict[str, Any]:
        """All that a kernel may name of a block: inputs, parameters, what was prepared, and which samples they are."""
        found = self.constants | self.parameters
        for bound, array in zip(self.job.inputs, inputs, strict=True):
            found[bound.role.name] = array
        if "samples" in names(self.loss.kernel):
            found["samples"] = backend.labels(block.samples)
        return dict(gathered(self.loss, found))


class Prepared:
    """A plan ready to be computed. It travels to other processes as its plan, and is prepared again there.

    Raises:
        DataError: An input that is read whole holds what it may not.
    """

    def __init__(self, plan: Plan, backend: Backend, request: Request, observers: tuple[Observer[Any], ...]) -> None:
        self.plan, self.backend, self.request, self.observers = plan, backend, request, observers
        self.sums_only = all(observer.sums_only for observer in observers)
        each = [observer for observer in observers if isinstance(observer, ByLoss)]
        self.by_loss = tuple(each) if len(each) == len(observers) else ()
        self.delivers = any(type(observer).deliver is not Observer.deliver for observer in observers)
        for observer in observers:
            observer.begin(plan)
        self.probing = [observer for observer in observers if type(observer).probe is not Observer.probe]
        wrt = [_wrt(observers, number) for number in range(len(plan.jobs))]
        self.rows = Rows(plan, request.beside, request.options.nan)
        self.arrays = Arrays(plan, backend, again=any(wrt))
        with backend.block():
            jobs = [prepare(job, backend, request, bool(plan.cut)) for job in plan.jobs]
        self.jobs = [ready._replace(wrt=names) for ready, names in zip(jobs, wrt, strict=True)]

    def __reduce__(self) -> tuple[Any, ...]:
        return Prepared, (self.plan, self.backend, self.request.elsewhere, self.observers)


def _wrt(observers: tuple[Observer[Any], ...], number: int) -> tuple[str, ...]:
    """The inputs of a loss whose gradients some observer looks at."""
    return tuple(dict.fromkeys(name for observer in observers for name in observer.wrt.get(number, ())))


def prepare(job: Job, backend: Backend, request: Request, cut: bool) -> PreparedJob:
    """Put a job's constants on the backend: array parameters, and inputs that are read whole."""
    placed = {n: _constant(backend, np.asarray(value)) for n, value in job.arrays.items() if value is not None}
    parameters = job.parameters | placed
    given = [b for b in job.inputs if b.source is not None]
    watchers = {b.role.name: _inspector(b, job, request) for b in given}
    for watcher in watchers.values():
        if watcher.label_base and watcher.kind.ignorable in parameters:
            parameters[watcher.kind.ignorable] = IGNORED
    whole = {b.role.name: _whole(b, watchers[b.role.name], backend) for b in given if not b.streamed}
    constants = {name: array for name, (array, _) in whole.items()}
    constants |= _made(job, constants, backend, parameters)
    second = watchers.get(job.inputs[1].role.name) if len(job.inputs) > 1 else None
    together = None if second is None else of_pair(job, second.counting, cut)
    looks = {name: seen for name, (_, seen) in whole.items()}
    by_class = tuple(b.role.name for b in given if b.kind.classes_first)
    return PreparedJob(job, constants, parameters, watchers, together, looks, by_class)


def _made(job: Job, constants: dict[str, Any], backend: Backend, parameters: dict[str, Any]) -> dict[str, Any]:
    """What the loss prepares once from inputs that are read whole, by its name."""
    if "prepare" not in job.loss.hooks:
        return {}
    left_out = dict.fromkeys(job.loss.argument_names)
    every = gathered(job.loss, {"xp": backend.xp, **left_out, **constants, **parameters})
    made = job.loss.ask("prepare", every)
    return {job.loss.hooks["prepare"].__name__: backend.kept(made)}


def _inspector(bound: Bound, job: Job, request: Request) -> Inspector:
    options = request.options
    return Inspector(bound, job, options.nan, options.label_base, weighted=request.beside.weight is not None)


def _whole(bound: Bound, inspector: Inspector, backend: Backend) -> tuple[Any, Seen]:
    """An input that is read whole, and what it looks like."""
    assert bound.source is not None
    raw = bound.source.read_all().reshape(bound.row_shape)
    refuse_missing(bound.source)
    try:
        seen = inspector.merge([inspector.look(raw), inspector.look_again(raw)])
    except Violation:
        from losscli.engine.diagnose import diagnose

        raise diagnose(inspector, [(0, bound.source.rows)]) from None
    return _constant(backend, raw), seen


def _constant(backend: Backend, raw: NDArray[Any]) -> Any:
    # Every block of every thread reads it.
    return backend.kept(backend.array(raw))

"""What a run needs before its first block: the request, and each job with its constants on the backend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.backends.base import Backend
from losscli.data.source import refuse_missing
from losscli.engine.checks import IGNORED, Inspector, Violation
from losscli.engine.collect import Memory, SampleWriter, Selection, Sink
from losscli.engine.plan import Bound, Job
from losscli.engine.suspicions import of_pair
from losscli.engine.suspicions.together import Together
from losscli.inputs.beside import Beside


class Request(NamedTuple):
    """What to compute beside the sums.

    Args:
        reduction: ``mean``, ``sum`` or ``none``.
        selection: The samples whose losses are wanted, or None.
        nan: ``error``, ``propagate`` or ``omit``.
        threads: How many; None takes the cores there are for inputs that repay it.
        sink: Makes the place for unreduced values from (shape, dtype).
        samples: Makes the place for per-sample losses that are written as they come, from (names of losses,
            names of columns kept, whether samples may be without a loss, samples); None collects them.
        label_base: The number of the first class.
        beside: What is read beside the inputs.
        progress: Told how many samples each block held, and how many there are (or about; None if unknown).
        omits: Whether samples may be left out of every input.
    """

    reduction: str = "mean"
    selection: Selection | None = None
    nan: str = "error"
    threads: int | None = None
    sink: Callable[[tuple[int, ...], str], Sink] = Memory
    samples: Callable[[list[str], list[str], bool, int], SampleWriter] | None = None
    label_base: int = 0
    beside: Beside = Beside()
    progress: Callable[[int, int | None], None] | None = None
    omits: bool = False


@dataclass(eq=False, repr=False)
class Running:
    """A job with what a run adds to it: constants on the backend, watchers, places for values."""

    job: Job
    constants: dict[str, Any]
    parameters: dict[str, Any]
    inspectors: dict[str, Inspector]
    together: Together | None
    sink: Sink | None = None

    def of_mean(self, values: Any) -> Any:
        """What the loss makes of means: a root, say."""
        hook = self.job.loss.of_mean_hook
        return values if hook is None else hook(np, values)


def prepare(job: Job, backend: Backend, request: Request, cut: bool = False) -> Running:
    """Put a job's constants on the backend: array parameters, and inputs that are read whole.

    Raises:
        DataError: An input that is read whole holds what it may not.
    """
    placed = {n: _constant(backend, np.asarray(value)) for n, value in job.arrays.items() if value is not None}
    parameters = job.parameters | placed
    given = [b for b in job.inputs if b.source is not None]
    watchers = {b.role.name: _inspector(b, job, request) for b in given}
    for watcher in watchers.values():
        if watcher.label_base and watcher.kind.ignorable in parameters:
            parameters[watcher.kind.ignorable] = IGNORED
    constants = {
        b.role.name: _whole(b, watchers[b.role.name], backend) for b in job.inputs if b.source and not b.streamed
    }
    if job.loss.once_hook is not None:
        whole = [constants[b.role.name] for b in job.inputs if not b.role.streamed]
        first = next(b.role.name for b in job.inputs if not b.role.streamed)
        constants[first] = backend.kept(job.loss.once_hook(backend.xp, *whole, **parameters))
    second = watchers.get(job.inputs[1].role.name) if len(job.inputs) > 1 else None
    together = None if second is None else of_pair(job, second.counting, cut)
    return Running(job, constants, parameters, watchers, together)


def _inspector(bound: Bound, job: Job, request: Request) -> Inspector:
    return Inspector(bound, job, request.nan, request.label_base, weighted=request.beside.weight is not None)


def _whole(bound: Bound, inspector: Inspector, backend: Backend) -> Any:
    assert bound.source is not None
    raw = bound.source.read_all().reshape(bound.row_shape)
    refuse_missing(bound.source)
    try:
        inspector.look(raw)
        inspector.look_again(raw)
    except Violation:
        from losscli.engine.diagnose import diagnose

        raise diagnose(inspector, [(0, bound.source.rows)]) from None
    return _constant(backend, raw)


def _constant(backend: Backend, raw: NDArray[Any]) -> Any:
    # Every block of every thread reads it.
    return backend.kept(backend.array(raw))

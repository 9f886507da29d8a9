"""Unreduced values, which go to their place block by block."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from losscli.data.source import UNKNOWN_ROWS
from losscli.engine.observers import Observer, Values
from losscli.engine.samples import scattered

if TYPE_CHECKING:
    from losscli.engine.collect import Sink
    from losscli.engine.outcome import Ended
    from losscli.engine.plan import Job
    from losscli.engine.rows import Block


class UnreducedRows(NamedTuple):
    """The values of samples from ``start`` on, one array a loss; None for a loss that is no sum."""

    start: int
    values: list[NDArray[Any] | None]


class Unreduced(Observer[UnreducedRows | None]):
    """Hands the unreduced values of every loss to a sink.

    Args:
        jobs: The losses.
        dtypes: The dtype of each one's values.
        sink: Makes the place for them from (shape, dtype).
    """

    def __init__(self, jobs: Sequence[Job], dtypes: list[str], sink: Callable[[tuple[int, ...], str], Sink]) -> None:
        self._jobs, self._dtypes = jobs, dtypes
        self._sink: Callable[[tuple[int, ...], str], Sink] | None = sink
        self._sinks: list[Sink | None] = [None] * len(jobs)
        self._lock: Any = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        # A place belongs to the process that asked for it.
        return self.__dict__ | {"_sink": None, "_sinks": [], "_lock": None}

    def take(self, block: Block, losses: Sequence[Values]) -> UnreducedRows:
        return UnreducedRows(
            block.start, [None if one.values is None else scattered(one.values, block.keep) for one in losses]
        )

    def deliver(self, part: UnreducedRows | None) -> None:
        assert part is not None
        for i, values in enumerate(part.values):
            if values is not None:
                self._place(i).write(part.start, values)

    def _place(self, i: int) -> Sink:
        with self._lock:
            found = self._sinks[i]
            if found is None:
                assert self._sink is not None
                found = self._sinks[i] = self._sink(self._jobs[i].result_shape, self._dtypes[i])
            return found

    def merge(self, parts: Sequence[UnreducedRows | None]) -> None:
        return None

    def finish(self, part: UnreducedRows | None, ended: Ended) -> None:
        for sink, outcome in zip(self._sinks, ended.outcomes, strict=True):
            # A weight of known length ends the plan's samples, not the shape that the sink was made for.
            if sink is not None and outcome.job.result_shape[:1] >= (UNKNOWN_ROWS,):
                sink.close(ended.samples)
            outcome.sink = sink

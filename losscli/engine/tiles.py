"""Samples larger than a block, read as runs of their positions, so that memory does not grow with them.

A loss with one unit for each position (an element, or a pixel with its class scores) sees no difference between
one sample of ten million positions and many small ones; only the samples' own losses have to be put together
again, from the tiles each was cut into.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import Source
from losscli.engine.plan import Bound, Job, Plan

_POSITION_AXES = (("*",), ("N", "*"), ("N", "C", "*"))


class Positions(Source):
    """A row-major source of shape (N, *) as (N·P,), or one of shape (N, C, *) as (N·P, C)."""

    def __init__(self, source: Source, classes: int | None, positions: int) -> None:
        self.name, self.format, self.dtype = source.name, source.format, source.dtype
        self.shape = (source.rows * positions,) if classes is None else (source.rows * positions, classes)
        self._source, self._positions = source, positions
        self.stated = source.stated

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        if not self.row_shape:
            return self._source.read_flat(start, stop, out)
        # The positions of one class are one run of the file; the block grid keeps them within a sample.
        (classes,), (sample, first) = self.row_shape, divmod(start, self._positions)
        by_class = out.reshape(classes, stop - start)
        for c, run in enumerate(by_class):
            at = (sample * classes + c) * self._positions + first
            found = self._source.read_flat(at, at + len(run), run)
            if found is not run:
                np.copyto(run, found)
        return by_class.T

    @property
    def given_shape(self) -> tuple[int, ...]:
        return self._source.given_shape

    def scatter(self, write: Callable[[int, NDArray[Any]], None], start: int, rows: NDArray[Any]) -> None:
        if not self.row_shape:
            self._source.scatter(write, start, rows)
            return
        (classes,), (sample, first) = self.row_shape, divmod(start, self._positions)
        for c in range(classes):
            self._source.scatter(write, (sample * classes + c) * self._positions + first, rows[:, c])

    def place(self, index: tuple[int, ...]) -> str:
        sample, at = divmod(index[0], self._positions)
        axes = self._source.shape[1 + len(index[1:]) :]
        return self._source.place((sample, *index[1:], *(int(i) for i in np.unravel_index(at, axes))))


def cut(plan: Plan) -> Plan:
    """The same plan on positions, where samples are too large for a block and can be cut."""
    if not plan.oversized or not all(_can_be_cut(job) for job in plan.jobs) or not _alike(plan):
        return plan
    positions = _positions(plan.jobs[0], plan.jobs[0].inputs[0])
    classes = {b.number: _classes(job, b) for job in plan.jobs for b in job.inputs if b.source}
    sources = [Positions(source, classes[number], positions) for number, source in enumerate(plan.sources)]
    jobs = [job._replace(inputs=tuple(_cut_input(b, sources) for b in job.inputs)) for job in plan.jobs]
    return Plan(jobs, plan.samples * positions, plan.width // positions, [*sources], plan.findings, positions)


def _can_be_cut(job: Job) -> bool:
    given = [b for b in job.inputs if b.source is not None]
    whole_labels = job.loss.signature.elementwise and any(np.size(v) > 1 for v in job.arrays.values())
    return (
        job.form.output in _POSITION_AXES
        and not job.loss.whole
        and not whole_labels
        and all(b.streamed and not b.unbatched and b.source is not None and b.source.row_major for b in given)
        and all(job.axes(b) in _POSITION_AXES for b in given)
    )


def _alike(plan: Plan) -> bool:
    """Whether every loss sees the same positions, and each source in one shape."""
    seen = [(b.number, _classes(job, b), _positions(job, b)) for job in plan.jobs for b in job.inputs if b.source]
    classes = {(number, c) for number, c, _ in seen}
    return len({p for _, _, p in seen}) == 1 and len(classes) == len(plan.sources)


def _classes(job: Job, bound: Bound) -> int | None:
    return bound.row_shape[0] if "C" in job.axes(bound) else None


def _positions(job: Job, bound: Bound) -> int:
    return math.prod(bound.row_shape) // (_classes(job, bound) or 1)


def _cut_input(bound: Bound, sources: list[Positions]) -> Bound:
    if bound.source is None:
        return bound
    return bound._replace(source=sources[bound.number], row_shape=sources[bound.number].row_shape)

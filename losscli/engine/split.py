"""Samples larger than a block, read as one flat run of elements, so that memory does not grow with them.

An elementwise loss sees no difference between one sample of ten million elements and many small ones; only
the samples' own losses have to be put together again, from the tiles each was cut into.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import Source
from losscli.engine.plan import BLOCK_ELEMENTS, Job, Plan


class Flat(Source):
    """A row-major source as one axis of elements."""

    def __init__(self, source: Source) -> None:
        self.name, self.format, self.dtype = source.name, source.format, source.dtype
        self.shape = (math.prod(source.shape),)
        self._source = source

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        return self._source.read_flat(start, stop, out)

    def place(self, index: tuple[int, ...]) -> str:
        return self._source.place(tuple(int(i) for i in np.unravel_index(index[0], self._source.shape)))


def flatten(plan: Plan) -> Plan:
    """The same plan on elements, where samples are too large for a block and can be cut."""
    size = max(math.prod(b.row_shape) for job in plan.jobs for b in job.inputs if b.streamed)
    if size <= BLOCK_ELEMENTS or not all(_can_be_cut(job) for job in plan.jobs):
        return plan
    flat = {id(s): Flat(s) for s in plan.sources}
    jobs = [
        replace(
            job,
            inputs=tuple(
                b if b.source is None else replace(b, source=flat[id(b.source)], row_shape=()) for b in job.inputs
            ),
        )
        for job in plan.jobs
    ]
    return Plan(jobs, plan.samples * size, BLOCK_ELEMENTS, plan.findings, size)


def _can_be_cut(job: Job) -> bool:
    sizes = {math.prod(b.row_shape) for b in job.inputs if b.source is not None}
    return (
        job.loss.signature.elementwise
        and job.loss.finish_hook is None
        and len(sizes) == 1
        and all(b.source is None or (b.streamed and not b.unbatched and b.source.row_major) for b in job.inputs)
    )


def join(
    values: NDArray[Any], flags: NDArray[np.bool_], size: int, reduction: str
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Sums and flags of tiles, of shape (columns, tiles of all samples), as losses and flags of samples."""
    tiles = -(-size // BLOCK_ELEMENTS)
    sums = values.reshape(len(values), -1, tiles).sum(axis=2)
    joined = sums if reduction == "sum" else sums / size
    return np.asarray(joined), np.asarray(flags.reshape(len(values), -1, tiles).all(axis=2))

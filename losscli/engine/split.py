"""Samples larger than a block, cut into equal parts, so that memory does not grow with them.

An elementwise loss sees no difference between one sample of a million elements and eight of 125 000; only
the samples' own losses have to be put together again.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import Source
from losscli.engine.plan import BLOCK_ELEMENTS, Bound, Job, Plan


class Parts(Source):
    """A source whose rows are cut into ``parts`` rows each; for sources that lie row after row."""

    def __init__(self, source: Source, parts: int) -> None:
        self.name, self.format, self.dtype = source.name, source.format, source.dtype
        self.shape = (source.rows * parts, math.prod(source.row_shape) // parts)
        self._source = source

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        return self._source.read_flat(start, stop, out)

    def place(self, index: tuple[int, ...]) -> str:
        whole = np.unravel_index(np.ravel_multi_index(index, self.shape), self._source.shape)
        return self._source.place(tuple(int(i) for i in whole))


def split_samples(plan: Plan) -> Plan:
    """The same plan on parts of samples, where samples are too large for a block and can be cut."""
    size = max(math.prod(b.row_shape) for job in plan.jobs for b in job.inputs if b.streamed)
    parts = _parts(size)
    if parts == 1 or not all(_can_be_cut(job) for job in plan.jobs):
        return plan
    cut = {id(s): Parts(s, parts) for s in plan.sources}
    jobs = [replace(job, inputs=tuple(_cut(b, cut, parts) for b in job.inputs)) for job in plan.jobs]
    return Plan(jobs, plan.samples * parts, max(1, BLOCK_ELEMENTS // (size // parts)), plan.findings, parts)


def _parts(size: int) -> int:
    """The fewest equal parts that fit a block; 1 where the size has no such divisor near."""
    least = -(-size // BLOCK_ELEMENTS)
    return next((parts for parts in range(least, 4 * least) if size % parts == 0), 1)


def _can_be_cut(job: Job) -> bool:
    return (
        job.loss.signature.elementwise
        and job.loss.finish_hook is None
        and all(b.source is None or (b.streamed and not b.unbatched and b.source.row_major) for b in job.inputs)
        and len({math.prod(b.row_shape) for b in job.inputs if b.source is not None}) == 1
    )


def _cut(bound: Bound, cut: dict[int, Parts], parts: int) -> Bound:
    if bound.source is None:
        return bound
    return replace(bound, source=cut[id(bound.source)], row_shape=(math.prod(bound.row_shape) // parts,))


def join(
    values: NDArray[Any], flags: NDArray[np.bool_], parts: int, reduction: str
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Losses and flags of parts, of shape (columns, parts of all samples), as those of samples."""
    if parts == 1:
        return values, flags
    grouped = values.reshape(len(values), -1, parts)
    joined = grouped.sum(axis=2) if reduction == "sum" else grouped.mean(axis=2)
    return np.asarray(joined), np.asarray(flags.reshape(grouped.shape).all(axis=2))

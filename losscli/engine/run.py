"""The block loop: read, look, convert, compute, sum; on one thread or several, with the same bits."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.backends.base import Backend
from losscli.engine.arrays import Arrays, rows_of
from losscli.engine.checks import Violation
from losscli.engine.collect import COUNTED, IGNORED, OMITTED, SampleTable, SampleWriter, Sink
from losscli.engine.finish import Outcome, outcomes
from losscli.engine.groups import group_sums
from losscli.engine.plan import Plan
from losscli.engine.prepare import Request, Running, prepare
from losscli.engine.reduce import Partial, over_axes, partial
from losscli.engine.rows import Block, Rows
from losscli.engine.split import cut
from losscli.engine.threads import in_threads
from losscli.errors import BackendError, DataError, LossCLIError, OutputError, UsageError
from losscli.inputs.pairing import Unpaired
from losscli.spec.loss import Statistic

_THREADS_FROM_BYTES = 16_000_000
"""Below this a second thread saves next to nothing."""


def execute(plan: Plan, backend: Backend, request: Request) -> list[Outcome]:
    """Run a plan.

    Raises:
        DataError: An input holds what its loss cannot take.
        ShapeError: A stream turned out longer or shorter than the others.
    """
    _keep_freed_memory()
    if request.nan != "omit" and not request.beside.any:  # which need whole samples
        plan = cut(plan)
    with backend.running():
        run = _Run(plan, backend, request)
        try:
            parts = run.all_blocks()
            if run.writer is not None:
                run.writer.close(run.samples)
        except Violation as violation:
            bound = violation.inspector.bound
            whole = [(0, bound.source.rows)] if bound.unbatched and bound.source else plan.blocks()
            from losscli.engine.diagnose import diagnose

            raise diagnose(violation.inspector, whole) from None
        except Unpaired as unpaired:
            raise unpaired.explained() from None
        return outcomes(run, parts)


class _Run:
    def __init__(self, plan: Plan, backend: Backend, request: Request) -> None:
        self.plan, self.backend, self.request = plan, backend, request
        self.samples = plan.samples
        self.rows = Rows(plan, request)
        self.arrays = Arrays(plan, backend)
        self.lock = threading.Lock()
        self.groups = self.rows.groups
        with backend.block():
            self.running = [prepare(job, backend, request, bool(plan.cut)) for job in plan.jobs]
        # Per-sample values that exist only once every block was seen cannot be selected on the way.
        self.late = any(job.loss.per_sample_hook for job in plan.jobs)
        self.table = self._sample_table()
        self.writer = self._sample_writer()

    def _sample_table(self) -> SampleTable | None:
        selection = self.request.selection
        # Samples that are cut are put together from their tiles' sums.
        if selection is None or self.plan.cut or self._writes:
            return None
        losses = [r.job.loss for r in self.running]
        key = next((i for i, one in enumerate(losses) if one.finish_hook is None), 0)
        whole = selection.everything() if self.late else selection
        return SampleTable(whole, len(losses), key, len(self.request.beside.keep))

    @property
    def _writes(self) -> bool:
        return self.request.samples is not None and not self.late and not self.plan.cut

    def _sample_writer(self) -> SampleWriter | None:
        if self.request.samples is None or not self._writes:
            return None
        names = [r.job.loss.name for r in self.running]
        kept = [c.label for c in self.request.beside.keep]
        skips = self.request.omits or any(r.job.ignores for r in self.running)
        return self.request.samples(names, kept, skips, self.plan.samples)

    def all_blocks(self) -> list[list[tuple[Partial, int]]]:
        if self.rows.in_order or (self.writer is not None and self.writer.in_order):
            return self._in_order()
        self.rows.refuse_more(self.plan.samples)
        return self._in_any_order()

    def _in_any_order(self) -> list[list[tuple[Partial, int]]]:
        threads = self.request.threads or _default_threads(self.plan)
        blocks = list(self.plan.blocks())
        return in_threads(lambda block: self._block(self.rows.read(*block)), blocks, threads, self._session)

    @contextmanager
    def _session(self) -> Iterator[None]:
        with np.errstate(all="ignore"), self.backend.block():
            yield

    def _in_order(self) -> list[list[tuple[Partial, int]]]:
        """For streams, which their reader's own threads fill while a block is computed, and for writers of rows."""
        parts, done = [], 0
        with self._session():
            for source in self.rows.sources:
                source.begin()
            for start, stop in self.plan.blocks():
                block = self.rows.read(start, stop)
                if block.rows:
                    parts.append(self._block(block))
                done += block.rows
                if block.rows < stop - start:
                    break
            self.rows.refuse_more(done)
        self.samples = done
        if not parts:
            raise DataError(f"{self.rows.sources[0].name}: holds no rows.")
        return parts

    def _block(self, block: Block) -> list[tuple[Partial, int]]:
        rows = [self._one(running, block) for running in self.running]
        if all(row[0].statistic is not None for row in rows):
            self._refuse_beside()
        place = self.table or self.writer
        if place is not None:
            self._refuse_without_samples(rows)
            place.take(block.start, _stack([r[2] for r in rows]), _stack([r[3] for r in rows]), block.texts)
        if self.request.progress is not None:
            self.request.progress(block.rows, self.rows.expected)
        return [(r[0], r[1]) for r in rows]

    def _refuse_without_samples(self, rows: list[Any]) -> None:
        for running, row in zip(self.running, rows, strict=True):
            if self.writer is not None and row[0].statistic is not None:
                raise OutputError(
                    f"{running.job.loss.name} is one number for the whole set; it has no per-sample losses."
                )

    def _one(self, running: Running, block: Block) -> tuple[Partial, int, NDArray[np.float64], NDArray[np.uint8]]:
        """One loss on one block: its sums, how many samples were omitted, and per-sample values and status."""
        used = block.rows if block.keep is None else int(block.keep.sum())
        omitted = block.rows - used
        if not used:
            return self._nothing(running, block)
        inputs = [self.arrays.of(running, b, block) for b in running.job.inputs]
        if running.together is not None and running.together.wants(block.start):
            running.together.look(block.start, *(rows_of(b, block) for b in running.job.inputs[:2]))
        counts = self.backend.counts(running.job.loss, inputs, running.parameters)  # before inputs are written over
        computed = self._values(running, inputs)
        if isinstance(computed, Statistic):
            host = computed.map(self._lasting)
            if not host.finite:
                self._explain(running, block)
            return Partial(samples=used, statistic=host), omitted, *_unknown(block.rows)
        dtype = self.backend.dtype_of(running.job.loss)
        values = self._host(computed).reshape(used, -1).astype(dtype, copy=False)
        weight = None if counts.weight is None else self._host(counts.weight).reshape(used, -1)
        ignored = None if counts.ignored is None else self._host(counts.ignored).reshape(used, -1)
        sums = self._sums(running, block, values, counts, weight, ignored)
        if not all(map(math.isfinite, sums.terms)):
            self._explain(running, block)
        if self.request.reduction == "none":
            self._sink(running).write(block.start, values if block.keep is None else _scatter(values, block.keep))
        return sums, omitted, *self._per_sample(running, values, ignored, block)

    def _sums(
        self,
        running: Running,
        block: Block,
        values: NDArray[Any],
        counts: Any,
        weight: NDArray[Any] | None,
        ignored: NDArray[Any] | None,
    ) -> Partial:
        if block.weight is not None:
            # Each sample counts as often as its weight says: in the sum, and in what the sum is divided by.
            each = block.used(block.weight)[:, None]
            if weight is None:
                weight = np.ones(values.shape) if ignored is None else np.where(ignored, 0.0, 1.0)
            values, weight = np.where(each == 0, 0.0, values * each), weight * each
        sums = partial(values, counts, weight, ignored, self.plan.width)
        if block.weight is not None:
            sums.of = f"{counts.of or running.job.loss.mean_over}, weighted"
        if block.codes is not None:
            counted = weight
            if counted is None:
                counted = np.ones(values.shape, np.int64) if ignored is None else (~ignored).astype(np.int64)
            totals = np.add.reduce(values, axis=1, dtype=np.float64)
            sums.groups = group_sums(block.used(block.codes), totals, counted.sum(axis=1))
        return sums

    def _refuse_beside(self) -> None:
        lacks = self.request.beside.parts
        if lacks:
            raise UsageError(f"{self.running[0].job.loss.name} is one number for the whole set and has {lacks}.")

    def _values(self, running: Running, inputs: list[Any]) -> Any:
        one = running.job.loss
        try:
            return self.backend.values(one, inputs, running.parameters)
        except Exception as error:
            if one.origin == "losscli" or isinstance(error, LossCLIError):
                raise
            cause = f"{type(error).__name__}: {error}"
            raise BackendError(f"{one.name}: the kernel from plug-in {one.origin} failed ({cause}).") from error

    def _nothing(self, running: Running, block: Block) -> tuple[Partial, int, NDArray[np.float64], NDArray[np.uint8]]:
        """A block of which every sample was omitted."""
        if self.request.reduction == "none" and running.job.loss.finish_hook is None:
            units = math.prod(running.job.result_shape[1:])
            self._sink(running).write(block.start, np.full((block.rows, units), np.nan))
        return Partial(), block.rows, *_unknown(block.rows, OMITTED)

    def _sink(self, running: Running) -> Sink:
        # Only the first block tells whether a loss yields units or a statistic.
        with self.lock:
            if running.sink is None:
                running.sink = self.request.sink(running.job.result_shape, self.backend.dtype_of(running.job.loss))
            return running.sink

    def _host(self, values: Any) -> NDArray[Any]:
        found: NDArray[Any] = self.backend.numpy(values)
        return found

    def _lasting(self, values: Any) -> NDArray[Any]:
        host = self._host(values)
        return host if host.flags.owndata else host.copy()

    def _explain(self, running: Running, block: Block) -> None:
        for b in running.job.inputs:
            if b.streamed:
                running.inspectors[b.role.name].look_again(block.used(block.raw[b.number]))

    def _per_sample(
        self,
        running: Running,
        values: NDArray[Any],
        ignored: NDArray[Any] | None,
        block: Block,
    ) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        if self.table is None and self.writer is None:
            return _NO_SAMPLES
        each = running.of_mean(over_axes(values, ignored, self.request.reduction))
        status = np.full(len(each), COUNTED, np.uint8)
        if ignored is not None:
            nothing = ignored.reshape(len(each), -1).all(axis=1)
            each, status = np.where(nothing, np.nan, each), np.where(nothing, IGNORED, status)
        if block.keep is None:
            return each, status
        return _scatter(each, block.keep), _scatter(status, block.keep, OMITTED)


_NO_SAMPLES = (np.empty(0), np.empty(0, np.uint8))


def _stack(columns: list[NDArray[Any]]) -> NDArray[Any]:
    return columns[0][None] if len(columns) == 1 else np.stack(columns)


def _unknown(rows: int, status: int = COUNTED) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    return np.full(rows, np.nan), np.full(rows, status, np.uint8)


def _scatter(values: NDArray[Any], keep: NDArray[np.bool_], fill: float = np.nan) -> NDArray[Any]:
    out = np.full((len(keep), *values.shape[1:]), fill, values.dtype)
    out[keep] = values
    return out


def _default_threads(plan: Plan) -> int:
    if sum(s.nbytes for s in plan.sources) < _THREADS_FROM_BYTES:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _keep_freed_memory() -> None:
    # Kernels allocate and free block-sized temporaries. glibc hands each back to the kernel, and page faults
    # then cost ten times the arithmetic (measured), unless a larger block was freed before: that raises its
    # threshold for doing so. These pages are never touched, so nothing becomes resident.
    np.empty(31 << 20, np.uint8)

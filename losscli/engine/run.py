"""The block loop: read, look, convert, compute, sum; on one thread or several, with the same bits."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.backends.base import Backend
from losscli.data.source import Source
from losscli.engine.checks import Violation, diagnose
from losscli.engine.collect import SampleTable, Selection, Sink
from losscli.engine.finish import Outcome, outcomes
from losscli.engine.plan import Bound, Plan
from losscli.engine.prepare import Request, Running, prepare
from losscli.engine.reduce import Partial, over_axes, partial
from losscli.engine.split import cut
from losscli.errors import BackendError, LossCLIError
from losscli.losses.spec import Statistic

_BLOCKS_PER_TASK = 16
"""Blocks a thread takes at a time: one future a block gains nothing from a second thread (measured)."""
_THREADS_FROM_BYTES = 16_000_000
"""Below this a pool costs more (3 to 6 ms) than a second thread saves."""


def execute(plan: Plan, backend: Backend, request: Request) -> list[Outcome]:
    """Run a plan.

    Raises:
        DataError: An input holds what its loss cannot take.
    """
    _keep_freed_memory()
    if request.nan != "omit":  # which leaves out whole samples, so they must be seen whole
        plan = cut(plan)
    threads = request.threads or _default_threads(plan)
    with backend.running():
        run = _Run(plan, backend, request)
        try:
            parts = run.all_blocks(threads)
        except Violation as violation:
            bound = violation.inspector.bound
            whole = [(0, bound.source.rows)] if bound.unbatched and bound.source else plan.blocks
            raise diagnose(violation.inspector, whole) from None
        return outcomes(run, parts)


class _Run:
    def __init__(self, plan: Plan, backend: Backend, request: Request) -> None:
        self.plan, self.backend, self.request = plan, backend, request
        self.sources = plan.sources
        self.unbatched = {id(b.source) for job in plan.jobs for b in job.inputs if b.unbatched}
        self.local = threading.local()
        self.lock = threading.Lock()
        with backend.block():
            self.running = [prepare(job, backend, request.nan) for job in plan.jobs]
        # Per-sample values that exist only once every block was seen cannot be selected on the way.
        self.late = any(job.loss.per_sample_hook for job in plan.jobs)
        self.table = self._sample_table()

    def _sample_table(self) -> SampleTable | None:
        selection = self.request.selection
        if selection is None or self.plan.cut:  # samples that are cut are put together from their tiles' sums
            return None
        losses = [r.job.loss for r in self.running]
        key = next((i for i, one in enumerate(losses) if one.finish_hook is None), 0)
        if self.late:
            selection = Selection.everything()
        return SampleTable(selection, self.plan.samples, len(losses), key)

    def all_blocks(self, threads: int) -> list[list[tuple[Partial, int]]]:
        grid = self.plan.blocks
        tasks = [grid[i : i + _BLOCKS_PER_TASK] for i in range(0, len(grid), _BLOCKS_PER_TASK)]
        if threads == 1 or len(tasks) == 1:
            return [block for task in tasks for block in self._task(task)]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads) as pool:
            try:
                return [block for done in pool.map(self._task, tasks) for block in done]
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _task(self, blocks: list[tuple[int, int]]) -> list[list[tuple[Partial, int]]]:
        with self.backend.block():
            return [self._block(*bounds) for bounds in blocks]

    def _block(self, start: int, stop: int) -> list[tuple[Partial, int]]:
        raw = {id(s): self._read(s, start, stop) for s in self.sources}
        keep = self._rows_without_nan(raw, stop - start) if self.request.nan == "omit" else None
        arrays: dict[tuple[int, bool, bool], Any] = {}
        rows = [self._one(running, raw, arrays, keep, start, stop) for running in self.running]
        if self.table is not None:
            self.table.take(start, np.stack([r[2] for r in rows]), np.stack([r[3] for r in rows]))
        return [(r[0], r[1]) for r in rows]

    def _read(self, source: Source, start: int, stop: int) -> NDArray[Any]:
        if id(source) in self.unbatched:
            return source.read_all()[None]
        rows = stop - start
        out = self._storage(("raw", id(source)), lambda: _aligned(self.plan.block_rows, source))
        return source.read(start, stop, out[:rows])

    def _storage(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        kept: dict[tuple[Any, ...], Any] = self.local.__dict__.setdefault("kept", {})
        if key not in kept:
            kept[key] = make()
        return kept[key]

    def _rows_without_nan(self, raw: dict[int, NDArray[Any]], rows: int) -> NDArray[np.bool_] | None:
        keep = np.ones(rows, bool)
        for values in raw.values():
            if values.dtype.kind == "f":
                keep &= ~np.isnan(values).reshape(rows, -1).any(axis=1)
        return None if keep.all() else keep

    def _one(
        self,
        running: Running,
        raw: dict[int, NDArray[Any]],
        arrays: dict[tuple[int, bool, bool], Any],
        keep: NDArray[np.bool_] | None,
        start: int,
        stop: int,
    ) -> tuple[Partial, int, NDArray[np.float64], NDArray[np.bool_]]:
        """One loss on one block: its sums, how many samples were omitted, and per-sample values and flags."""
        if keep is not None and not keep.any():
            return self._nothing(running, start, stop)
        inputs = [self._input(running, b, raw, arrays, keep) for b in running.job.inputs]
        computed = self._values(running, inputs)
        used = stop - start if keep is None else int(keep.sum())
        omitted = stop - start - used
        if isinstance(computed, Statistic):
            host = computed.map(self._host)
            return Partial(samples=used, statistic=host), omitted, *_unknown(stop - start)
        values = self._host(computed).reshape(used, -1).astype(self.backend.dtype, copy=False)
        counts = self.backend.counts(running.job.loss, inputs, running.parameters)
        weight = None if counts.weight is None else self._host(counts.weight)
        ignored = None if counts.ignored is None else self._host(counts.ignored)
        sums = partial(values, counts, weight, ignored, self.plan.width)
        if any(map(math.isnan, sums.terms)):
            self._explain_nan(running, raw)
        if self.request.reduction == "none":
            self._sink(running).write(start, values if keep is None else _scatter(values, keep))
        return sums, omitted, *self._per_sample(values, ignored, keep, stop - start)

    def _values(self, running: Running, inputs: list[Any]) -> Any:
        one = running.job.loss
        try:
            return self.backend.values(one, inputs, running.parameters)
        except Exception as error:
            if one.origin == "losscli" or isinstance(error, LossCLIError):
                raise
            cause = f"{type(error).__name__}: {error}"
            raise BackendError(f"{one.name}: the kernel from plug-in {one.origin} failed ({cause}).") from error

    def _nothing(
        self, running: Running, start: int, stop: int
    ) -> tuple[Partial, int, NDArray[np.float64], NDArray[np.bool_]]:
        """A block of which every sample was omitted."""
        if self.request.reduction == "none" and running.job.loss.finish_hook is None:
            units = math.prod(running.job.result_shape[1:])
            self._sink(running).write(start, np.full((stop - start, units), np.nan))
        return Partial(), stop - start, *_unknown(stop - start)

    def _sink(self, running: Running) -> Sink:
        # Only the first block tells whether a loss yields units or a statistic.
        with self.lock:
            if running.sink is None:
                running.sink = self.request.sink(running.job.result_shape, self.backend.dtype)
            return running.sink

    def _input(
        self,
        running: Running,
        bound: Bound,
        raw: dict[int, NDArray[Any]],
        arrays: dict[tuple[int, bool, bool], Any],
        keep: NDArray[np.bool_] | None,
    ) -> Any:
        name = bound.role.name
        if not bound.streamed:
            return running.constants.get(name)
        values = raw[id(bound.source)]
        values = values.reshape(len(values), *bound.row_shape)
        values = values if keep is None else values[keep]
        inspector = running.inspectors[name]
        inspector.look(values) if bound.kind.dtype == "real" else None
        if bound.kind.dtype == "label":
            return self.backend.labels(inspector.labels(values))
        kind = bound.kind
        key = (id(bound.source), kind.classes_first, kind.picked)
        if key not in arrays:
            shape = (self.plan.block_rows, *bound.row_shape)
            buffer = self._storage(("array", *key), lambda: self.backend.buffer(shape))
            arrays[key] = self.backend.array(values, buffer, kind.classes_first, kind.picked)
        return arrays[key]

    def _host(self, values: Any) -> NDArray[Any]:
        found: NDArray[Any] = self.backend.numpy(values)
        return found

    def _explain_nan(self, running: Running, raw: dict[int, NDArray[Any]]) -> None:
        for b in running.job.inputs:
            if b.streamed:
                running.inspectors[b.role.name].look_again(raw[id(b.source)])

    def _per_sample(
        self,
        values: NDArray[Any],
        ignored: NDArray[Any] | None,
        keep: NDArray[np.bool_] | None,
        rows: int,
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        if self.table is None:
            return _NO_SAMPLES
        each = over_axes(values, ignored, self.request.reduction)
        flags: NDArray[np.bool_] = np.zeros(len(each), bool)
        if ignored is not None:
            flags = np.asarray(ignored.reshape(len(each), -1).all(axis=1))
        if keep is None:
            return each, flags
        return _scatter(each, keep), _scatter(flags, keep, fill=False)


_NO_SAMPLES = (np.empty(0), np.empty(0, bool))


def _unknown(rows: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return np.full(rows, np.nan), np.zeros(rows, bool)


def _scatter(values: NDArray[Any], keep: NDArray[np.bool_], fill: Any = np.nan) -> NDArray[Any]:
    out = np.full((len(keep), *values.shape[1:]), fill, values.dtype)
    out[keep] = values
    return out


def _aligned(rows: int, source: Source) -> NDArray[Any]:
    return np.empty((min(rows, source.rows), *source.row_shape), source.dtype)


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

"""The block loop: read, look, convert, compute, sum; on one thread or several, with the same bits."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.backends.base import Backend
from losscli.data.source import Source
from losscli.engine.checks import Inspector, Violation, diagnose
from losscli.engine.collect import Memory, SampleTable, Selection, Sink
from losscli.engine.plan import Bound, Job, Plan
from losscli.engine.reduce import Partial, merge, over_axes, partial
from losscli.engine.split import flatten, join
from losscli.errors import BackendError, DataError, Finding, LossCLIError
from losscli.losses.spec import Counts, Statistic

_BLOCKS_PER_TASK = 16
"""Blocks a thread takes at a time: one future a block gains nothing from a second thread (measured)."""
_THREADS_FROM_BYTES = 16_000_000
"""Below this a pool costs more (3 to 6 ms) than a second thread saves."""


@dataclass(frozen=True)
class Request:
    """What to compute beside the sums.

    Args:
        reduction: ``mean``, ``sum`` or ``none``.
        selection: The samples whose losses are wanted, or None.
        nan: ``error``, ``propagate`` or ``omit``.
        threads: How many; None takes the cores there are for inputs that repay it.
        sink: Makes the place for unreduced values from (shape, dtype).
    """

    reduction: str = "mean"
    selection: Selection | None = None
    nan: str = "error"
    threads: int | None = None
    sink: Callable[[tuple[int, ...], str], Sink] = Memory


@dataclass
class Outcome:
    """Everything one loss's run produced."""

    job: Job
    sums: Partial
    omitted: int = 0
    units: NDArray[Any] | None = None
    sink: Sink | None = None
    samples: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]] | None = None
    findings: list[Finding] = field(default_factory=list)


@dataclass
class _Running:
    """A job with what a run adds to it: constants on the backend, watchers, places for values."""

    job: Job
    constants: dict[str, Any]
    parameters: dict[str, Any]
    inspectors: dict[str, Inspector]
    sink: Sink | None = None


def execute(plan: Plan, backend: Backend, request: Request) -> list[Outcome]:
    """Run a plan.

    Raises:
        DataError: An input holds what its loss cannot take.
    """
    _keep_freed_memory()
    if request.nan != "omit":  # which leaves out whole samples, so they must be seen whole
        plan = flatten(plan)
    threads = request.threads or _default_threads(plan)
    with backend.running(threads):
        run = _Run(plan, backend, request)
        try:
            parts = run.all_blocks(threads)
        except Violation as violation:
            raise diagnose(violation.inspector, plan.block_rows) from None
        return run.outcomes(parts)


class _Run:
    def __init__(self, plan: Plan, backend: Backend, request: Request) -> None:
        self.plan, self.backend, self.request = plan, backend, request
        self.sources = plan.sources
        self.unbatched = {id(b.source) for job in plan.jobs for b in job.inputs if b.unbatched}
        self.local = threading.local()
        self.lock = threading.Lock()
        with backend.block():
            self.running = [self._prepare(job) for job in plan.jobs]
        # Per-sample values that exist only once every block was seen cannot be selected on the way.
        self.late = plan.cut > 0 or any(job.loss.per_sample_hook for job in plan.jobs)
        self.entries = len(plan.blocks) if plan.cut else plan.samples
        self.table = self._sample_table()

    def _prepare(self, job: Job) -> _Running:
        arrays = {p.name for p in job.loss.parameters if p.type == "array"}
        parameters = {
            name: self.backend.array(np.asarray(value)) if name in arrays and value is not None else value
            for name, value in job.parameters.items()
        }
        watchers = {b.role.name: Inspector(b, job, self.request.nan) for b in job.inputs if b.source is not None}
        constants = {
            b.role.name: self._whole(b, watchers[b.role.name]) for b in job.inputs if b.source and not b.streamed
        }
        if job.loss.once_hook is not None:
            whole = [constants[b.role.name] for b in job.inputs if not b.role.streamed]
            first = next(b.role.name for b in job.inputs if not b.role.streamed)
            constants[first] = job.loss.once_hook(self.backend.xp, *whole, **parameters)
        return _Running(job, constants, parameters, watchers)

    def _whole(self, bound: Bound, inspector: Inspector) -> Any:
        assert bound.source is not None
        raw = bound.source.read_all().reshape(bound.row_shape)
        try:
            inspector.look(raw)
            inspector.look_again(raw)
        except Violation:
            raise diagnose(inspector, max(1, bound.source.rows)) from None
        return self.backend.array(raw)

    def _sample_table(self) -> SampleTable | None:
        selection = self.request.selection
        if selection is None:
            return None
        losses = [r.job.loss for r in self.running]
        key = next((i for i, one in enumerate(losses) if one.finish_hook is None), 0)
        if self.late:
            selection = Selection.everything()
        return SampleTable(selection, self.entries, len(losses), key)

    def all_blocks(self, threads: int) -> list[list[tuple[Partial, int]]]:
        grid = list(enumerate(self.plan.blocks))
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

    def _task(self, blocks: list[tuple[int, tuple[int, int]]]) -> list[list[tuple[Partial, int]]]:
        with self.backend.block():
            return [self._block(number, *bounds) for number, bounds in blocks]

    def _block(self, number: int, start: int, stop: int) -> list[tuple[Partial, int]]:
        raw = {id(s): self._read(s, start, stop) for s in self.sources}
        keep = self._rows_without_nan(raw, stop - start) if self.request.nan == "omit" else None
        arrays: dict[tuple[int, bool, bool], Any] = {}
        rows = [self._one(running, raw, arrays, keep, start, stop) for running in self.running]
        if self.table is not None:
            self.table.take(
                number if self.plan.cut else start, np.stack([r[2] for r in rows]), np.stack([r[3] for r in rows])
            )
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
        running: _Running,
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
        sums = partial(values, counts, weight, ignored)
        if any(map(math.isnan, sums.terms)):
            self._explain_nan(running, raw)
        if self.request.reduction == "none":
            self._sink(running).write(start, values if keep is None else _scatter(values, keep))
        return sums, omitted, *self._per_sample(values, ignored, keep, stop - start)

    def _values(self, running: _Running, inputs: list[Any]) -> Any:
        one = running.job.loss
        try:
            return self.backend.values(one, inputs, running.parameters)
        except Exception as error:
            if one.origin == "losscli" or isinstance(error, LossCLIError):
                raise
            cause = f"{type(error).__name__}: {error}"
            raise BackendError(f"{one.name}: the kernel from plug-in {one.origin} failed ({cause}).") from error

    def _nothing(
        self, running: _Running, start: int, stop: int
    ) -> tuple[Partial, int, NDArray[np.float64], NDArray[np.bool_]]:
        """A block of which every sample was omitted."""
        if self.request.reduction == "none" and running.job.loss.finish_hook is None:
            units = math.prod(running.job.result_shape[1:])
            self._sink(running).write(start, np.full((stop - start, units), np.nan))
        return Partial(), stop - start, *_unknown(stop - start)

    def _sink(self, running: _Running) -> Sink:
        # Only the first block tells whether a loss yields units or a statistic.
        with self.lock:
            if running.sink is None:
                running.sink = self.request.sink(running.job.result_shape, self.backend.dtype)
            return running.sink

    def _input(
        self,
        running: _Running,
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

    def _explain_nan(self, running: _Running, raw: dict[int, NDArray[Any]]) -> None:
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
        if self.plan.cut:  # a tile of one sample
            values, ignored = values.reshape(1, -1), None if ignored is None else ignored.reshape(1, -1)
        each = over_axes(values, ignored, "sum" if self.plan.cut else self.request.reduction)
        flags: NDArray[np.bool_] = np.zeros(len(each), bool)
        if ignored is not None:
            flags = np.asarray(ignored.reshape(len(each), -1).all(axis=1))
        if keep is None:
            return each, flags
        return _scatter(each, keep), _scatter(flags, keep, fill=False)

    def outcomes(self, parts: list[list[tuple[Partial, int]]]) -> list[Outcome]:
        """Merge the blocks of every loss and finish those that are no sums."""
        found = []
        for i, running in enumerate(self.running):
            sums = merge([block[i][0] for block in parts])
            sums.samples //= self.plan.cut or 1
            self._refuse_too_few(running.job, sums.samples)
            one = Outcome(running.job, sums, sum(block[i][1] for block in parts), sink=running.sink)
            if sums.statistic is not None:
                self._finish(one, running)
            one.findings.extend(f for w in running.inspectors.values() if (f := w.finding()))
            found.append(one)
        if self.table is not None:
            self._attach_samples(found, self.table)
        return found

    def _refuse_too_few(self, job: Job, samples: int) -> None:
        """What held for all samples must hold for those that are left after ``nan="omit"``."""
        if samples == self.plan.samples or self.plan.cut:
            return
        if samples == 0:
            raise DataError(
                f"{job.loss.name}: every sample holds NaN and was omitted.", "--nan propagate computes anyway."
            )
        if job.loss.requires_hook is not None:
            shapes = {
                b.role.name: (samples, *b.row_shape) if b.streamed else b.row_shape for b in job.inputs if b.source
            }
            complaint = job.loss.requires_hook(shapes, **job.parameters)
            if complaint:
                raise DataError(f"{job.loss.name}: without the samples omitted, {complaint[0]}", complaint[1])

    def _finish(self, one: Outcome, running: _Running) -> None:
        statistic, hook = one.sums.statistic, running.job.loss.finish_hook
        assert statistic is not None and hook is not None
        placed = statistic.map(self.backend.array)
        with self.backend.block():
            one.units = self._host(hook(self.backend.xp, placed, **running.parameters))
        sums = partial(one.units.reshape(-1), Counts(), None, None)
        one.sums.terms, one.sums.counted = sums.terms, sums.counted
        one.sums.of = statistic.of

    def _attach_samples(self, found: list[Outcome], table: SampleTable) -> None:
        index, values, flags = self._select_late(found, table) if self.late else table.result()
        for i, one in enumerate(found):
            column, loss = values[i], one.job.loss
            if loss.of_mean_hook is not None:
                column = loss.of_mean_hook(np, column)
            if one.units is None or loss.per_sample_hook is not None:
                one.samples = (index, column, flags[i])

    def _select_late(
        self, found: list[Outcome], table: SampleTable
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
        """Select among values that are there only now: samples from parts, or from finished units."""
        _, values, flags = table.result()
        if self.plan.cut:
            values, flags = join(values, flags, self.plan.cut, self.request.reduction)
        for i, one in enumerate(found):
            hook = one.job.loss.per_sample_hook
            if one.units is not None and hook is not None and not one.omitted:
                values[i] = hook(np, one.units)
        assert self.request.selection is not None
        chosen = SampleTable(self.request.selection, values.shape[1], len(values), 0)
        chosen.take(0, values, flags)
        return chosen.result()


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

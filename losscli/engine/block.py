"""One block, computed: a pure function of the plan and of the block's place in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.blame import blaming_plug_in
from losscli.engine.checks import Seen
from losscli.engine.observers import Values
from losscli.engine.partial import Looks, Partial
from losscli.engine.plan import Job
from losscli.engine.prepare import Prepared, PreparedJob
from losscli.engine.reduce import Sums, sums_of
from losscli.engine.rows import Block
from losscli.engine.suspicions import samples
from losscli.engine.suspicions.samples import OddOnes
from losscli.engine.suspicions.together import PairShown
from losscli.engine.units import added, on_host, share_in
from losscli.errors import UsageError
from losscli.spec.units import Counts, Statistic


@contextmanager
def session(prepared: Prepared) -> Iterator[None]:
    """Hold the settings that belong to a thread: entered once by each that computes blocks, on whatever machine."""
    _keep_freed_memory()
    with np.errstate(all="ignore"), prepared.backend.block():
        yield


def compute(prepared: Prepared, place: tuple[int, int]) -> Partial:
    """What the samples ``start:stop`` add, wherever it is computed; of a stream that ended before, nothing.

    Raises:
        Violation: An input holds what its loss cannot take.
        ShapeError: One source ends before the others.
    """
    block = prepared.rows.read(*place)
    if not block.rows:
        return Partial(0)
    if prepared.by_loss:
        return _one_by_one(prepared, block)
    each = [_loss(prepared, ready, block) for ready in prepared.jobs]
    losses = [values for values, _ in each]
    _refuse_beside(prepared, [one.sums for one in losses])
    parts = [observer.take(block, losses) for observer in prepared.observers]
    return Partial(block.rows, [looks for _, looks in each], parts)


def _one_by_one(prepared: Prepared, block: Block) -> Partial:
    """The same, with the values of one loss at a time."""
    looks, sums, parts = [], [], []
    for number, ready in enumerate(prepared.jobs):
        values, look = _loss(prepared, ready, block)
        looks.append(look)
        sums.append(values.sums)
        parts.append([observer.of(block, number, values) for observer in prepared.by_loss])
        del values
    _refuse_beside(prepared, sums)
    return Partial(block.rows, looks, [list(of_losses) for of_losses in zip(*parts, strict=True)])


def deliver(prepared: Prepared, partial: Partial) -> Partial:
    """Take to their places what has one, where the run was asked for; what is left is to be merged."""
    progress = prepared.request.wanted.progress
    if not partial.rows or (progress is None and not prepared.delivers):
        return partial
    parts = [observer.deliver(part) for observer, part in zip(prepared.observers, partial.parts, strict=True)]
    if progress is not None:
        progress(partial.rows, prepared.rows.expected)
    return Partial(partial.rows, partial.looks, parts)


def _loss(prepared: Prepared, ready: PreparedJob, block: Block) -> tuple[Values, Looks]:
    """One loss on one block: its values, and what its inputs look like."""
    if not block.count:
        return _nothing(prepared, ready.job, block), Looks({})
    inputs, seen, pair = _inputs(prepared, ready, block)
    arguments = ready.arguments(inputs, block, prepared.backend)
    counts = prepared.backend.counts(ready.loss, arguments)  # before inputs are written over
    probed = _probed(prepared, ready, arguments)
    odd = _odd(prepared, ready, arguments, block)
    computed = _computed(prepared, ready, arguments)
    if isinstance(computed, Statistic):
        sums = Sums(samples=block.count, statistics=[computed.map(lambda x: _lasting(prepared, x))])
        values = Values(ready.job, sums, again=partial(_statistic, prepared, ready, block))
    else:
        values = _values(prepared, ready, block, computed, counts)
        each = {name: x.reshape(block.count, -1) if x.ndim else x for name, x in probed.items()}
        values = values._replace(probed=each)
    values.sums.omitted = block.rows - block.count
    if ready.wrt:
        from losscli.engine.backward import backward

        values = values._replace(gradients=backward(prepared, ready, block, arguments, computed, counts))
    if not values.sums.finite:
        seen = _look_again(ready, block, seen)
    return values, Looks(seen, pair, odd)


def _odd(prepared: Prepared, ready: PreparedJob, arguments: dict[str, Any], block: Block) -> OddOnes:
    """What the loss itself finds odd."""
    if "odd" not in ready.loss.hooks:
        return OddOnes()
    backend = prepared.backend
    return samples.look(ready.loss, {"xp": backend.xp, **arguments}, block.samples, backend.numpy)


def _statistic(prepared: Prepared, ready: PreparedJob, block: Block, which: NDArray[np.bool_]) -> Statistic:
    """The statistic of some of the samples that are used of a block."""
    part = block.only(which)
    inputs = [prepared.arrays.of(ready, bound, part)[0] for bound in ready.job.inputs]
    computed = _computed(prepared, ready, ready.arguments(inputs, part, prepared.backend))
    assert isinstance(computed, Statistic)
    return computed.map(lambda x: _lasting(prepared, x))


def _inputs(prepared: Prepared, ready: PreparedJob, block: Block) -> tuple[list[Any], dict[str, Seen], PairShown]:
    """The inputs of a loss as its kernel takes them, what they look like, and the first two beside each other."""
    made, seen = {}, {}
    for bound in ready.job.lengths_first:
        made[bound.role.name], look = prepared.arrays.of(ready, bound, block)
        if look.shown:
            seen[bound.role.name] = look
    inputs = [made[bound.role.name] for bound in ready.job.inputs]
    if ready.together is None or not ready.together.wants(block.start):
        return inputs, seen, PairShown()
    first, second = (block.of(bound) for bound in ready.job.inputs[:2])
    return inputs, seen, ready.together.take(block.start, first, second)


def _probed(prepared: Prepared, ready: PreparedJob, arguments: dict[str, Any]) -> dict[str, Any]:
    """What observers want to see beside the values; before inputs are written over."""
    found: dict[str, Any] = {}
    for observer in prepared.probing:
        found |= observer.probe(ready.loss, {"xp": prepared.backend.xp, **arguments})
    # A view of an input would change with it.
    return {name: np.array(prepared.backend.numpy(array)) for name, array in found.items()}


def _computed(prepared: Prepared, ready: PreparedJob, arguments: dict[str, Any]) -> Any:
    with blaming_plug_in(ready.loss, "the kernel"):
        return prepared.backend.values(ready.loss, arguments, ready.by_class)


def _values(prepared: Prepared, ready: PreparedJob, block: Block, computed: Any, counts: Counts) -> Values:
    dtype, reduction = prepared.backend.dtype_of(ready.loss), prepared.request.options.reduction
    rows = block.count

    def host(array: Any) -> NDArray[Any]:
        found: NDArray[Any] = prepared.backend.numpy(array)
        return found.reshape(rows, -1)

    units = on_host(computed, host, counts, dtype)
    counts, adding, weight = units.counts, added(units, reduction), share_in(units, reduction)
    weighted = adding
    if block.weight is not None:
        # Each sample counts as often as its weight says: in the sum, and in what the sum is divided by.
        each = block.used(block.weight)[:, None]
        if weight is None:
            weight = np.ones(adding.shape) if counts.ignored is None else np.where(counts.ignored, 0.0, 1.0)
        weighted, weight = np.where(each == 0, 0.0, adding * each), weight * each
    sums = sums_of(weighted, counts, weight, counts.ignored, prepared.plan.width)
    if reduction == "batchmean":
        sums.of = "samples"
    if block.weight is not None:
        sums.of = f"{sums.of or ready.loss.mean_over}, weighted"
    if prepared.sums_only:
        return Values(ready.job, sums)
    return Values(ready.job, sums, units.values, adding, weighted, weight, counts.ignored)


def _nothing(prepared: Prepared, job: Job, block: Block) -> Values:
    """A loss on a block of which every sample was omitted."""
    sums = Sums(omitted=block.rows)
    if job.loss.whole:
        return Values(job, sums)
    values = np.empty((0, math.prod(job.result_shape[1:])), prepared.backend.dtype_of(job.loss))
    return Values(job, sums, values, values, values)


def _lasting(prepared: Prepared, array: Any) -> NDArray[Any]:
    host: NDArray[Any] = prepared.backend.numpy(array)
    return host if host.flags.owndata else host.copy()


def _look_again(ready: PreparedJob, block: Block, seen: dict[str, Seen]) -> dict[str, Seen]:
    """What inputs look like whose loss is not finite."""
    streamed = {b.role.name: b.number for b in ready.job.inputs if b.streamed}
    again = {name: ready.inspectors[name].look_again(block.of_source(number)) for name, number in streamed.items()}
    return {name: Seen(seen[name].shown if name in seen else (), look.infinite) for name, look in again.items()}


def _refuse_beside(prepared: Prepared, sums: list[Sums]) -> None:
    if not all(one.statistics for one in sums):
        return
    lacks = prepared.request.beside.parts
    if lacks:
        raise UsageError(f"{prepared.jobs[0].loss.name} is one number for the whole set and has {lacks}.")


@cache
def _keep_freed_memory() -> None:
    # Kernels allocate and free block-sized temporaries. glibc hands each back to the kernel, and page faults
    # then cost ten times the arithmetic (measured), unless a larger block was freed before: that raises its
    # threshold for doing so. These pages are never touched, so nothing becomes resident.
    np.empty(31 << 20, np.uint8)

"""A closed form of a gradient held to two other ways to it: autograd of torch, and differences of the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.backends.base import Backend
from losscli.engine.prepare import PreparedJob, prepare
from losscli.engine.units import on_host
from losscli.spec.calls import call, names
from losscli.spec.several import gathered

if TYPE_CHECKING:
    from losscli.engine.observers.checked import Picked
    from losscli.engine.plan import Bound, Job
    from losscli.engine.prepare import Prepared

ENTRIES = 1000
"""Entries of an input that are held to differences."""
_STEPS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
_SEEN = 1e-7
"""The smallest gradient that is looked at, relative to the loss."""
_KINK = 1e-3
"""Slopes that differ by more of the largest gradient from one side to the other are those of a kink."""


class Compared(NamedTuple):
    """How far the closed form is from another way.

    Attributes:
        of: The other way.
        entries: How many entries were compared; those that are no number in one of the two were not.
        largest: The largest deviation, relative to the largest of these entries.
        sample: The sample in which it is.
    """

    of: str
    entries: int
    largest: float
    sample: int


def deviations(prepared: Prepared, number: int, picked: Picked, wrt: tuple[str, ...]) -> dict[str, list[Compared]]:
    """How far the closed form of a loss is from other ways, by input.

    Args:
        prepared: The run.
        number: Which of its losses.
        picked: The samples to compare on.
        wrt: The inputs.

    Raises:
        BackendError: There is no closed form.
    """
    from losscli import backends

    ready = prepared.jobs[number]
    found: dict[str, list[Compared]] = {name: [] for name in wrt}
    with np.errstate(all="ignore"):
        here = _Ways(prepared, ready.job, backends.find("numpy")("cpu", "float64"), picked)
        closed = here.gradients(wrt)
        if backends.find("torch").status().installed:
            torch = backends.find("torch")("cpu", "float64")
            with torch.running(), torch.block():
                other = _Ways(prepared, ready.job, torch, picked).gradients(wrt)
            for name in wrt:
                found[name].append(_compared("autograd", closed[name], other[name], here.samples_of(name)))
        for name in wrt:
            found[name].append(here.against_differences(name, closed[name]))
    return found


class _Ways:
    """The picked samples on a backend, which has no part in how they were computed before."""

    def __init__(self, prepared: Prepared, job: Job, backend: Backend, picked: Picked) -> None:
        self._job, self._backend, self._picked = job, backend, picked
        with backend.block():
            self._ready: PreparedJob = prepare(job, backend, prepared.request, bool(prepared.plan.cut))
        self._bounds = {bound.role.name: bound for bound in job.inputs}
        self._given = {name: self._rows(bound) for name, bound in self._bounds.items() if bound.source is not None}

    def _rows(self, bound: Bound) -> NDArray[Any]:
        if not bound.streamed:
            return np.asarray(self._backend.numpy(self._ready.constants[bound.role.name]), np.float64)
        raw = self._picked.raw[bound.number]
        rows = raw.reshape(len(raw), *bound.row_shape)
        if bound.kind.dtype != "real":
            return self._ready.inspectors[bound.role.name].whole(rows)
        return rows.astype(np.float64)

    def samples_of(self, name: str) -> NDArray[np.int64] | None:
        """Which sample each row of an input is; None for one that is read whole."""
        return self._picked.samples if self._bounds[name].streamed else None

    def _arguments(self, given: Mapping[str, NDArray[Any]], samples: NDArray[np.int64]) -> dict[str, Any]:
        backend, found = self._backend, self._ready.constants | self._ready.parameters
        for name, bound in self._bounds.items():
            found[name] = None if name not in given else self._placed(bound, given[name])
        if "prepare" in self._job.loss.hooks:
            made = self._job.loss.hooks["prepare"]
            found[made.__name__] = call(made, {"xp": backend.xp, **found})
        if "samples" in names(self._job.loss.kernel):
            found["samples"] = backend.labels(samples)
        return dict(gathered(self._job.loss, found))

    def _placed(self, bound: Bound, values: NDArray[Any]) -> Any:
        backend = self._backend
        if bound.kind.dtype != "real":
            return backend.labels(values)
        array = backend.kept(backend.array(values, None, bound.kind.classes_first and bound.streamed))
        return backend.xp.moveaxis(array, 0, bound.axis) if bound.axis else array

    def gradients(self, wrt: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """The gradients of the sum of all units, in the layout of the rows."""
        backend, arguments = self._backend, self._arguments(self._given, self._picked.samples)
        units = on_host(self._units(arguments), lambda x: np.asarray(backend.numpy(x)))
        back = backend.array(np.ones(units.values.shape))
        found = backend.gradients(self._job.loss, arguments, self._ready.by_class, wrt, back)
        return {name: self._as_rows(name, np.asarray(backend.numpy(g))) for name, g in found.items()}

    def _units(self, arguments: dict[str, Any]) -> Any:
        return call(self._job.loss.kernel, {"xp": self._backend.xp, **arguments})

    def _as_rows(self, name: str, gradient: NDArray[Any]) -> NDArray[Any]:
        bound = self._bounds[name]
        if not bound.streamed:
            return gradient
        gradient = np.moveaxis(gradient, bound.axis, 0) if bound.axis else gradient
        return np.moveaxis(gradient, 0, 1) if bound.kind.classes_first else gradient

    def against_differences(self, name: str, closed: NDArray[Any]) -> Compared:
        """The closed form against differences of the loss, at entries picked at random."""
        values, streamed = self._given[name], self._bounds[name].streamed
        rng = np.random.default_rng(0)
        most = ENTRIES if streamed else ENTRIES // 10
        flat = rng.choice(values.size, min(most, values.size), replace=False)
        at = np.unravel_index(flat, values.shape)
        moved = self._by_row(name, at) if streamed else self._one_by_one(name, at)
        numeric = np.stack(list(_slopes(moved, values[at])))
        true = closed[at]
        # No difference of the loss can tell what is smaller than this from its roundings.
        size = np.abs(moved(np.zeros(len(flat)))) / np.maximum(np.abs(values[at]), 1.0)
        largest = max(_largest(true), _SEEN * _largest(size))
        off = np.abs(numeric - true)
        left, right = ((moved(s) - moved(np.zeros(len(flat)))) / s for s in _sides(values[at]))
        kink = np.abs(right - left) > _KINK * largest
        inside = np.maximum(np.minimum(left, right) - true, true - np.maximum(left, right))
        off = np.where(np.isnan(off), np.inf, off).min(axis=0)
        off = np.where(kink, np.minimum(off, np.maximum(inside, 0.0)), off)
        samples = self._picked.samples[at[0]] if streamed else None
        return _summary("differences of the loss", off, largest, samples)

    def _by_row(self, name: str, at: tuple[NDArray[Any], ...]) -> Callable[[NDArray[Any]], NDArray[Any]]:
        """What the loss of each entry's own sample becomes where that entry is moved by so much."""
        rows = at[0]
        given = {n: x[rows] if self._bounds[n].streamed else x for n, x in self._given.items()}
        here = (np.arange(len(rows)), *at[1:])

        def moved(by: NDArray[Any]) -> NDArray[Any]:
            changed = given[name].copy()
            changed[here] += by
            added = self._added({**given, name: changed}, self._picked.samples[rows])
            return np.asarray(added.sum(axis=1))

        return moved

    def _one_by_one(self, name: str, at: tuple[NDArray[Any], ...]) -> Callable[[NDArray[Any]], NDArray[Any]]:
        """The same for an input that every sample shares."""

        def moved(by: NDArray[Any]) -> NDArray[Any]:
            found = []
            for k, step in enumerate(by):
                changed = self._given[name].copy()
                changed[tuple(i[k] for i in at)] += step
                found.append(self._added({**self._given, name: changed}, self._picked.samples).sum())
            return np.array(found)

        return moved

    def _added(self, given: Mapping[str, NDArray[Any]], samples: NDArray[np.int64]) -> NDArray[Any]:
        units = on_host(self._units(self._arguments(given, samples)), np.asarray)
        return np.asarray(units.values).reshape(len(units.values), -1)


def _sides(x: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    step = _STEPS[-1] * np.maximum(np.abs(x), 1.0)
    return -step, step


def _slopes(moved: Callable[[NDArray[Any]], NDArray[Any]], x: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Central differences with steps of several sizes, each improved by one of half the step."""
    for size in (np.maximum(np.abs(x), 1.0), np.abs(x)):  # the second for what lies near the end of its domain
        for relative in _STEPS:
            step = relative * size
            wide, narrow = ((moved(s) - moved(-s)) / (2.0 * s) for s in (step, 0.5 * step))
            yield (4.0 * narrow - wide) / 3.0


def _largest(values: NDArray[Any]) -> float:
    return float(np.max(np.abs(values), initial=0.0, where=np.isfinite(values)))


def _compared(of: str, closed: NDArray[Any], other: NDArray[Any], samples: NDArray[np.int64] | None) -> Compared:
    off = np.abs(closed - other).reshape(len(closed) if closed.ndim else 1, -1)
    each = None if samples is None else np.repeat(samples, off.shape[1])
    return _summary(of, off.reshape(-1), max(_largest(closed), _largest(other)), each)


def _summary(of: str, off: NDArray[Any], largest: float, samples: NDArray[np.int64] | None) -> Compared:
    known = np.isfinite(off)
    if not known.any():
        return Compared(of, 0, 0.0, -1)
    worst = int(np.argmax(np.where(known, off, -1.0)))
    relative = float(off[worst]) / largest if largest else float(off[worst])
    return Compared(of, int(known.sum()), relative, -1 if samples is None else int(samples[worst]))

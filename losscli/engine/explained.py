"""One sample of a run as its loss sees it: what of each input belongs to a unit, its steps, and its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.backward import chosen, upstream
from losscli.engine.blame import blaming_plug_in
from losscli.engine.observers.gradients import derivative
from losscli.engine.reduce import of_samples
from losscli.engine.rows import Block
from losscli.engine.units import added, on_host
from losscli.errors import BackendError
from losscli.spec.kinds import Along
from losscli.spec.steps import Steps

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.plan import Bound

Axis = tuple[str, int]


class One(NamedTuple):
    """One sample.

    Attributes:
        number: Which.
        raw: Its row of each source, of shape (1, ...).
        weight: Its weight, or None.
        texts: What the columns beside the inputs hold.
        value: Its loss as per-sample losses have it; NaN without one.
        status: Whether it has one.
        units: Its unreduced values; of a loss that is no sum over samples, and of a sample that was omitted, None.
        adding: The same as the reduction adds them up.
        weighted: The same times its weight.
        share: What each adds to what the mean divides by, or all of them together; None where each adds 1.
        ignored: Which are left out on purpose; None where none is.
    """

    number: int
    raw: list[NDArray[Any]]
    weight: float | None
    texts: tuple[str, ...]
    value: float
    status: int
    units: NDArray[Any] | None
    adding: NDArray[Any] | None
    weighted: NDArray[Any] | None
    share: NDArray[Any] | None
    ignored: NDArray[Any] | None


class Sample:
    """A sample that was kept of a run of one loss.

    Args:
        ended: The run.
        one: The sample.
    """

    def __init__(self, ended: Ended, one: One) -> None:
        self.one = one
        self._ended, self._prepared = ended, ended.prepared
        (self._ready,) = ended.prepared.jobs
        self.job = self._ready.job
        weight = None if one.weight is None else np.array([one.weight])
        self._block = Block(one.number, 1, one.raw, weight=weight, apart=True)

    @contextmanager
    def _computing(self) -> Iterator[None]:
        backend = self._prepared.backend
        with backend.running(), backend.block(), np.errstate(all="ignore"):
            yield

    @cached_property
    def _arguments(self) -> dict[str, Any]:
        """What a kernel would be called with for this sample alone."""
        arrays = self._prepared.arrays
        with self._computing():
            inputs = [arrays.of(self._ready, bound, self._block)[0] for bound in self.job.inputs]
        return self._ready.arguments(inputs, self._block, self._prepared.backend)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its units."""
        return tuple(self.job.result_shape[1:])

    def inputs(self) -> dict[str, Any]:
        """What each input that is streamed holds of it, as the file has it, without what lies beyond its length."""
        there = {b.role.name: b for b in self.job.inputs if b.streamed and b.source is not None}
        found = {name: self._block.of(bound)[0] for name, bound in there.items()}
        for name, bound in there.items():
            counts = bound.kind.counts
            if counts in found:
                axes = self._axes(self.job.axes(there[counts]))
                axis = next(i for i, (letter, _) in enumerate(axes) if letter.endswith(bound.kind.along))
                found[counts] = np.take(found[counts], range(int(found[name])), axis=axis)
        return found

    def of_unit(self, position: tuple[int, ...]) -> dict[str, Any]:
        """What belongs to one unit of every input and parameter, by name; classes are axis 0 of arrays."""
        found: dict[str, Any] = dict(self.job.parameters)
        for p in self.job.loss.parameters:
            if isinstance(p.domain, Along) and found[p.name] is not None:
                found[p.name] = self._parameter(p.domain.axis, np.asarray(found[p.name], np.float64), position)
        for bound in self.job.inputs:
            array = self._arguments.get(bound.role.name)
            found[bound.role.name] = None if array is None else _plain(self._part(bound, array, position))
        return found

    def _parameter(self, axis: str, values: NDArray[Any], position: tuple[int, ...]) -> Any:
        first = self.job.inputs[0]
        if axis in self.job.axes(first) or not self.job.loss.signature.elementwise:
            return values
        return values.item() if values.size == 1 else _plain(np.broadcast_to(values, first.row_shape)[position])

    def _part(self, bound: Bound, array: Any, position: tuple[int, ...]) -> NDArray[Any]:
        host = _samples_first(bound, np.asarray(self._prepared.backend.numpy(array)))
        if bound.kind.broadcast:
            return np.asarray(np.broadcast_to(host, (1, *self.job.inputs[0].row_shape))[0][position])
        if not bound.streamed:
            return host
        at = dict(zip(self._axes(self.job.form.output), position, strict=True))
        return np.asarray(host[0][tuple(at.get(axis, slice(None)) for axis in self._axes(self.job.axes(bound)))])

    def _axes(self, letters: tuple[str, ...]) -> list[Axis]:
        """The axes of one sample, each with a name of its own where a letter stands for several."""
        every = [(a, i) for a in letters for i in range(1 if a.isdigit() else len(self.job.letters.get(a, (0,))))]
        sample = (self.job.loss.signature.sample_axis, 0)
        return [axis for axis in every if axis != sample or sample not in every]

    def steps(self, position: tuple[int, ...]) -> Steps | None:
        """How a unit is worked out, of a loss that tells it."""
        with blaming_plug_in(self.job.loss, "the steps"), np.errstate(all="ignore"):
            found: Steps | None = self.job.loss.ask("steps", {"xp": np, **self.of_unit(position)})
        return found

    @cached_property
    def gradients(self) -> dict[str, NDArray[Any]]:
        """The gradient of what the reduction adds up to each input, in the layout of its rows, if it has one."""
        backend, ready = self._prepared.backend, self._ready
        # That of a loss of the whole set takes all samples.
        if (
            ready.loss.by_sample
            or self.one.units is None
            or ("gradient" not in ready.loss.hooks and not backend.autograd)
        ):
            return {}
        bounds = {b.role.name: b for b in self.job.inputs}
        wanted = [name for name in chosen(self.job, (), autograd=True) if bounds[name].streamed]
        with self._computing():
            computed = backend.values(ready.loss, self._arguments, ready.by_class)
            counts = backend.counts(ready.loss, self._arguments)
            back = backend.array(upstream(self._prepared, self._block, computed, counts))
            try:
                found = backend.gradients(ready.loss, self._arguments, ready.by_class, wanted, back)
            except BackendError:  # no closed form with these parameters
                return {}
        return {name: _samples_first(bounds[name], np.asarray(backend.numpy(g)))[0] for name, g in found.items()}

    def gradient_of(self, name: str, position: tuple[int, ...]) -> NDArray[Any]:
        """What of the gradient to an input belongs to one unit."""
        bound = next(b for b in self.job.inputs if b.role.name == name)
        at = dict(zip(self._axes(self.job.form.output), position, strict=True))
        index = tuple(at.get(axis, slice(None)) for axis in self._axes(self.job.axes(bound)))
        return np.asarray(self.gradients[name][index])

    def loss_with(self, name: str, entry: int | None, value: float) -> float:
        """What its loss would be with another number in an input, of a sample that is one unit.

        Args:
            name: The input.
            entry: Which of its numbers; None where it has one.
            value: The other number.
        """
        bound = next(b for b in self.job.inputs if b.role.name == name)
        backend, ready = self._prepared.backend, self._ready
        with self._computing():
            arguments = dict(self._arguments)  # of which a kernel may write over an array, so each is a copy
            for each in self.job.inputs:
                if arguments.get(each.role.name) is not None:
                    host = np.array(backend.numpy(arguments[each.role.name]))
                    if each is bound:
                        _samples_first(bound, host).flat[entry or 0] = value
                    arguments[each.role.name] = backend.array(host) if host.dtype.kind == "f" else backend.labels(host)
            computed = backend.values(ready.loss, arguments, ready.by_class)
            counts = backend.counts(ready.loss, arguments)
            dtype = backend.dtype_of(ready.loss)
            units = on_host(computed, lambda x: np.asarray(backend.numpy(x)).reshape(1, -1), counts, dtype)
            reduction = self._prepared.request.options.reduction
            return float(of_samples(self.job, added(units, reduction), units.counts.ignored, reduction)[0])

    @property
    def scale(self) -> float:
        """What gradients of the sum are multiplied by to be those of the loss."""
        return derivative(self._ended, 0)


def _samples_first(bound: Bound, array: NDArray[Any]) -> NDArray[Any]:
    """An array as a kernel sees it, with the samples along axis 0 and the other axes as the signature has them."""
    if not bound.streamed:
        return array
    if bound.axis:
        array = np.moveaxis(array, bound.axis, 0)
    return np.moveaxis(array, 0, 1) if bound.kind.classes_first and array.ndim > 1 else array


def _plain(values: NDArray[Any]) -> Any:
    """A number, where it is one."""
    return values.item() if values.ndim == 0 else values

"""The gradients of a block: what a loss makes of its units pulled back to its inputs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from losscli.backends.base import no_closed_form
from losscli.data.source import UNKNOWN_ROWS
from losscli.engine.blame import blaming_plug_in
from losscli.engine.plan import Bound, Job, Plan
from losscli.engine.rows import Block
from losscli.errors import UsageError
from losscli.spec.calls import names
from losscli.spec.gradients import differentiable
from losscli.spec.several import argument_of, names_of
from losscli.spec.units import Counts, Statistic, Units

if TYPE_CHECKING:
    from losscli.engine.prepare import Prepared, PreparedJob
    from losscli.engine.request import Request


def candidates(job: Job) -> list[Bound]:
    """The inputs given that a loss has gradients to."""
    seen = [b for b in job.inputs if argument_of(job.loss, b.role.name) in names(job.loss.kernel)]
    return [bound for bound in seen if bound.source is not None and differentiable(bound.kind)]


def backward(
    prepared: Prepared, ready: PreparedJob, block: Block, arguments: dict[str, Any], computed: Any, counts: Counts
) -> dict[str, NDArray[Any]]:
    """The gradient of the numerator to every input that is asked for, samples along axis 0.

    Of a loss that is one number for the whole set it is that of the loss itself.

    Args:
        prepared: The run.
        ready: The loss.
        block: The samples.
        arguments: What the kernel was called with.
        computed: What it returned.
        counts: What the loss told beside it of what the mean counts.
    """
    wanted, backend = ready.wrt, prepared.backend
    with blaming_plug_in(ready.loss, "the gradient"):
        if isinstance(computed, Statistic):
            constants = {**ready.constants, **ready.parameters}
            mean = prepared.request.options.reduction != "sum"
            found = backend.whole_gradients(ready.loss, arguments, constants, wanted, mean)
        else:
            back = upstream(prepared, block, computed, counts)
            found = backend.gradients(ready.loss, arguments, ready.by_class, wanted, backend.array(back))
    bounds = {bound.role.name: bound for bound in ready.job.inputs}
    return {name: _as_read(backend.numpy(g), bounds[name], block) for name, g in found.items()}


def upstream(prepared: Prepared, block: Block, computed: Any, counts: Counts) -> NDArray[Any]:
    """What each unit's value is multiplied by before all are added: factors of a mean and weights of the samples."""
    values, counts = computed if isinstance(computed, Units) else (computed, counts)
    factor = counts.factor
    backend, dtype = prepared.backend, prepared.backend.arithmetic
    back: NDArray[Any] = np.broadcast_to(np.ones((), dtype), tuple(values.shape))
    if factor is not None and prepared.request.options.reduction == "mean":
        back = np.broadcast_to(np.asarray(backend.numpy(factor), dtype), back.shape)
    if block.weight is not None:
        back = back * block.used(block.weight).astype(dtype).reshape(-1, *[1] * (back.ndim - 1))
    return back


def _as_read(gradient: NDArray[Any], bound: Bound, block: Block) -> NDArray[Any]:
    """A gradient in the layout in which its input was read."""
    if not bound.streamed:
        return gradient
    if bound.axis:
        gradient = np.moveaxis(gradient, bound.axis, 0)
    if bound.kind.classes_first:
        gradient = np.moveaxis(gradient, 0, 1)
    if block.weight is not None:  # what weighs nothing has none, whatever its value
        nothing = block.used(block.weight) == 0
        if nothing.any():
            gradient = np.where(nothing.reshape(-1, *[1] * (gradient.ndim - 1)), 0.0, gradient)
    return gradient


def scale_of(plan: Plan, job: Job, request: Request) -> float:
    """What the gradients of the sum are multiplied by where every unit counts, which the data may tell otherwise.

    It is 1 where it is plain that the data will.
    """
    loss, options = job.loss, request.options
    weighs = request.beside.weight is not None or any(b.kind.weighs and b.source is not None for b in job.inputs)
    weighs = weighs or any(array is not None for array in job.arrays.values())
    told = weighs or "value" in loss.hooks or options.omits
    if options.reduction == "sum" or told or loss.whole or plan.samples >= UNKNOWN_ROWS:
        return 1.0
    units = plan.samples if plan.cut else math.prod(job.result_shape)
    return 1.0 / ((plan.samples // (plan.cut or 1)) if options.reduction == "batchmean" else units)


def chosen(job: Job, wrt: tuple[str, ...], autograd: bool) -> tuple[str, ...]:
    """The inputs that gradients are wanted to: those named, else the first; all embeddings that stand beside it.

    Args:
        job: The loss on its inputs.
        wrt: Those that are named.
        autograd: Whether a closed form can be done without.

    Raises:
        UsageError: There is no gradient to one, or no such input.
        BackendError: There is no closed form.
    """
    if not autograd and "gradient" not in job.loss.hooks:
        raise no_closed_form(job.loss, "")
    possible = [bound.role.name for bound in candidates(job)]
    if not possible:
        raise UsageError(f"{job.loss.name}: none of its inputs holds real numbers.")
    wrt = tuple(each for name in wrt for each in names_of(job.loss, name))
    for name in wrt:
        if name not in possible:
            known = name in [role.name for role in job.loss.inputs]
            why = "has no gradient: it is not given, or holds labels, signs or weights" if known else "is no input"
            raise UsageError(f"{job.loss.name}: {name} {why}.", f"--wrt {','.join(possible)}")
    if wrt:
        return tuple(dict.fromkeys(wrt))
    first = next(bound for bound in job.inputs if bound.role.name == possible[0])
    alike = [b for b in candidates(job) if b.kind.name == first.kind.name and b.kind.name == "embedding" and b.streamed]
    return tuple(b.role.name for b in alike) or (possible[0],)

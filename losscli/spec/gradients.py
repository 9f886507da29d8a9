"""Gradients by the closed form that a loss has beside its kernel."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from losscli.spec.kinds import Among, Kind
from losscli.spec.several import alone

if TYPE_CHECKING:
    from losscli.spec.loss import Loss


def differentiable(kind: Kind) -> bool:
    """Whether there is a gradient to an input: to real numbers, but not to weights nor to one of two signs."""
    return kind.dtype == "real" and not kind.weighs and not isinstance(kind.domain, Among)


def pulled_back(one: Loss, arguments: Mapping[str, Any], wanted: Collection[str]) -> dict[str, Any] | None:
    """What the closed form gives for some inputs, by name and in their shapes; None where there is none.

    Args:
        one: The loss.
        arguments: ``xp``, ``back``, inputs, parameters and what was prepared, as the kernel sees them.
        wanted: The names of the inputs.
    """
    found = one.ask("gradient", arguments)
    if found is None:
        return None
    each = [g for x in (found if isinstance(found, tuple) else (found,)) for g in (x if isinstance(x, tuple) else (x,))]
    chosen = {role.name: g for role, g in zip(one.inputs, each, strict=False) if role.name in wanted and g is not None}
    xp = arguments["xp"]
    shapes = {name: alone(arguments[name]).shape for name in chosen}
    return {name: summed_to(xp, g() if callable(g) else g, shapes[name]) for name, g in chosen.items()}


def summed_to(xp: Any, values: Any, shape: tuple[int, ...]) -> Any:
    """The sum over those axes along which an array of this shape was repeated."""
    more = values.ndim - len(shape)
    if more:
        values = xp.sum(values, axis=tuple(range(more)))
    repeated = tuple(i for i, (n, full) in enumerate(zip(shape, values.shape, strict=True)) if n == 1 < full)
    return xp.sum(values, axis=repeated, keepdims=True) if repeated else values

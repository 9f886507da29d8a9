"""Losses with several inputs of one role: once it is known how many there are, each is an input with a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from losscli.spec.loss import Loss


def names_of(one: Loss, argument: str) -> list[str]:
    """The inputs that an argument of the kernel stands for."""
    return [f"{argument}.{k}" for k in range(one.counts_of[argument])] if argument in one.counts_of else [argument]


def argument_of(one: Loss, name: str) -> str:
    """The argument of the kernel that has an input."""
    return next((argument for argument in one.counts_of if name in names_of(one, argument)), name)


def spread(one: Loss, counts: Mapping[str, int]) -> Loss:
    """A loss with as many inputs as there are of those that may be several; of two or more each has a number."""
    more = {name: count for name, count in counts.items() if count > 1}
    if not more:
        return one
    places = {i: more[role.name] for i, role in enumerate(one.inputs) if role.name in more}
    return replace(one, signature=one.signature.spread(places), counts_of=more)


def gathered(one: Loss, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Arguments by name, with several inputs as the one tuple that the kernel has, be it of one."""
    repeated = [*one.counts_of, *(role.name for role in one.inputs if role.several)]
    if not repeated:
        return arguments
    each = {argument: names_of(one, argument) for argument in repeated}
    joined = {name: tuple(arguments[x] for x in names) for name, names in each.items() if names[0] in arguments}
    return {**arguments, **joined}


def with_inputs(one: Loss, arguments: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as :func:`gathered` returns them, with other arrays in the place of some inputs."""
    single = {role.name: alone(arguments[role.name]) for role in one.inputs if role.several}
    return dict(gathered(one, {**arguments, **single, **others}))


def alone(value: Any) -> Any:
    """An input as an array, of which a kernel may have a tuple of one."""
    return value[0] if isinstance(value, tuple) else value

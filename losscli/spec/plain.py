"""A loss as a plain function of arrays, for use from Python and from other losses' kernels."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from losscli.spec.calls import call, names
from losscli.spec.loss import Loss
from losscli.spec.units import Statistic, Units


def units(one: Loss, inputs: tuple[Any, ...], parameters: Mapping[str, Any]) -> Any:
    """The unreduced values of a loss on whole arrays of shapes that its declaration has."""
    xp = _namespace(inputs[0])
    left_out: dict[str, Any] = {role.name: None for role in one.inputs}
    named = left_out | {role.name: x for role, x in zip(one.inputs, inputs, strict=False)}
    settings = {p.name: p.default for p in one.parameters} | dict(parameters)
    for role in one.inputs:
        kind = role.kind_for(settings)
        if kind.soft_form is not None and _has_classes(one, named):
            kind = kind.soft_form
        if kind.classes_first and named[role.name] is not None and named[role.name].ndim > 1:
            named[role.name] = xp.moveaxis(named[role.name], 1, 0)
        if kind.broadcast == "leading" and named[role.name].ndim == inputs[0].ndim - 1:
            named[role.name] = named[role.name][..., None]
    arguments = {"xp": xp, **settings, **named}
    if "samples" in names(one.kernel):
        arguments["samples"] = xp.arange(inputs[0].shape[one.inputs[0].axis])
    if "prepare" in one.hooks:
        arguments[one.hooks["prepare"].__name__] = one.ask("prepare", arguments)
    found = call(one.kernel, arguments)
    if isinstance(found, Statistic):
        found = one.ask("finish", {**arguments, "statistic": found})
    return found.values if isinstance(found, Units) else found


def _has_classes(one: Loss, named: Mapping[str, Any]) -> bool:
    """Whether the target has the prediction's axes, so that it holds a share of each class."""
    first, second = (named[role.name] for role in one.inputs[:2])
    return bool(first.ndim == second.ndim)


def _namespace(array: Any) -> ModuleType:
    if hasattr(array, "__array_namespace__"):
        found: ModuleType = array.__array_namespace__()
        return found
    from array_api_compat import array_namespace

    namespace: ModuleType = array_namespace(array)
    return namespace

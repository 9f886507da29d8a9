"""A loss as a plain function of arrays, for use from Python and from other losses' kernels."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from losscli.spec.arithmetic import in_rows
from losscli.spec.calls import call, names
from losscli.spec.gradients import differentiable, pulled_back
from losscli.spec.kinds import Kind
from losscli.spec.loss import Loss
from losscli.spec.several import gathered, spread
from losscli.spec.signature import JOINED, Form
from losscli.spec.units import Statistic, Units

_Kinds = dict[str, Kind]


def units(one: Loss, inputs: tuple[Any, ...], parameters: Mapping[str, Any]) -> Any:
    """The unreduced values of a loss on whole arrays of shapes that its declaration has."""
    arguments, _ = _arguments(one, inputs, parameters)
    found = call(one.kernel, arguments)
    if isinstance(found, Statistic):
        found = one.ask("finish", {**arguments, "statistic": found})
    return found.values if isinstance(found, Units) else found


def gradients(one: Loss, back: Any, inputs: tuple[Any, ...], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The gradients to all real inputs, given that by the units; in the shapes of the inputs."""
    one, inputs = _spread(one, inputs)
    arguments, kinds = _arguments(one, inputs, parameters)
    xp, given = arguments["xp"], {r.name: x for r, x in zip(one.inputs, inputs, strict=False) if x is not None}
    found = pulled_back(one, {**arguments, "back": back}, [n for n in given if differentiable(kinds[n])]) or {}
    moved = {n: xp.moveaxis(g, 0, 1) if kinds[n].classes_first and g.ndim > 1 else g for n, g in found.items()}
    return {name: xp.reshape(g, given[name].shape) for name, g in moved.items()}


def _arguments(one: Loss, inputs: tuple[Any, ...], parameters: Mapping[str, Any]) -> tuple[dict[str, Any], _Kinds]:
    """All that companions may name, as they see it, and what kind each input is."""
    xp = _namespace(inputs[0])
    one, inputs = _spread(one, inputs)
    left_out: dict[str, Any] = {role.name: None for role in one.inputs}
    named = left_out | {role.name: x for role, x in zip(one.inputs, inputs, strict=False)}
    settings = {p.name: p.default for p in one.parameters} | dict(parameters)
    kinds = {}
    form = _form(one, named)
    axes_of = dict(zip(named, form.inputs, strict=True))
    for role, axes in zip(one.inputs, form.inputs, strict=True):
        kind = role.kind_for(settings)
        if kind.soft_form is not None and "C" in axes:
            kind = kind.soft_form
        if named[role.name] is not None:
            named[role.name] = _converted(xp, named[role.name], kind)
        if kind.classes_first and named[role.name] is not None and named[role.name].ndim > 1:
            named[role.name] = xp.moveaxis(named[role.name], 1, 0)
        if kind.broadcast == "leading" and named[role.name].ndim == inputs[0].ndim - 1:
            named[role.name] = named[role.name][..., None]
        kinds[role.name] = kind
        if kind.counts and (JOINED + kind.along,) == axes_of[kind.counts]:
            named[kind.counts] = in_rows(xp, named[kind.counts], named[role.name])
    arguments = {"xp": xp, **settings, **named}
    if "samples" in names(one.kernel):
        arguments["samples"] = xp.arange(inputs[0].shape[one.inputs[0].axis])
    arguments = dict(gathered(one, arguments))
    if "prepare" in one.hooks:
        arguments[one.hooks["prepare"].__name__] = one.ask("prepare", arguments)
    return arguments, kinds


def _converted(xp: Any, array: Any, kind: Kind) -> Any:
    """An array as kernels take it: differences of small integers would wrap round, and so would indices."""
    whole = xp.isdtype(array.dtype, ("integral", "bool"))
    if kind.dtype == "real":
        return xp.astype(array, xp.asarray(0.0).dtype) if whole else array
    return xp.astype(array, xp.int64, copy=False)


def _spread(one: Loss, inputs: tuple[Any, ...]) -> tuple[Loss, tuple[Any, ...]]:
    """A loss with as many inputs as there are, and these one by one."""
    each = {r.name: tuple(x) for r, x in zip(one.inputs, inputs, strict=False) if isinstance(x, list | tuple)}
    flat = tuple(y for r, x in zip(one.inputs, inputs, strict=False) for y in each.get(r.name, (x,)))
    return spread(one, {name: len(several) for name, several in each.items()}), flat


def _form(one: Loss, named: Mapping[str, Any]) -> Form:
    """The form of the signature that the arrays have; where they have none, the first."""
    given = [(named[role.name], role.kind.broadcast) for role in one.inputs]
    shapes = [None if x is None or broadcast else tuple(x.shape) for x, broadcast in given]
    forms = one.signature.forms
    return next((form for form in forms if form.match(shapes) is not None), forms[0])


def _namespace(array: Any) -> ModuleType:
    if hasattr(array, "__array_namespace__"):
        found: ModuleType = array.__array_namespace__()
        return found
    from array_api_compat import array_namespace

    namespace: ModuleType = array_namespace(array)
    return namespace

"""Inputs of which there may be several: as many inputs of a loss, each with a number, as were given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import count, takewhile
from typing import Any

from losscli.errors import UsageError
from losscli.spec.loss import Loss
from losscli.spec.several import spread as spread_loss


def spread(chosen: list[Loss], named: Mapping[str, Any]) -> tuple[list[Loss], dict[str, Any]]:
    """Losses with as many inputs as were given, and what was given for each.

    Args:
        chosen: The losses.
        named: What was given by name; for an input that may be several one of it, or a list.

    Raises:
        UsageError: Of inputs that go in pairs there are more of one than of the other.
    """
    found = dict(named)
    each = [{r.name: x for r in one.inputs if r.several and (x := _given(named, r.name))} for one in chosen]
    for one, several in zip(chosen, each, strict=True):
        if len(set(map(len, several.values()))) > 1:
            seen = ", ".join(f"{len(values)} of {name}" for name, values in several.items())
            raise UsageError(
                f"{one.name} takes equally many of each, and was given {seen}.", "name one file each time."
            )
        for name, values in several.items():
            found.pop(name, None)
            found |= {name: values[0]} if len(values) == 1 else {f"{name}.{k}": x for k, x in enumerate(values)}
    return [
        spread_loss(one, {n: len(v) for n, v in several.items()}) for one, several in zip(chosen, each, strict=True)
    ], found


def _given(named: Mapping[str, Any], name: str) -> list[Any]:
    """What was given for an input, in a list or under its numbers."""
    if named.get(name) is not None:
        return _listed(named[name])
    numbered = (f"{name}.{k}" for k in count())
    return [named[one] for one in takewhile(lambda one: named.get(one) is not None, numbered)]


def _listed(value: Any) -> list[Any]:
    """The inputs that were given; a list of rows is one."""
    if not isinstance(value, list | tuple) or not all(_whole(x) for x in value):
        return [value]
    return list(value)


def _whole(value: Any) -> bool:
    """Whether it is an input of its own, and no row of one."""
    if isinstance(value, str | os.PathLike):
        return True
    if hasattr(value, "ndim"):
        return bool(value.ndim)
    import numpy as np

    return bool(np.ndim(value) > 1)

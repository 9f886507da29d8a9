"""How large the gradient of a unit is, on average: to the first input, by the closed form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from losscli.engine.observers import ByLoss, Values
from losscli.engine.reduce import fsum
from losscli.spec.gradients import pulled_back

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.rows import Block
    from losscli.spec.loss import Loss

OBSERVED = "slopes"
"""Where it leaves what it found: a number, or None where a loss has no such gradient."""
_SUM = "sum of slopes"
_VECTORS = "D"


class _Part(NamedTuple):
    sums: list[float]
    units: int


class Slopes(ByLoss[_Part]):
    """Adds up the sizes of the gradients of units; where a unit has several numbers of the input, their lengths."""

    def probe(self, loss: Loss, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if "gradient" not in loss.hooks:
            return {}
        first, xp = loss.inputs[0], arguments["xp"]
        x = arguments[first.name]
        axes = loss.signature.forms[0]
        if first.kind.classes_first:
            axis: int | None = 0
        elif axes.inputs[0][-1:] == (_VECTORS,) and axes.output == axes.inputs[0][:-1]:
            axis = -1
        elif loss.signature.elementwise:
            axis = None
        else:
            return {}
        back = xp.ones_like(x if axis is None else xp.take(x, xp.asarray([0]), axis=axis))
        back = back if axis is None else xp.squeeze(back, axis=axis)
        found = (pulled_back(loss, {**arguments, "back": back}, {first.name}) or {}).get(first.name)
        if found is None:
            return {}
        sizes = xp.abs(found) if axis is None else xp.sqrt(xp.sum(found * found, axis=axis))
        return {_SUM: xp.sum(sizes)}  # of ignored units it is 0

    def of(self, block: Block, number: int, one: Values) -> _Part:
        if _SUM not in one.probed or one.values is None:
            return _Part([], 0)
        ignored = 0 if one.ignored is None else int(np.count_nonzero(one.ignored))
        return _Part([float(one.probed[_SUM])], one.values.size - ignored)

    def merge(self, parts: Sequence[list[_Part]]) -> list[_Part]:
        each = zip(*parts, strict=True)
        return [_Part([x for p in ps for x in p.sums], sum(p.units for p in ps)) for ps in each]

    def finish(self, part: list[_Part], ended: Ended) -> None:
        for found, outcome in zip(part, ended.outcomes, strict=True):
            mean = fsum(found.sums) / found.units if found.units else math.nan
            outcome.observed[OBSERVED] = mean if math.isfinite(mean) else None

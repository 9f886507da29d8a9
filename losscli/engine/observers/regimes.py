"""In which of its parts a loss is: how many of its units are where, as :meth:`Loss.regimes` tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from losscli.engine.observers import REGIMES, ByLoss, Values

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.rows import Block
    from losscli.spec.loss import Loss

OBSERVED = REGIMES
"""Where it leaves what it found: :class:`Counted` by the name of the regime."""
_PREFIX = "regime "


class Counted(NamedTuple):
    """How many of the units that count are in a regime, and how many there are."""

    units: int
    of: int


class Regimes(ByLoss[dict[str, Counted]]):
    """Counts the units in each regime of every loss that tells any."""

    def probe(self, loss: Loss, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = loss.ask("regimes", arguments) or {}
        return {_PREFIX + name: mask for name, mask in found.items()}

    def of(self, block: Block, number: int, one: Values) -> dict[str, Counted]:
        masks = {name.removeprefix(_PREFIX): x for name, x in one.probed.items() if name.startswith(_PREFIX)}
        if one.ignored is not None:
            masks = {name: mask & ~one.ignored for name, mask in masks.items()}
        ignored = 0 if one.ignored is None else int(np.count_nonzero(one.ignored))
        return {name: Counted(int(np.count_nonzero(mask)), mask.size - ignored) for name, mask in masks.items()}

    def merge(self, parts: Sequence[list[dict[str, Counted]]]) -> list[dict[str, Counted]]:
        return [_added(each) for each in zip(*parts, strict=True)]

    def finish(self, part: list[dict[str, Counted]], ended: Ended) -> None:
        for counted, outcome in zip(part, ended.outcomes, strict=True):
            outcome.observed[OBSERVED] = counted


def _added(parts: Sequence[dict[str, Counted]]) -> dict[str, Counted]:
    names = dict.fromkeys(name for part in parts for name in part)
    each = {name: [part[name] for part in parts if name in part] for name in names}  # a block without samples has none
    return {name: Counted(sum(c.units for c in cs), sum(c.of for c in cs)) for name, cs in each.items()}

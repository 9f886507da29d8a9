"""Samples picked at random, on which the closed form of a gradient is held to other ways to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.observers import Observer, Values

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.plan import Plan
    from losscli.engine.rows import Block

SAMPLES = 1000
"""Samples that are picked, if rows are short."""
_ELEMENTS = 1 << 18
"""Elements of all of them: 2 MiB of float64 an input."""


class Picked(NamedTuple):
    """Some samples: what they were picked by, their numbers, and their rows of each source."""

    keys: NDArray[np.uint64]
    samples: NDArray[np.int64]
    raw: list[NDArray[Any]]


class Checked(Observer[Picked]):
    """Picks samples, the same whatever the blocks, and checks the gradients of losses on them at the end.

    Args:
        plan: What is computed.
        wrt: The inputs that the gradients of each loss are to.
    """

    sums_only = True

    def __init__(self, plan: Plan, wrt: Sequence[tuple[str, ...]]) -> None:
        self._most = max(1, min(SAMPLES, _ELEMENTS // plan.width))
        self._wrt, self._sources = wrt, len(plan.sources)

    def take(self, block: Block, losses: Sequence[Values]) -> Picked:
        samples = block.samples
        raw = [block.of_source(number) for number in range(self._sources)]
        return self._least(Picked(_hashed(samples), samples, raw), copy=True)

    def _least(self, picked: Picked, copy: bool = False) -> Picked:
        order = np.argsort(picked.keys)[: self._most]
        raw = [rows[order] if copy or len(order) < len(rows) else rows for rows in picked.raw]
        return Picked(picked.keys[order], picked.samples[order], raw)

    def merge(self, parts: Sequence[Picked]) -> Picked:
        each = zip(*(part.raw for part in parts), strict=True)
        keys, samples = (np.concatenate(x) for x in zip(*((p.keys, p.samples) for p in parts), strict=True))
        return self._least(Picked(keys, samples, [np.concatenate(rows) for rows in each]))

    def finish(self, part: Picked, ended: Ended) -> None:
        from losscli.engine.gradcheck import deviations

        for number, (outcome, wrt) in enumerate(zip(ended.outcomes, self._wrt, strict=True)):
            outcome.observed["deviations"] = deviations(ended.prepared, number, part, wrt)


def _hashed(samples: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A number for each sample that looks random: the finaliser of SplitMix64."""
    with np.errstate(over="ignore"):
        x = samples.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))

"""Samples are the units: sums of a block, whatever its length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from losscli.engine.intervals import ALL, Made, Maker, Way, merged, of_arrays
from losscli.engine.intervals.ends import fractions
from losscli.engine.reduce import counted, fsum
from losscli.engine.samples import fraction
from losscli.stats.by_group import sums_by_group
from losscli.stats.moments import Sums, sums_of

if TYPE_CHECKING:
    from losscli.engine.observers import Values
    from losscli.engine.outcome import Ended, Outcome
    from losscli.engine.parted import Names, Parted
    from losscli.engine.rows import Block

Units = dict["Names", list[Sums]]


def units_of(one: Values, total: bool) -> tuple[NDArray[np.float64], NDArray[np.float64] | float]:
    """What each sample adds to numerator and denominator; of a ``total`` each that counts is one, whatever it holds."""
    a, w = fraction(one)
    if isinstance(w, int):
        return a, 1.0 if total else float(w)
    return a, (w > 0).astype(np.float64) if total else w.astype(np.float64, copy=False)


def places(block: Block) -> NDArray[np.int64] | int:
    """The index of the first sample of a block or, where some are left out, of each."""
    return block.start if block.keep is None else block.samples


class Samples(Way[Units, Made]):
    """Every sample is a unit.

    Args:
        ends: Makes something of the units.
    """

    def __init__(self, ends: Maker[Made]) -> None:
        self._ends = ends

    def take(self, block: Block, one: Values, parted: Parted | None) -> Units:
        return self.sums(*units_of(one, self._ends.total), places(block), parted)

    def sums(
        self,
        a: NDArray[np.float64],
        w: NDArray[np.float64] | float,
        at: NDArray[np.int64] | int,
        parted: Parted | None,
    ) -> Units:
        """The sums of all units and of each group."""
        found = {ALL: [sums_of(a, w, at)]}
        if parted is not None:
            each = sums_by_group(a, w, parted.order, parted.starts, at)
            found |= {names: [sums] for names, sums in zip(parted.names, each, strict=True)}
        return {names: [sums for sums in mine if sums is not None] for names, mine in found.items()}

    def merge(self, parts: Sequence[Units]) -> Units:
        return merged(parts)

    def finish(self, part: Units, ended: Ended, outcome: Outcome) -> Mapping[Names, Made]:
        known = fractions(outcome)
        return {names: self._ends.of(outcome.job, known[names], sums) for names, sums in part.items()}


Tile = tuple[list[float], list[float]]


class CutSamples(Way[list[Tile], Made]):
    """Every sample is a unit, and larger than a block: it is put together from the tiles it was cut into.

    Args:
        ends: Makes something of the units.
    """

    def __init__(self, ends: Maker[Made]) -> None:
        self._ends = ends

    def take(self, block: Block, one: Values, parted: Parted | None) -> list[Tile]:
        return [(one.sums.terms, one.sums.counted)]

    def merge(self, parts: Sequence[list[Tile]]) -> list[Tile]:
        return [tile for part in parts for tile in part]

    def finish(self, part: list[Tile], ended: Ended, outcome: Outcome) -> Mapping[Names, Made]:
        plan = ended.prepared.plan
        samples = plan.samples // plan.cut
        each = len(part) // samples
        mine = [part[i * each : (i + 1) * each] for i in range(samples)]
        a = np.array([fsum([term for terms, _ in tiles for term in terms]) for tiles in mine])
        w = np.array([counted([count for _, counts in tiles for count in counts]) for tiles in mine], np.float64)
        return {ALL: of_arrays(self._ends, outcome.job, fractions(outcome)[ALL], a, w)}

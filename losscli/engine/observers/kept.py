"""What every sample adds to numerator and denominator, kept: for whoever puts a mean together in another way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.observers import Observer, Values
from losscli.engine.samples import fraction

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.rows import Block

MOST_COLUMNS = 64
"""Units of a sample of which each one's sum is kept."""


class Fractions(NamedTuple):
    """One loss on some samples.

    Attributes:
        a: What each adds to the numerator.
        w: What each adds to the denominator.
        columns: The sums over the samples of each unit, where a sample has several and not too many; else ().
    """

    a: NDArray[np.float64]
    w: NDArray[np.float64]
    columns: tuple[float, ...] = ()


class Kept(Observer[list[list[Fractions]]]):
    """Keeps the fractions of every sample; nothing of a loss that is no sum over samples."""

    def take(self, block: Block, losses: Sequence[Values]) -> list[list[Fractions]]:
        return [[_of(one)] if one.values is not None and block.count else [] for one in losses]

    def merge(self, parts: Sequence[list[list[Fractions]]]) -> list[list[Fractions]]:
        return [[one for each in same for one in each] for same in zip(*parts, strict=True)]

    def finish(self, part: list[list[Fractions]], ended: Ended) -> None:
        for mine, outcome in zip(part, ended.outcomes, strict=True):
            if mine:
                columns = [sum(column) for column in zip(*(one.columns for one in mine), strict=True)]
                a, w = (np.concatenate([one[i] for one in mine]) for i in (0, 1))
                outcome.observed["kept"] = Fractions(a, w, tuple(columns))


def _of(one: Values) -> Fractions:
    assert one.weighted is not None
    a, w = fraction(one)
    units = one.weighted.shape[1]
    columns = np.add.reduce(one.weighted, axis=0).tolist() if 1 < units <= MOST_COLUMNS else []
    return Fractions(
        a.copy(), np.full(len(a), float(w)) if isinstance(w, int) else w.astype(np.float64), tuple(columns)
    )

"""Losses of samples that are stored, and how losses differ from stored ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.observers import Observer, Values
from losscli.engine.samples import fraction
from losscli.errors import DataError

if TYPE_CHECKING:
    from losscli.engine.intervals import Way
    from losscli.engine.observers.changes import Gathered
    from losscli.engine.outcome import Ended
    from losscli.engine.parted import Names
    from losscli.engine.rows import Block

Fractions = NDArray[np.float64]
"""What each sample adds to numerator and denominator, of shape (samples, 2); of one that is left out both are 0."""


class Stored(Observer[list[list[Fractions]]]):
    """Keeps what each sample adds, 16 bytes of it, in ``Outcome.observed["fractions"]``."""

    whole_samples = True

    def take(self, block: Block, losses: Sequence[Values]) -> list[list[Fractions]]:
        return [[_fractions(block, one)] for one in losses]

    def merge(self, parts: Sequence[list[list[Fractions]]]) -> list[list[Fractions]]:
        return [[array for arrays in each for array in arrays] for each in zip(*parts, strict=True)]

    def finish(self, part: list[list[Fractions]], ended: Ended) -> None:
        for arrays, outcome in zip(part, ended.outcomes, strict=True):
            outcome.observed["fractions"] = np.concatenate(arrays)


class FromStored(Observer[list[Any]]):
    """Takes the differences of losses from stored ones, and leaves them in ``Outcome.observed["units"]``.

    Args:
        stored: What is stored of each loss, or None.
        ways: How the units of each are kept.
    """

    whole_samples = True

    def __init__(self, stored: Sequence[Fractions | None], ways: Sequence[Way[Any, Gathered]]) -> None:
        self._stored, self._ways = stored, ways

    def take(self, block: Block, losses: Sequence[Values]) -> list[Any]:
        parted = block.parted if block.groups and block.count else None
        return [
            None if stored is None or not block.count else way.take(block, _difference(block, one, stored), parted)
            for stored, way, one in zip(self._stored, self._ways, losses, strict=True)
        ]

    def deliver(self, part: list[Any]) -> list[Any]:
        each = zip(self._ways, part, strict=True)
        return [None if units is None else way.deliver(units) for way, units in each]

    def merge(self, parts: Sequence[list[Any]]) -> list[Any]:
        return [self._merged(way, each) for way, each in zip(self._ways, zip(*parts, strict=True), strict=True)]

    @staticmethod
    def _merged(way: Way[Any, Gathered], parts: Sequence[Any]) -> Any:
        present = [units for units in parts if units is not None]
        return way.merge(present) if present else None

    def finish(self, part: list[Any], ended: Ended) -> None:
        for way, units, outcome in zip(self._ways, part, ended.outcomes, strict=True):
            found: Mapping[Names, Gathered] = {} if units is None else way.finish(units, ended, outcome)
            outcome.observed["units"] = found


def _fractions(block: Block, one: Values) -> Fractions:
    a, w = _fraction(one)
    found = np.zeros((block.rows, 2))
    used = slice(None) if block.keep is None else block.keep
    found[used, 0], found[used, 1] = a, w
    return found


def _fraction(one: Values) -> tuple[NDArray[np.float64], NDArray[Any] | int]:
    if one.sums.statistics:
        raise DataError(
            f"{one.job.loss.name} is one number for the whole set: its samples have no losses to compare one by one.",
            "the rule point takes the change as it is.",
        )
    return fraction(one)


def _difference(block: Block, one: Values, stored: Fractions) -> Values:
    """What the samples of a block add to the difference from what is stored, as the values of a loss."""
    name, mine = one.job.loss.name, stored[block.start : block.start + block.rows]
    if len(mine) < block.rows:
        raise DataError(f"{name}: {len(stored)} samples are stored, and there are more now.")
    a, w = block.used(mine).T
    b, v = _fraction(one)
    if not np.array_equal(w, np.broadcast_to(v, w.shape)):
        raise DataError(
            f"{name}: a sample does not weigh what it did in the baseline, or another one is left out.",
            "the rule point takes the change as it is.",
        )
    apart = (b - a)[:, None]
    return one._replace(values=apart, adding=apart, weighted=apart, weight=w[:, None], ignored=None)

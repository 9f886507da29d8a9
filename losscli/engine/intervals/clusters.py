"""Clusters of samples are the units: two sums of each, in memory that grows with their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from losscli.engine.intervals import ALL, Made, Maker, Way, of_arrays
from losscli.engine.intervals.ends import fractions
from losscli.engine.parted import Parted
from losscli.engine.reduce import fsum
from losscli.engine.samples import fraction

if TYPE_CHECKING:
    from losscli.engine.observers import Values
    from losscli.engine.outcome import Ended, Outcome
    from losscli.engine.parted import Names
    from losscli.engine.rows import Block

Terms = tuple[list[float], list[float]]
"""What the blocks add to the numerator and to the denominator of a cluster."""
Units = dict["Names", dict[str, Terms]]


class Clusters(Way[Units, Made]):
    """Samples with equal values in a column are one unit.

    Args:
        ends: Makes something of the units.
    """

    def __init__(self, ends: Maker[Made]) -> None:
        self._ends = ends

    def take(self, block: Block, one: Values, parted: Parted | None) -> Units:
        assert block.cluster is not None
        names = block.used(block.cluster)
        a, w = fraction(one)
        w = w if isinstance(w, np.ndarray) else np.full(len(a), w)
        by = [Parted([names])]
        if parted is not None:
            by.append(Parted([*(block.used(column) for column in block.groups), names]))
        found: Units = {ALL: {}}
        for each in by:
            sums = (np.bincount(each.codes, x, len(each.names)).tolist() for x in (a, w))
            for (*group, cluster), numerator, denominator in zip(each.names, *sums, strict=True):
                found.setdefault(tuple(group), {})[cluster] = ([numerator], [denominator])
        return found

    def merge(self, parts: Sequence[Units]) -> Units:
        found: Units = {}
        for part in parts:
            for names, clusters in part.items():
                mine = found.setdefault(names, {})
                for cluster, (numerators, denominators) in clusters.items():
                    before = mine.get(cluster, ([], []))
                    mine[cluster] = ([*before[0], *numerators], [*before[1], *denominators])
        return found

    def finish(self, part: Units, ended: Ended, outcome: Outcome) -> Mapping[Names, Made]:
        found, known = {}, fractions(outcome)
        for names, clusters in part.items():
            a, w = (np.array([fsum(terms[i]) for terms in clusters.values()]) for i in (0, 1))
            found[names] = of_arrays(self._ends, outcome.job, known[names], a, w, list(clusters))
        return found

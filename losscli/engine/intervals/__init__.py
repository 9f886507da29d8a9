"""How sure a loss is: ways to take its units from blocks, each with what it makes of them at the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from losscli.engine.observers import Values
    from losscli.engine.outcome import Ended, Outcome
    from losscli.engine.parted import Names, Parted
    from losscli.engine.plan import Job
    from losscli.engine.rows import Block
    from losscli.stats.confidence import Confidence
    from losscli.stats.moments import Sums

Part = TypeVar("Part")
Made = TypeVar("Made", covariant=True)
Fraction = tuple[float, float]
Drawn = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Units, or groups of them, to draw from: what each adds to numerator and denominator."""

ALL: Names = ()
"""What the samples of all groups together are known by."""


class Found(NamedTuple):
    """An interval, and which of its units is the farthest out, in words."""

    confidence: Confidence
    largest: str = ""


class Maker(Protocol[Made]):
    """Makes something of the units of a loss: an interval, or whatever else rests on them.

    Attributes:
        total: Whether the value is made of the sum of the units, and not of their mean.
    """

    @property
    def total(self) -> bool: ...

    def of(
        self,
        job: Job,
        fraction: Fraction,
        sums: Sequence[Sums],
        drawn: Drawn | None = None,
        clusters: Sequence[str] | None = None,
    ) -> Made:
        """Of the sums of units, and of themselves where they are drawn from."""


def of_arrays(
    maker: Maker[Made],
    job: Job,
    fraction: Fraction,
    a: NDArray[np.float64],
    w: NDArray[np.float64],
    clusters: Sequence[str] | None = None,
) -> Made:
    """What is made of units that are all there at once, given what each adds to numerator and denominator."""
    from losscli.stats.moments import sums_of

    w = (w > 0).astype(np.float64) if maker.total else w
    sums = sums_of(a, w)
    return maker.of(job, fraction, [] if sums is None else [sums], (a[w > 0], w[w > 0]), clusters)


class Way(ABC, Generic[Part, Made]):
    """One way from blocks to what is made of units, of one loss; shared by threads, and sent to other processes."""

    @abstractmethod
    def take(self, block: Block, one: Values, parted: Parted | None) -> Part:
        """What is kept of a block, of which at least one sample is used; ``parted`` is by the groups asked for."""

    def deliver(self, part: Part) -> Part:
        """Take what has a place of its own to it; called where the run was asked for, from several threads."""
        return part

    @abstractmethod
    def merge(self, parts: Sequence[Part]) -> Part:
        """One part of parts that follow one another. Any grouping of them gives the same result."""

    @abstractmethod
    def finish(self, part: Part, ended: Ended, outcome: Outcome) -> Mapping[Names, Made]:
        """What is made of all samples and of each group."""


def merged(parts: Sequence[Mapping[Names, list[Any]]]) -> dict[Names, list[Any]]:
    """Lists of each group, one after the other."""
    found: dict[Names, list[Any]] = {}
    for part in parts:
        for names, items in part.items():
            found.setdefault(names, []).extend(items)
    return found

"""How sure a loss is: ways to take its units from blocks, each with what it makes of them at the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from losscli.engine.observers import Values
    from losscli.engine.outcome import Ended, Outcome
    from losscli.engine.parted import Names, Parted
    from losscli.engine.rows import Block
    from losscli.stats.confidence import Confidence

Part = TypeVar("Part")

ALL: Names = ()
"""What the samples of all groups together are known by."""


class Found(NamedTuple):
    """An interval, and which of its units is the farthest out, in words."""

    confidence: Confidence
    largest: str = ""


class Way(ABC, Generic[Part]):
    """One way from blocks to intervals, of one loss; shared by threads, and sent to other processes."""

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
    def finish(self, part: Part, ended: Ended, outcome: Outcome) -> Mapping[Names, Found]:
        """The intervals of all samples and of each group."""


def merged(parts: Sequence[Mapping[Names, list[Any]]]) -> dict[Names, list[Any]]:
    """Lists of each group, one after the other."""
    found: dict[Names, list[Any]] = {}
    for part in parts:
        for names, items in part.items():
            found.setdefault(names, []).extend(items)
    return found

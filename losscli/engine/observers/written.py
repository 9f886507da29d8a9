"""Per-sample losses that are written as they come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.observers import Observer, Values
from losscli.engine.samples import columns_of
from losscli.errors import OutputError

if TYPE_CHECKING:
    from losscli.engine.collect import SampleWriter
    from losscli.engine.outcome import Ended
    from losscli.engine.rows import Block


class WrittenRows(NamedTuple):
    """Samples from ``start`` on: losses and status, both (losses, samples), and columns kept beside."""

    start: int
    values: NDArray[np.float64]
    status: NDArray[np.uint8]
    texts: list[NDArray[Any]]


class Written(Observer[WrittenRows | None]):
    """Hands every sample to a writer.

    Args:
        writer: Writes them.
        reduction: How a sample's units become its loss.
    """

    def __init__(self, writer: SampleWriter, reduction: str) -> None:
        self._writer: SampleWriter | None = writer
        self._reduction = reduction
        self.in_order = writer.in_order

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_writer": None}  # a file belongs to the process that asked for it

    def take(self, block: Block, losses: Sequence[Values]) -> WrittenRows:
        for one in losses:
            if one.sums.statistics:
                raise OutputError(f"{one.job.loss.name} is one number for the whole set; it has no per-sample losses.")
        return WrittenRows(block.start, *columns_of(block, losses, self._reduction), block.texts)

    def deliver(self, part: WrittenRows | None) -> None:
        assert part is not None and self._writer is not None
        self._writer.take(*part)

    def merge(self, parts: Sequence[WrittenRows | None]) -> None:
        return None

    def finish(self, part: WrittenRows | None, ended: Ended) -> None:
        assert self._writer is not None
        self._writer.close(ended.samples)

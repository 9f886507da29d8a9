"""One value a sample, from the units of a block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.collect import COUNTED, IGNORED, OMITTED
from losscli.engine.reduce import of_samples, over_axes

if TYPE_CHECKING:
    from losscli.engine.observers import Values
    from losscli.engine.plan import Job
    from losscli.engine.rows import Block
    from losscli.engine.told import Told


class Samples(NamedTuple):
    """Some samples: where they are, losses and status, both (losses, samples), columns kept beside, and what is told.

    A sample without a loss has NaN.
    """

    at: NDArray[np.int64]
    values: NDArray[np.float64]
    status: NDArray[np.uint8]
    texts: list[NDArray[Any]]
    told: Told = {}  # noqa: RUF012 (never changed, and a mapping proxy does not travel)

    def picked(self, which: NDArray[Any] | slice) -> Samples:
        """Those at some places, in their order."""
        texts = [text[which] for text in self.texts]
        told = {name: column[which] for name, column in self.told.items()}
        return Samples(self.at[which], self.values[:, which], self.status[:, which], texts, told)


def joined(samples: Sequence[Samples]) -> Samples:
    """Samples behind one another; of one at least."""
    if len(samples) == 1:
        return samples[0]
    texts: Any = zip(*(s.texts for s in samples), strict=True)
    return Samples(
        np.concatenate([s.at for s in samples]),
        np.concatenate([s.values for s in samples], axis=1),
        np.concatenate([s.status for s in samples], axis=1),
        [np.concatenate(column) for column in texts],
        {name: np.concatenate([s.told[name] for s in samples]) for name in samples[0].told},
    )


def columns_of(block: Block, losses: Sequence[Values], reduction: str) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Losses and status of every sample of a block, both (losses, samples); a single column may be a view of units."""
    each = [_column(one, block, reduction) for one in losses]
    return _stacked([values for values, _ in each]), _stacked([status for _, status in each])


def _column(one: Values, block: Block, reduction: str) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    if one.adding is None:
        each, status = np.full(block.count, np.nan), np.full(block.count, COUNTED, np.uint8)
    else:
        each, status = with_status(one.job, one.adding, one.ignored, reduction)
    return scattered(each, block.keep), scattered(status, block.keep, OMITTED)


def fraction(one: Values) -> tuple[NDArray[np.float64], NDArray[Any] | int]:
    """What each sample adds to the numerator and to the denominator of a sum; to the latter one number, if all do.

    Both may be views of ``one``.
    """
    assert one.values is not None and one.weighted is not None
    numerators = over_axes(one.weighted, None, "sum")
    if one.weight is not None:
        return numerators, one.weight[:, 0] if one.weight.shape[1] == 1 else one.weight.sum(axis=1)
    units = one.values.shape[1]
    return numerators, units if one.ignored is None else units - np.count_nonzero(one.ignored, axis=1)


def with_status(
    job: Job, values: NDArray[Any], ignored: NDArray[Any] | None, reduction: str
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """The loss of each sample, from its units of shape (samples, units), and whether any of them counts."""
    each = of_samples(job, values, ignored, reduction)
    status = np.full(len(each), COUNTED, np.uint8)
    if ignored is not None:
        nothing = ignored.all(axis=1)
        each, status = np.where(nothing, np.nan, each), np.where(nothing, IGNORED, status)
    return each, status


def scattered(values: NDArray[Any], keep: NDArray[np.bool_] | None, fill: float = np.nan) -> NDArray[Any]:
    """Values of the samples that are used, among all of them."""
    if keep is None:
        return values
    out = np.full((len(keep), *values.shape[1:]), fill, values.dtype)
    out[keep] = values
    return out


def _stacked(columns: list[NDArray[Any]]) -> NDArray[Any]:
    return columns[0][None] if len(columns) == 1 else np.stack(columns)

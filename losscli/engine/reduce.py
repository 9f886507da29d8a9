"""From values to sums, and from the sums of all blocks to one number. Sums are float64 always."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.plan import BLOCK_ELEMENTS, Job
from losscli.spec.units import Counts, Statistic

_FEW = 64
"""Values that are terms each on its own, where they are too large for a sum."""


@dataclass(eq=False, repr=False)
class Sums:
    """What some blocks add to a loss. Nothing is rounded together before the last block: sums are lists of terms.

    Attributes:
        terms: Sums of the unreduced values, of at most a block's worth of units each.
        counted: Sums of the weights, or the number of units.
        ignored: Units left out on purpose.
        clamped: Units a clamp changed.
        samples: Samples that were used.
        omitted: Samples that were left out of every input.
        statistics: The blocks' statistics, for a loss that is no sum.
        of: What the denominator counts, or "" for the loss's own words.
    """

    terms: list[float] = field(default_factory=list)
    counted: list[float] = field(default_factory=list)
    ignored: int = 0
    clamped: int = 0
    samples: int = 0
    omitted: int = 0
    statistics: list[Statistic] = field(default_factory=list)
    of: str = ""

    @property
    def numerator(self) -> float:
        """The sum of all terms, rounded once."""
        return fsum(self.terms)

    @property
    def denominator(self) -> float:
        """What the mean divides by; an integer where units were counted."""
        return counted(self.counted)

    @property
    def finite(self) -> bool:
        """Whether neither NaN nor an infinity came up."""
        return all(map(math.isfinite, self.terms)) and all(s.finite for s in self.statistics)


def sums_of(
    values: NDArray[Any], counts: Counts, weight: NDArray[Any] | None, ignored: NDArray[Any] | None, width: int
) -> Sums:
    """Sum one block's values and what its mean counts.

    Args:
        values: Unreduced values, samples along axis 0.
        counts: What the loss counts.
        weight: The weight of each value, or None.
        ignored: Where a value is left out, or None.
        width: Elements of a sample, as the plan counts them.
    """
    left_out = 0 if ignored is None else int(np.count_nonzero(ignored))
    units = math.prod(values.shape[1:])
    piece = max(1, BLOCK_ELEMENTS * units // width)
    return Sums(
        terms=totals(values, piece),
        counted=[values.size - left_out] if weight is None else totals(weight, piece),
        ignored=left_out,
        clamped=int(counts.clamped),
        samples=len(values),
        of=counts.of,
    )


def totals(values: NDArray[Any], piece: int) -> list[float]:
    """The sums of a block, in the pieces that a sample larger than a block has too when it is read in tiles.

    Integers count something and stay integers.
    Pairwise ``add.reduce``, not ``dot``: its bits do not depend on BLAS threads.
    """
    flat = values.reshape(-1)
    if flat.dtype.kind in "iu":
        return [int(np.add.reduce(flat))]
    return [term for i in range(0, flat.size, piece) for term in terms_of(flat[i : i + piece])]


def terms_of(values: NDArray[Any]) -> list[float]:
    """Terms that add up to the sum of some values: the one sum, or where that passes the largest float, several.

    So whether a sum is finite depends on its values alone, and not on their order.
    """
    total = float(np.add.reduce(values, dtype=np.float64))
    if math.isfinite(total):
        return [total]
    special = values[~np.isfinite(values)]
    if special.size:
        return [float(np.add.reduce(special, dtype=np.float64))]
    if len(values) <= _FEW:
        return [float(value) for value in values]
    half = len(values) // 2
    return [*terms_of(values[:half]), *terms_of(values[half:])]


def sums_by_row(values: NDArray[Any]) -> NDArray[np.float64]:
    """The sum of each row; as :func:`terms_of` has it, no order of a row's values makes it infinite."""
    sums = np.asarray(np.add.reduce(values, axis=1, dtype=np.float64))
    bad = np.flatnonzero(~np.isfinite(sums))
    if len(bad):
        special = ~np.isfinite(values[bad])
        sums[bad] = np.add.reduce(np.where(special, values[bad], 0.0), axis=1, dtype=np.float64)
        for row in bad[~special.any(axis=1)]:
            sums[row] = fsum(terms_of(values[row]))
    return sums


def counted(parts: list[float]) -> float:
    """The sum of what blocks counted; an integer where units were counted."""
    return sum(parts) if all(isinstance(c, int) for c in parts) else fsum(parts)


def fsum(parts: list[float]) -> float:
    """The exactly rounded sum, which no order can change; infinities and NaN as IEEE adds them."""
    try:
        return math.fsum(parts)
    except (OverflowError, ValueError):  # inf - inf, or a sum past the largest float on the way
        return _sum_past_the_largest(parts)


def _sum_past_the_largest(parts: list[float]) -> float:
    special = [part for part in parts if not math.isfinite(part)]
    if special:
        return sum(special)
    from fractions import Fraction

    total = sum(map(Fraction, parts))
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


def merge_sums(parts: Sequence[Sums]) -> Sums:
    """All parts as one, in the order of their blocks."""
    return Sums(
        terms=[t for p in parts for t in p.terms],
        counted=[c for p in parts for c in p.counted],
        ignored=sum(p.ignored for p in parts),
        clamped=sum(p.clamped for p in parts),
        samples=sum(p.samples for p in parts),
        omitted=sum(p.omitted for p in parts),
        statistics=[s for p in parts for s in p.statistics],
        of=next((p.of for p in parts if p.of), ""),
    )


def quotient(numerator: float, denominator: float) -> float:
    """Numerator over denominator; a mean over nothing is NaN, as in torch."""
    return numerator / denominator if denominator else math.nan


def over_axes(values: NDArray[Any], ignored: NDArray[Any] | None, reduction: str) -> NDArray[np.float64]:
    """One value a sample: the sum, or the mean of the units that count; both arrays are (samples, units)."""
    if values.shape[1] == 1:
        return values[:, 0].astype(np.float64, copy=False)
    sums = sums_by_row(values)
    if reduction in ("sum", "batchmean"):
        return sums
    if ignored is None:
        return np.asarray(sums / values.shape[1])
    used = values.shape[1] - np.count_nonzero(ignored, axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(sums / used)  # NaN where nothing counts


def value_of(job: Job, mean: Any, total: Any) -> Any:
    """What a loss makes of means, or of the totals that they are of: a root, say; else the means themselves."""
    with np.errstate(all="ignore"):  # what comes out is looked at
        found = job.loss.ask("value", {"xp": np, "mean": mean, "total": total, **job.parameters})
    return mean if found is None else found


def value_from(job: Job, numerator: float, denominator: float) -> float:
    """What a loss comes to, from numerator and denominator."""
    total = numerator if denominator else math.nan  # of nothing, as the mean is
    return float(value_of(job, np.float64(quotient(numerator, denominator)), np.float64(total)))


def of_samples(job: Job, values: NDArray[Any], ignored: NDArray[Any] | None, reduction: str) -> NDArray[np.float64]:
    """The loss of each sample, from its units; both arrays are (samples, units)."""
    mean = over_axes(values, ignored, reduction)
    if "value" not in job.loss.hooks:
        return mean
    return np.asarray(value_of(job, mean, over_axes(values, ignored, "sum")))

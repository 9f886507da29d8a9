"""What a kernel may return beside a plain array: units with what counts of them, or a statistic of the whole set."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from losscli.records import NamedTuple

Array = Any


class Counts(NamedTuple):
    """What the mean counts, where that is not simply the units.

    Args:
        share: The share of each unit in the denominator, in the shape of the values; None counts units.
        ignored: True where a unit was left out on purpose (its value is 0, its share 0), or None.
        factor: What the mean multiplies each value by before it adds them, where that is not 1; the sum does not.
        clamped: How many units a clamp changed.
        of: What the denominator is, in words.
    """

    share: Array | None = None
    ignored: Array | None = None
    factor: Array | None = None
    clamped: int = 0
    of: str = ""


UNITS = Counts()
"""Every unit counts as one."""


class Units(NamedTuple):
    """The values of a block, samples along axis 0, and what the mean counts of them."""

    values: Array
    counts: Counts = UNITS


class Odd(NamedTuple):
    """Samples of a block that are sound input by input, and odd all together.

    Args:
        which: True for each sample that is.
        facts: What there is to say of each sample, one number a sample, by name.
        words: As "in 3 of 12 samples" goes on.
        about: What is said of the first of them, with facts in braces.
        hint: What helps.
    """

    which: Array
    facts: Mapping[str, Array]
    words: str
    about: str
    hint: str = ""


class Moments(NamedTuple):
    """Means and products of columns, in a form that neither an offset of the data nor merging robs of digits.

    Attributes:
        size: The number of rows.
        mean: Of each column, shape (K,).
        rest: What rounding left of the mean: the mean of the deviations from it, shape (K,).
        products: Sums over the rows of the products of two columns' deviations from their means, shape (K, K).
    """

    size: int
    mean: Array
    rest: Array
    products: Array


def moments(xp: Any, columns: Array) -> Moments:
    """The moments of ``columns``, of shape (rows, K): in two passes, the second about what the first took for the mean.

    Source:
        T. F. Chan, G. H. Golub, R. J. LeVeque, Algorithms for computing the sample variance, 1983.
    """
    count = columns.shape[0]
    # About the first row, so that a column of one number has it as its mean and deviations of exactly 0.
    mean = columns[0, ...] + xp.mean(columns - columns[:1, ...], axis=0)
    apart = columns - mean
    rest = xp.mean(apart, axis=0)
    # Sums and no matrix product: its bits would depend on the BLAS library and its threads.
    rows = [xp.sum(apart * apart[:, k : k + 1], axis=0) for k in range(columns.shape[1])]
    products = xp.stack(rows) - count * rest[:, None] * rest[None, :]
    return Moments(count, mean, rest, products)


class Statistic(NamedTuple):
    """The sufficient statistic of one block, for losses that are no sum over samples.

    Args:
        sums: Arrays that are added over blocks.
        gathered: Arrays that are joined along axis 0, in sample order; whole numbers stay whole.
        moments: :class:`Moments`, as :func:`moments` makes them.
    """

    sums: Mapping[str, Array] = MappingProxyType({})
    gathered: Mapping[str, Array] = MappingProxyType({})
    moments: Mapping[str, Moments] = MappingProxyType({})

    @property
    def finite(self) -> bool:
        """Whether neither NaN nor an infinity is in it, as its sums tell."""
        arrays = [*self.sums.values(), *self.gathered.values(), *(m.products for m in self.moments.values())]
        return all(math.isfinite(float(array.sum())) for array in arrays)

    def map(self, function: Callable[[Array], Array]) -> Statistic:
        """The same statistic with every array changed by ``function``."""
        sums, gathered = ({k: function(v) for k, v in part.items()} for part in (self.sums, self.gathered))
        made = {k: Moments(m.size, *map(function, m[1:])) for k, m in self.moments.items()}
        return Statistic(sums, gathered, made)

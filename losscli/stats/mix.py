"""Numbers that look random and are not: the same on every machine and in every version of every library."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def splitmix64(numbers: NDArray[Any]) -> NDArray[np.uint64]:
    """A number of 64 bits for each whole number, one for each.

    Source:
        G. L. Steele, D. Lea, C. H. Flood, Fast splittable pseudorandom number generators, 2014.
    """
    mixed = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray(mixed)

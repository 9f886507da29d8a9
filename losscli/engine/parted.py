"""The samples of a block, parted into groups by their values in some columns."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

Names = tuple[str, ...]
"""What a group is known by, in every process: its values in the columns."""


class Parted:
    """Which samples are of which group.

    Attributes:
        codes: The group of each sample, counted in the order in which they come up.
        names: The groups, by their codes.
        order: The samples sorted by group, as indices.
        starts: Where in ``order`` each group begins.
        samples: How many each has.
    """

    def __init__(self, columns: list[NDArray[Any]]) -> None:
        rows = len(columns[0])
        keys = columns[0].tolist() if len(columns) == 1 else zip(*(c.tolist() for c in columns), strict=True)
        known: defaultdict[Any, int] = defaultdict(itertools.count().__next__)
        self.codes = np.fromiter((known[key] for key in keys), np.int64, rows)
        self.names: list[Names] = [key if isinstance(key, tuple) else (key,) for key in known]
        self.order = np.argsort(self.codes, kind="stable")
        counts = np.bincount(self.codes, minlength=len(self.names))
        self.starts = np.cumsum(counts) - counts
        self.samples: list[int] = counts.tolist()

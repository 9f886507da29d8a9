"""Groups of samples: numbers for them, and their sums."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


class GroupCodes:
    """Numbers for the groups met so far, in the order they were met; used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._codes: defaultdict[Any, int] = defaultdict(itertools.count().__next__)

    def of(self, columns: list[NDArray[Any]]) -> NDArray[np.int64]:
        """The code of each row's group."""
        keys = columns[0].tolist() if len(columns) == 1 else zip(*(c.tolist() for c in columns), strict=True)
        with self._lock:
            return np.fromiter((self._codes[key] for key in keys), np.int64, len(columns[0]))

    def names(self) -> list[tuple[str, ...]]:
        """What the codes stand for."""
        return [key if isinstance(key, tuple) else (key,) for key in self._codes]


@dataclass(eq=False, repr=False)
class GroupSums:
    """Sums of one block's groups: by code the sums of values and of what counts, and how many samples."""

    terms: dict[int, list[float]] = field(default_factory=dict)
    counted: dict[int, list[float]] = field(default_factory=dict)
    samples: dict[int, int] = field(default_factory=dict)


def group_sums(codes: NDArray[np.int64], sums: NDArray[np.float64], counts: NDArray[Any]) -> GroupSums:
    """Add up samples by group: ``sums`` and ``counts`` hold one number a sample."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    found = ordered[starts].tolist()
    lengths = np.diff(np.r_[starts, len(codes)]).tolist()
    terms = np.add.reduceat(sums[order], starts).tolist()
    counted = np.add.reduceat(counts[order], starts).tolist()
    return GroupSums(
        {code: [term] for code, term in zip(found, terms, strict=True)},
        {code: [count] for code, count in zip(found, counted, strict=True)},
        dict(zip(found, lengths, strict=True)),
    )


def merge_groups(parts: list[GroupSums]) -> GroupSums:
    """The groups of all blocks."""
    merged = GroupSums()
    for part in parts:
        for code, samples in part.samples.items():
            merged.terms.setdefault(code, []).extend(part.terms[code])
            merged.counted.setdefault(code, []).extend(part.counted[code])
            merged.samples[code] = merged.samples.get(code, 0) + samples
    return merged

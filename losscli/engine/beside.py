"""What is read beside the inputs, row by row: sample weights, groups, columns to keep, keys that must agree."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import Source, Texts
from losscli.errors import DataError, ShapeError

_AT_ONCE = 1 << 18
"""Rows read at a time where columns are only compared or counted."""


class Beside(NamedTuple):
    """Sources that no loss sees.

    Attributes:
        weight: One weight a sample.
        groups: Columns whose values part the samples into groups.
        keep: Columns to carry along with per-sample losses.
        pairs: Columns of two files that must be equal row by row.
    """

    weight: Source | None = None
    groups: tuple[Texts, ...] = ()
    keep: tuple[Texts, ...] = ()
    pairs: tuple[tuple[Texts, Texts], ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is something to read."""
        return bool(self.weight or self.groups or self.keep or self.pairs)

    @property
    def columns(self) -> list[Texts]:
        """All columns of text."""
        return [*self.groups, *self.keep, *(column for pair in self.pairs for column in pair)]


def checked_weights(source: Source, raw: NDArray[Any], start: int) -> NDArray[np.float64]:
    """A block of sample weights as float64.

    Raises:
        DataError: One is negative, infinite or NaN.
    """
    weights = raw.astype(np.float64)
    bad = np.flatnonzero(~((weights >= 0) & np.isfinite(weights)))
    if bad.size:
        at = int(bad[0])
        raise DataError(
            f"{source.name}: the weight at {source.place((start + at,))} is {weights[at]:g}.",
            "a sample's weight is 0 or more.",
        )
    return weights


def refuse_unpaired(pair: tuple[Texts, Texts], left: NDArray[Any], right: NDArray[Any], start: int) -> None:
    """Raise where two key columns part."""
    both = min(len(left), len(right))
    unequal = np.flatnonzero(left[:both] != right[:both])
    at = int(unequal[0]) if unequal.size else both
    if at < max(len(left), len(right)):
        values = [repr(str(column[at])) if at < len(column) else "missing" for column in (left, right)]
        raise Unpaired(pair, start + at, *values)


def compare(pairs: Iterable[tuple[Texts, Texts]]) -> None:
    """Read key columns to the end and raise where they part.

    Raises:
        ShapeError: The files have unequal counts of rows.
        DataError: They have the same rows in another order.
    """
    for pair in pairs:
        start, found = 0, _AT_ONCE
        while found == _AT_ONCE:
            left, right = (column.read(start, start + _AT_ONCE) for column in pair)
            try:
                refuse_unpaired(pair, left, right, start)
            except Unpaired as unpaired:
                raise unpaired.explained() from None
            start, found = start + _AT_ONCE, len(left)


def count_texts(column: Texts) -> int:
    """The rows of a column, by reading it to its end."""
    done = 0
    while found := len(column.read(done, done + _AT_ONCE)):
        done += found
    return done


class Unpaired(Exception):
    """Two files hold different rows at the same place."""

    def __init__(self, pair: tuple[Texts, Texts], row: int, left: str, right: str) -> None:
        super().__init__()
        self.pair, self.row, self.left, self.right = pair, row, left, right

    def explained(self) -> ShapeError | DataError:
        """The error, with the number of rows of both files."""
        a, b = self.pair
        counts = count_texts(a), count_texts(b)
        where = f"row {self.row} is {self.left} in {a.name} and {self.right} in {b.name}"
        if counts[0] != counts[1]:
            return ShapeError(
                f"{a.name} has {counts[0]} rows, {b.name} has {counts[1]}; {a.column} of {where}.",
                f"--on {a.column} pairs rows by it; --unmatched drop leaves out what has no partner.",
            )
        return DataError(
            f"{a.name} and {b.name} are not in the same order: {a.column} of {where}.",
            f"--on {a.column} pairs rows by it.",
        )


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


@dataclass(eq=False)
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

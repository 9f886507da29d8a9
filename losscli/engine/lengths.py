"""Inputs of which each sample has as many values as another input tells: padded, or one sample after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import Source
from losscli.errors import ShapeError
from losscli.spec.kinds import Kind

FILLER = -(1 << 61)
"""What labels become that nobody looks at: a number that no file holds, and float64 does."""


class _Counted(Source):
    """A source seen with its padding filled: with 0, or labels with :data:`FILLER`."""

    row_major = False

    def __init__(self, source: Source, lengths: Source, label: bool) -> None:
        self.name, self.format, self.columns = source.name, source.format, source.columns
        self.notes, self.remarks, self.stated = source.notes, source.remarks, source.stated
        self.tabular, self.coded = source.tabular, source.coded
        self.dtype = source.dtype
        if label:
            self.dtype = np.dtype(np.float64 if source.dtype.kind == "f" or source.dtype == np.uint64 else np.int64)
        self._source, self._lengths, self._fill = source, lengths, FILLER if label else 0

    @property
    def own_dtype(self) -> np.dtype[Any]:
        return self._source.own_dtype

    def _counts(self, start: int, stop: int) -> NDArray[np.int64]:
        """The lengths of some samples; what is not a length is told elsewhere."""
        return counts_of(self._lengths, start, stop)


class Padded(_Counted):
    """A source with samples along axis 0, of which only so many values along another axis count.

    Args:
        source: What is read.
        lengths: The length of each sample.
        axis: The axis that lengths count along, of a row; of the whole where there is no sample axis.
        label: Whether it holds labels.
        unbatched: Whether it is one sample, without a sample axis.
    """

    def __init__(self, source: Source, lengths: Source, axis: int, label: bool, unbatched: bool) -> None:
        super().__init__(source, lengths, label)
        self.shape, self._axis, self._unbatched = source.shape, axis, unbatched

    @property
    def given_shape(self) -> tuple[int, ...]:
        return self._source.given_shape

    def scatter(self, write: Callable[[int, NDArray[Any]], None], start: int, rows: NDArray[Any]) -> None:
        self._source.scatter(write, start, rows)

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        if self._unbatched:
            return self.read_all()[start:stop]
        source = self._source
        rows: NDArray[Any] = source.read(start, stop, np.empty((stop - start, *source.row_shape), source.dtype))
        return self._filled(rows, self._counts(start, start + len(rows)))

    def read_all(self) -> NDArray[Any]:
        whole = self._source.read_all()
        if self._unbatched:
            return np.asarray(self._filled(whole[None], self._counts(0, 1))[0])
        return self._filled(whole, self._counts(0, self.rows))

    def _filled(self, rows: NDArray[Any], counts: NDArray[np.int64]) -> NDArray[Any]:
        places = rows.shape[1 + self._axis]
        if not (counts < places).any():
            return rows
        beyond = np.arange(places) >= counts[:, None]
        beyond = beyond.reshape(len(rows), *(1,) * self._axis, places, *(1,) * (rows.ndim - 2 - self._axis))
        return np.asarray(np.where(beyond, np.asarray(self._fill, self.dtype), rows))

    def missing(self, start: int, stop: int) -> NDArray[np.bool_] | None:
        return self._source.missing(start, stop)

    def place(self, index: tuple[int, ...]) -> str:
        return self._source.place(index)


class Joined(_Counted):
    """A source of one axis, along which the samples lie one after the other, as padded rows.

    Args:
        source: What is read, from any place on.
        lengths: The length of each sample; they are read at once, for they tell where each begins.
        label: Whether it holds labels.

    Raises:
        ShapeError: The lengths add up to another number of values.
    """

    def __init__(self, source: Source, lengths: Source, label: bool) -> None:
        super().__init__(source, lengths, label)
        counts = counts_of(lengths, 0, lengths.rows)
        self._begins = np.concatenate([[0], np.cumsum(counts)])
        self.shape = (len(counts), max(1, int(counts.max(initial=0))))
        self._longest = self.shape[1]
        if self._begins[-1] != source.rows and _are_lengths(lengths):
            raise ShapeError(
                f"{source.name} holds {source.rows} values, and the lengths in {lengths.name} "
                f"add up to {self._begins[-1]}.",
                "the samples lie one after the other, each as long as its length says.",
            )

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        source, begins = self._source, self._begins
        first, last = (min(int(begins[i]), source.rows) for i in (start, stop))
        values = source.read(first, last, np.empty(last - first, source.dtype)) if last > first else out[:0, 0]
        inside = np.arange(self._longest) < np.diff(begins[start : stop + 1])[:, None]
        out[...] = self._fill
        out[inside] = np.pad(values, (0, int(inside.sum()) - len(values)))
        return out

    def missing(self, start: int, stop: int) -> NDArray[np.bool_] | None:
        begins = self._begins
        missing = self._source.missing(int(begins[start]), int(begins[stop]))
        if missing is None:
            return None
        gone = np.concatenate([[0], np.cumsum(missing)])
        found: NDArray[np.bool_] = np.diff(gone[begins[start : stop + 1] - begins[start]]) > 0
        return found

    def place(self, index: tuple[int, ...]) -> str:
        sample, at = index
        return self._source.place((int(self._begins[sample]) + at,))


def counts_of(lengths: Source, start: int, stop: int) -> NDArray[np.int64]:
    """Lengths as whole numbers that are not negative."""
    raw = _raw(lengths, start, stop)
    found: NDArray[np.int64] = np.clip(np.nan_to_num(raw), 0, 1 << 40).astype(np.int64)
    return found


def _raw(lengths: Source, start: int, stop: int) -> NDArray[Any]:
    found = lengths.read(start, stop, np.empty((stop - start, *lengths.row_shape), lengths.dtype))
    return found.reshape(-1)


def _are_lengths(lengths: Source) -> bool:
    raw = _raw(lengths, 0, lengths.rows)
    return bool(((raw >= 0) & (np.rint(raw) == raw)).all())


def kind_within(kind: Kind) -> Kind:
    """The kind of an input whose padding is filled."""
    return kind._replace(padding=FILLER) if kind.dtype == "label" else kind

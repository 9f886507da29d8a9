"""Sources seen in another way while they are read: the class axis moved, positions shifted against each other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import Source
from losscli.errors import ShapeError, UsageError


class View(Source):
    """Another way to see a source; what it is called and where its rows lie stays the source's.

    Args:
        source: What is read.
        row_shape: The shape of a row as it is seen.
        remark: What is done to it, for the result.
    """

    row_major = False

    def __init__(self, source: Source, row_shape: tuple[int, ...], remark: str) -> None:
        self.name, self.format, self.dtype = source.name, source.format, source.dtype
        self.notes, self.remarks = source.notes, (*source.remarks, remark)
        self.sequential, self.expected_rows = source.sequential, source.expected_rows
        self.tabular, self.coded, self.axis_told = source.tabular, source.coded, source.axis_told
        self.shape = (*source.shape[:1], *row_shape)
        self._source = source

    @property
    def own_dtype(self) -> np.dtype[Any]:
        return self._source.own_dtype

    @property
    def given_shape(self) -> tuple[int, ...]:
        return self._source.given_shape

    def unseen(self, rows: NDArray[Any]) -> NDArray[Any]:
        """The reverse of :meth:`seen` for something that there is for each value; 0 for those not seen."""
        return rows

    def scatter(self, write: Callable[[int, NDArray[Any]], None], start: int, rows: NDArray[Any]) -> None:
        self._source.scatter(write, start, self.unseen(rows.reshape(len(rows), *self.row_shape)))

    @abstractmethod
    def seen(self, rows: NDArray[Any], start: int) -> NDArray[Any]:
        """Rows of the source as they are seen; the first of them is row ``start``."""

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        source = self._source
        rows = source.read(start, stop, np.empty((stop - start, *source.row_shape), source.dtype))
        self.shape = (*source.shape[:1], *self.row_shape)  # a stream's length shows at its end
        out = out[: len(rows)]
        np.copyto(out, self.seen(rows, start).reshape(out.shape))
        return out

    def missing(self, start: int, stop: int) -> NDArray[np.bool_] | None:
        return self._source.missing(start, stop)

    def place(self, index: tuple[int, ...]) -> str:
        return self._source.place(index)


class ClassAxis(View):
    """A source whose class axis is moved to axis 1, where every loss has it."""

    def __init__(self, source: Source, axis: int) -> None:
        self._axis = axis
        row = [n for i, n in enumerate(source.shape) if i not in (0, axis)]
        super().__init__(source, (source.shape[axis], *row), f"axis {axis} holds the classes")

    def seen(self, rows: NDArray[Any], start: int) -> NDArray[Any]:
        return np.moveaxis(rows, self._axis, 1)

    def unseen(self, rows: NDArray[Any]) -> NDArray[Any]:
        return np.moveaxis(rows, 1, self._axis)

    def place(self, index: tuple[int, ...]) -> str:
        first, label, *rest = index
        rest.insert(self._axis - 1, label)
        return self._source.place((first, *rest))


class SomePositions(View):
    """A source without its first or its last positions, along its last axis."""

    def __init__(self, source: Source, skip: int, stop: int) -> None:
        self._skip, self._stop = skip, stop
        length = source.shape[-1] - skip - stop
        part = f"first {skip}" if skip else f"last {stop}"
        super().__init__(source, (*source.row_shape[:-1], length), f"without the {part} of its positions")

    def seen(self, rows: NDArray[Any], start: int) -> NDArray[Any]:
        return rows[..., self._skip : rows.shape[-1] - self._stop]

    def unseen(self, rows: NDArray[Any]) -> NDArray[Any]:
        return np.pad(rows, [(0, 0)] * (rows.ndim - 1) + [(self._skip, self._stop)])

    def place(self, index: tuple[int, ...]) -> str:
        return self._source.place((*index[:-1], index[-1] + self._skip))


class OneColumn(View):
    """One column of a table, or of a matrix."""

    def __init__(self, source: Source, column: int) -> None:
        self._column = column
        super().__init__(source, (), f"column {column} alone")

    def seen(self, rows: NDArray[Any], start: int) -> NDArray[Any]:
        return rows[:, self._column]

    def place(self, index: tuple[int, ...]) -> str:
        return self._source.place((*index, self._column))


def with_class_axis(sources: Mapping[str, Source], first: str, axis: int) -> dict[str, Source]:
    """Sources with their classes on axis 1: that of the prediction, and every other one with as many axes.

    Args:
        sources: The inputs that are read row by row, by name.
        first: The prediction's.
        axis: Where its classes are; counted from the end if negative.

    Raises:
        UsageError: It has no such axis.
    """
    axes = len(sources[first].shape)
    place = axis + axes if axis < 0 else axis
    if not 0 < place < axes:
        raise UsageError(
            f"--class-axis is {axis}, and {sources[first].name} has the axes 0 to {axes - 1}.",
            "axis 0 holds the samples; -1 is the last." if axes > 1 else "it has no axis of classes.",
        )
    sources[first].axis_told = True
    if place == 1:
        return dict(sources)
    return {name: ClassAxis(s, place) if len(s.shape) == axes else s for name, s in sources.items()}


def shifted(sources: Mapping[str, Source], ahead: Collection[str], by: int) -> dict[str, Source]:
    """Sources in which position t of the prediction stands beside position t + ``by`` of all others.

    Args:
        sources: The inputs that are read row by row, by name.
        ahead: The predictions'.
        by: How many positions ahead the prediction looks; 1 for the next token.

    Raises:
        ShapeError: There are no positions, or too few.
    """
    for source in sources.values():
        if len(source.shape) < 2:
            raise ShapeError(
                f"{source.name}: has no axis of positions to shift (shape {source.shape}).",
                "--shift is for sequences: (samples, classes, positions) beside (samples, positions).",
            )
        if source.shape[-1] <= by:
            raise ShapeError(f"{source.name}: has {source.shape[-1]} positions, too few to shift by {by}.")
    return {name: SomePositions(s, 0, by) if name in ahead else SomePositions(s, by, 0) for name, s in sources.items()}

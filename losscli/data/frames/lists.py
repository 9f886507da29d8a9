"""Columns of lists and fixed-size arrays: further axes, and readable text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from losscli.data.frames.problems import explained
from losscli.data.frames.table import DTYPES, FrameColumns
from losscli.data.source import missing_error
from losscli.errors import SourceError

if TYPE_CHECKING:
    from losscli.data.frames.table import FrameTable


class FrameLists(FrameColumns):
    """A column of lists: ``k`` numbers a row are (N, k), lists of such lists (N, a, b).

    Raises:
        SourceError: Rows differ in their lengths.
    """

    def __init__(self, table: FrameTable, column: str) -> None:
        super().__init__(table, [column])
        self.shape = (table.rows, *self._first_shape())
        self._start = 0

    def _common_dtype(self) -> np.dtype[Any]:
        return np.dtype(DTYPES[str(innermost(self._table.schema[self._cells[0].column]))])

    def _first_shape(self) -> tuple[int, ...]:
        """The lengths of the first row that has any."""
        column = pl.col(self._labels[0])
        with explained(self.name):
            found = self._table.query(self._cells).filter(column.is_not_null()).head(1).collect().to_series()
        lengths = []
        while isinstance(found.dtype, pl.List | pl.Array):
            found = _listed(found)
            lengths.append(int(found.list.len()[0]) if len(found) else 0)
            found = found.explode().drop_nulls().head(1)
        return tuple(lengths)

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        self._start = start
        return super().read(start, stop, out)

    def _fill(self, part: pl.DataFrame, out: NDArray[Any], missing: NDArray[np.bool_]) -> None:
        start, self._start = self._start, self._start + len(part)
        try:
            values, null = _unnested(part.to_series(), self.row_shape)
        except _OtherLength as other:
            place = self._table.place(start + other.at, self.columns[0])
            raise SourceError(
                f"{self.name}: {place} holds {other.found} values, the rows before it {other.wanted}.",
                "every row of such a column has the same lengths: pad the lists, or choose others.",
            ) from None
        if null.any() and self._table.missing == "error":
            place = self._table.place(start + int(np.argmax(null)), self.columns[0])
            raise missing_error(self.name, 1, place)
        out[:] = values
        missing[:] = null

    def place(self, index: tuple[int, ...]) -> str:
        inner = f", index [{', '.join(map(str, index[1:]))}]" if len(index) > 1 else ""
        return self._table.place(index[0], self.columns[0]) + inner


class _OtherLength(Exception):
    def __init__(self, at: int, found: int, wanted: int) -> None:
        super().__init__()
        self.at, self.found, self.wanted = at, found, wanted


def _unnested(column: pl.Series, shape: tuple[int, ...]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The values of lists as an array, and which rows lack one; zeros stand for what is missing."""
    missing = np.asarray(column.is_null().to_numpy())
    if not shape:
        return (column.fill_null(strategy="zero") if missing.any() else column).to_numpy(), missing
    column = _listed(column.drop_nulls())
    lengths = column.list.len().to_numpy()
    rows = np.flatnonzero(~missing)
    odd = np.flatnonzero(lengths != shape[0])
    if odd.size:
        raise _OtherLength(int(rows[odd[0]]), int(lengths[odd[0]]), shape[0])
    try:
        inner, lacking = _unnested(column.explode() if shape[0] else column.explode().clear(), shape[1:])
    except _OtherLength as other:
        raise _OtherLength(int(rows[other.at // shape[0]]), other.found, other.wanted) from None
    values = inner.reshape(len(rows), *shape)
    if not missing.any():
        return values, _any_of(lacking, len(rows))
    whole = np.zeros((len(missing), *shape), values.dtype)
    whole[rows] = values
    missing = missing.copy()
    missing[rows] = _any_of(lacking, len(rows))
    return whole, missing


def _any_of(lacking: NDArray[np.bool_], rows: int) -> NDArray[np.bool_]:
    return np.asarray(lacking.reshape(rows, lacking.size // max(1, rows)).any(axis=1))


def _listed(column: pl.Series) -> pl.Series:
    return column.arr.to_list() if isinstance(column.dtype, pl.Array) else column


def innermost(kind: Any) -> Any:
    """What the lists of a column hold in the end; the column's own type if it holds none."""
    while isinstance(kind, pl.List | pl.Array):
        kind = kind.inner
    return kind


def as_text(column: pl.Expr, kind: Any) -> pl.Expr:
    """A column as text: lists and objects as in JSON."""
    if isinstance(kind, pl.Array):
        column, kind = column.arr.to_list(), pl.List(kind.inner)
    if isinstance(kind, pl.List):
        cells = column.list.eval(as_text(pl.element(), kind.inner).fill_null("null"))
        return pl.format("[{}]", cells.list.join(", "))
    if isinstance(kind, pl.Struct):
        return column.struct.json_encode()
    return column.cast(pl.String)

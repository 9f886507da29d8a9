"""Tables through polars, in batches: large text, compressed text, Parquet, Arrow IPC, NDJSON; any number of shards."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from losscli.data.frames.cells import Cells
from losscli.data.frames.problems import explained
from losscli.data.frames.stream import Explain, Query, Stream
from losscli.data.source import UNKNOWN_ROWS, Source, Texts, missing_error
from losscli.data.table import Table, unknown_label
from losscli.errors import DataError, SourceError

_AT_ONCE = 1 << 18


class FrameTable(Table):
    """A table that polars reads.

    Args:
        name: As the user wrote it.
        format: ``csv``, ``parquet``, ``arrow`` or ``ndjson``.
        schema: The columns and their types.
        query: Makes the query from the cells that are wanted.
        rows: Their number, where it is known without reading.
        explain: Turns an error of polars into one of ours.
        place: A row and a column in the format's own words.
        missing: ``error`` or ``omit``.

    Attributes:
        missing_words: Words of a text column that stand for a missing value, unless they are classes.
    """

    number = 0
    remarks: tuple[str, ...] = ()
    expected_rows: int | None = None
    missing_words: frozenset[str] = frozenset()

    def __init__(
        self,
        name: str,
        format: str,
        schema: dict[str, Any],
        query: Query,
        rows: int | None,
        explain: Explain,
        place: Callable[[int, str], str],
        missing: str,
    ) -> None:
        self.name, self.format, self.columns = name, format, tuple(schema)
        self.schema, self.rows = schema, UNKNOWN_ROWS if rows is None else rows
        self.query, self.place, self.missing, self.explain = query, place, missing, explain
        self.stream = Stream(name, query, explain)
        self.check_rows: Callable[[], None] = lambda: None
        self.reopen: Callable[[bool], Table] = lambda _: self
        self.counted: Callable[[], int | None] = lambda: rows
        self.explain_missing: Callable[[int, int, str], Exception] = self._explain_missing

    def cells(self, column: str, as_text: bool = False) -> Cells:
        """What to ask of the stream for a column."""
        return Cells(column, as_text, self.number)

    def count(self) -> int | None:
        return self.counted()

    def with_header(self, header: bool) -> Table:
        return self.reopen(header)

    def _explain_missing(self, count: int, row: int, column: str) -> Exception:
        return missing_error(self.name, count, self.place(row, column))

    def numbers(self, columns: list[str]) -> Source:
        from losscli.data.frames.lists import FrameLists, innermost

        kinds = {column: self.schema[column] for column in columns}
        for column, kind in kinds.items():
            if self.format != "csv" and str(innermost(kind)) not in DTYPES:
                raise SourceError(
                    f"{self.name}: column {column!r} holds {kind}, not numbers.",
                    f"choose others: {self._numeric()}" if self._numeric() else "no column holds numbers.",
                )
        lists = [column for column, kind in kinds.items() if isinstance(kind, pl.List | pl.Array)]
        if lists and len(columns) > 1:
            raise SourceError(
                f"{self.name}: column {lists[0]!r} holds lists, which are axes of their own beside no other column.",
                f"choose one: {self.name}::{lists[0]}",
            )
        return FrameLists(self, lists[0]) if lists else FrameColumns(self, columns)

    def _numeric(self) -> str:
        return ", ".join(c for c, kind in self.schema.items() if str(kind) in DTYPES)

    def is_nested(self, column: str) -> bool:
        """Whether a column holds lists or objects, which tell no rows apart."""
        return bool(self.schema[column].is_nested())

    def is_text(self, column: str) -> bool:
        return self.schema[column] in (pl.String, pl.Categorical, pl.Enum)

    def words(self, column: str) -> list[str]:
        with explained(self.name):
            head = self.query([self.cells(column, as_text=True)]).head(100).collect().to_series()
        return [w.strip() for w in head.drop_nulls().to_list()]

    def coded(self, column: str, classes: tuple[str, ...]) -> Source:
        return FrameLabels(self, column, classes)

    def texts(self, column: str) -> Texts:
        return FrameTexts(self, column)

    def close(self) -> None:
        self.stream.close()


class FrameColumns(Source):
    """Columns of numbers; they share their table's stream."""

    sequential = True

    def __init__(self, table: FrameTable, columns: list[str], as_text: bool = False) -> None:
        self.name, self.format = table.name, table.format
        self.columns = tuple(columns) if table.header else ()
        self._table, self._cells = table, [table.cells(c, as_text) for c in columns]
        self._labels = [cells.label for cells in self._cells]
        self.remarks = table.remarks
        self.dtype = self._common_dtype()
        self.shape = (table.rows,) if len(columns) == 1 else (table.rows, len(columns))
        self.expected_rows = table.expected_rows
        table.stream.want(self._cells)
        self._missing: NDArray[np.bool_] | None = None

    def _common_dtype(self) -> np.dtype[Any]:
        kinds = {DTYPES.get(str(self._table.schema[c.column]), "float64") for c in self._cells}
        if len(kinds) == 1 or not any("float" in kind for kind in kinds):
            common = np.result_type(*kinds)
            # uint64 beside signed integers: as float64 they would be rounded, and what is too large is an error.
            return common if common.kind in "biuf" and (len(kinds) == 1 or common.kind != "f") else np.dtype(np.int64)
        return np.dtype(np.float64)

    def begin(self) -> None:
        self._table.stream.begin()

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        done, self._missing = 0, None
        missing = np.zeros(stop - start, bool)
        for frame in self._table.stream.block(start, stop):
            part = frame if frame.columns == self._labels else frame.select(self._labels)
            self._fill(part, out[done : done + len(part)], missing[done : done + len(part)])
            done += len(part)
        if done < stop - start:
            self.shape = (start + done, *self.shape[1:])
        self._missing = missing[:done] if missing.any() else None
        return out[:done]

    def _query(self) -> pl.LazyFrame:
        return self._table.query(self._cells)

    def _fill(self, part: pl.DataFrame, out: NDArray[Any], missing: NDArray[np.bool_]) -> None:
        """Write a frame's values, and which of its rows miss one."""
        out[:] = self._values(self._without_nulls(part, missing))

    def _values(self, part: pl.DataFrame) -> NDArray[Any]:
        if part.width == 1:
            return np.asarray(part.to_series().to_numpy())
        if self.dtype == np.int64 and len(set(part.dtypes)) > 1:
            with explained(self.name):
                part = part.cast(pl.Int64)
        return np.asarray(part.to_numpy(order="c"))

    def _without_nulls(self, part: pl.DataFrame, missing: NDArray[np.bool_]) -> pl.DataFrame:
        if not any(part.null_count().row(0)):
            return part
        if self._table.missing == "error":
            raise _missing(self._table, self._cells, self._query())
        self._table.check_rows()
        missing[:] = part.select(pl.any_horizontal(pl.all().is_null())).to_series().to_numpy()
        return part.fill_null(0) if part.dtypes[0].is_numeric() else part

    def missing(self, start: int, stop: int) -> NDArray[np.bool_] | None:
        return self._missing

    def read_all(self) -> NDArray[Any]:
        """The whole of it, for what is read whole anyway; :meth:`missing` is then that of all rows."""
        parts, masks = [], []
        rows = max(1, _AT_ONCE // max(1, math.prod(self.row_shape)))
        for start in range(0, UNKNOWN_ROWS, rows):
            out = np.empty((rows, *self.row_shape), self.dtype)
            parts.append(self.read(start, start + rows, out))
            masks.append(np.zeros(len(parts[-1]), bool) if self._missing is None else self._missing)
            if len(parts[-1]) < rows:
                break
        missing = np.concatenate(masks)
        self._missing = missing if missing.any() else None
        return np.concatenate(parts)

    def place(self, index: tuple[int, ...]) -> str:
        return self._table.place(index[0], self._cells[index[1] if len(index) > 1 else 0].column)

    def close(self) -> None:
        self._table.close()


class FrameLabels(FrameColumns):
    """A text column as class indices."""

    def __init__(self, table: FrameTable, column: str, classes: tuple[str, ...]) -> None:
        self._classes = classes
        super().__init__(table, [column], as_text=True)
        self.columns = (column,) if table.header else ()

    def _common_dtype(self) -> np.dtype[Any]:
        return np.dtype(np.int64)

    def _known(self) -> pl.Expr:
        """The words, those that stand for a missing value and name no class left out."""
        words = pl.col(self._labels[0])
        missing = [word for word in self._table.missing_words if word not in self._classes]
        return pl.when(~words.str.strip_chars().is_in(missing)).then(words)

    def _query(self) -> pl.LazyFrame:
        return super()._query().select(self._known()) if self._table.missing_words else super()._query()

    def _without_nulls(self, part: pl.DataFrame, missing: NDArray[np.bool_]) -> pl.DataFrame:
        return super()._without_nulls(part.select(self._known()) if self._table.missing_words else part, missing)

    def _values(self, part: pl.DataFrame) -> NDArray[Any]:
        words = part.to_series().str.strip_chars()
        codes = words.replace_strict(self._classes, range(len(self._classes)), default=None, return_dtype=pl.Int64)
        strange = codes.is_null() & words.is_not_null()
        if strange.any():
            raise self._unknown(words.filter(strange)[0])
        return np.asarray(codes.fill_null(0).to_numpy())

    def _unknown(self, word: str) -> DataError:
        trimmed = pl.col(self._labels[0]).str.strip_chars()
        with explained(self.name):
            rows = self._table.query(self._cells).select(pl.arg_where(trimmed == word)).head(1).collect()
        place = self._table.place(int(rows.item()), self._cells[0].column)
        return unknown_label(self.name, word, place, self._classes)


class FrameTexts(Texts):
    """A column as text, out of its table's stream."""

    sequential = True

    def __init__(self, table: FrameTable, column: str) -> None:
        self.name, self.column, self.label = table.name, column, column
        self.nested = table.is_nested(column)
        self._stream, cells = table.stream, table.cells(column, as_text=True)
        self._stream.want([cells])
        self._label = cells.label

    def read(self, start: int, stop: int) -> NDArray[Any]:
        parts = [f[self._label] for f in self._stream.block(start, stop)]
        if not parts:
            return np.empty(0, object)
        return np.asarray(pl.concat(parts).fill_null("").to_numpy().astype(object))


DTYPES = {
    "Boolean": "bool",
    **{f"{kind}{bits}": f"{kind.lower()}{bits}" for kind in ("Int", "UInt") for bits in (8, 16, 32, 64)},
    **{f"Float{bits}": f"float{bits}" for bits in (16, 32, 64)},
}


def _missing(table: FrameTable, cells: Sequence[Cells], rows: pl.LazyFrame) -> Exception:
    """Count missing values and find the first; a pass of its own, for the error's text."""
    null = [pl.col(c.label).is_null() for c in cells]
    query = rows.select(null)
    with explained(table.name):
        count = query.select(pl.sum_horizontal(pl.all().sum())).collect(engine="streaming").item()
        first = query.select(pl.arg_where(pl.any_horizontal(pl.all()))).head(1).collect(engine="streaming").item()
        # Not by its number: where NDJSON has blank lines, polars would count them.
        row = query.filter(pl.any_horizontal(pl.all())).head(1).collect(engine="streaming").row(0)
    return table.explain_missing(int(count), int(first), cells[row.index(True)].column)

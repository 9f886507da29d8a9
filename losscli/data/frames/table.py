"""Tables through polars, in batches: large text, compressed text, Parquet, Arrow IPC, NDJSON; any number of shards."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Half the peak memory at the same speed (measured); polars reads it when it is imported.
os.environ.setdefault("POLARS_CSV_CHUNK_SIZE", str(4 << 20))
import polars as pl

from losscli.data.frames.batches import Batches
from losscli.data.frames.problems import explained, unreadable
from losscli.data.source import UNKNOWN_ROWS, Source, Texts, missing_error
from losscli.data.table import Table, unknown_label
from losscli.errors import DataError, SourceError

_AT_ONCE = 1 << 18
AS_TEXT, AS_NUMBER = "\0", "\2"
"""Before the name of a wanted column: as text, whatever it holds, or as it is. Polars would take a bare name such as
``*`` or ``^a.*$`` for a pattern."""


Query = Callable[[list[str]], pl.LazyFrame]
Reader = Callable[[list[str]], Batches | Generator[pl.DataFrame, None, None]]
Explain = Callable[[Exception, list[str]], Exception | None]


def bare(wanted: str) -> str:
    """The column's own name."""
    return wanted.removeprefix(AS_TEXT).removeprefix(AS_NUMBER)


class Stream:
    """The rows of a query, in order, as many at a time as are asked for.

    Args:
        name: For messages.
        query: Makes the query from the columns that are wanted; called again to start over.
        explain: Turns an error of polars into one of ours; None if it finds nothing wrong.

    Attributes:
        batches: The rows of the wanted columns in frames, from the first on; the query's own unless set otherwise.
        blank_end: Counts the blank lines at the end of a text file, which polars takes for rows of nulls.
    """

    def __init__(self, name: str, query: Query, explain: Explain) -> None:
        self.name = name
        self.blank_end: Callable[[], int] | None = None
        self.query, self._explain = query, explain
        self.batches: Reader = lambda wanted: Batches(query(wanted))
        self._wanted: list[str] = []
        self._batches: Batches | Generator[pl.DataFrame, None, None] | None = None
        self._pending: list[pl.DataFrame] = []
        self._at = 0
        self._block: tuple[int, int, list[pl.DataFrame]] = (0, 0, [])
        self._held: pl.DataFrame | None = None

    def want(self, columns: list[str]) -> None:
        """Announce columns; a stream that has begun without them starts over."""
        if not set(columns) <= set(self._wanted):
            self._wanted, self._batches = list(dict.fromkeys([*self._wanted, *columns])), None

    def block(self, start: int, stop: int) -> list[pl.DataFrame]:
        """Rows ``start:stop`` in one or more frames; fewer rows at the end."""
        if self._block[:2] == (start, stop) and self._batches is not None:
            return self._block[2]
        if self._batches is None or start == 0 or start < self._at:
            self._start()
        self._skip(start - self._at)
        frames = self._take(stop - start)
        self._block = (start, stop, frames)
        return frames

    def _start(self) -> None:
        self.close()
        self._at, self._held = 0, None
        self._batches = self.batches(self._wanted)

    def _skip(self, rows: int) -> None:
        while rows > 0:
            skipped = sum(map(len, self._take(min(rows, _AT_ONCE))))
            if not skipped:
                return
            rows -= skipped

    def _take(self, rows: int) -> list[pl.DataFrame]:
        taken: list[pl.DataFrame] = []
        while rows > 0:
            while not self._pending and self._pull():
                pass
            if not self._pending:
                break
            frame = self._pending.pop(0)
            if len(frame) > rows:
                self._pending.insert(0, frame.slice(rows))
                frame = frame.slice(0, rows)
            taken.append(frame)
            rows -= len(frame)
            self._at += len(frame)
        return taken

    def _pull(self) -> bool:
        """One more batch into what is pending; False at the end."""
        frame = self._next()
        if self.blank_end is not None:
            frame = self._hold_back(frame, self.blank_end)
        if frame is None:
            return False
        if len(frame):
            self._pending.append(frame)
        return True

    def _next(self) -> pl.DataFrame | None:
        assert self._batches is not None
        try:
            return next(self._batches, None)
        except pl.exceptions.PanicException as panic:  # which is no Exception
            self._batches = None
            raise unreadable(self.name, panic) from panic
        except Exception as error:
            self._batches = None
            raise self._explain(error, self._wanted) or unreadable(self.name, error) from error

    def _hold_back(self, frame: pl.DataFrame | None, blank_end: Callable[[], int]) -> pl.DataFrame | None:
        """A batch without the nulls it ends with, but with those held back before it."""
        held, self._held = self._held, None
        if frame is None:
            return None if held is None else held.head(len(held) - min(len(held), blank_end()))
        whole = frame if held is None else pl.concat([held, frame])
        if any(value is not None for value in whole.row(-1)):
            return whole
        filled = whole.select(pl.arg_where(pl.any_horizontal(pl.all().is_not_null()))).to_series()
        last = -1 if filled.is_empty() else int(filled[-1])
        self._held = whole.slice(last + 1)
        return whole.head(last + 1)

    def close(self) -> None:
        """Stop reading."""
        if self._batches is not None:
            self._batches.close()
        self._batches, self._pending = None, []


class FrameTable(Table):
    """A table that polars reads.

    Args:
        name: As the user wrote it.
        format: ``csv``, ``parquet``, ``arrow`` or ``ndjson``.
        schema: The columns and their types.
        query: Makes the query from the columns that are wanted.
        rows: Their number, where it is known without reading.
        explain: Turns an error of polars into one of ours.
        place: A row and a column in the format's own words.
        missing: ``error`` or ``omit``.

    Attributes:
        missing_words: Words of a text column that stand for a missing value, unless they are classes.
    """

    mark = ""
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
        self.explain_missing: Callable[[int, int, str], Exception] = self._explain_missing

    def wanted(self, column: str) -> str:
        """What a column is called in the stream."""
        return self.mark + (column if column.startswith(AS_TEXT) else AS_NUMBER + column)

    def named(self, wanted: str) -> str:
        """The column that a name in the stream stands for."""
        return bare(wanted.removeprefix(self.mark))

    def with_header(self, header: bool) -> Table:
        return self.reopen(header)

    def _explain_missing(self, count: int, row: int, column: str) -> Exception:
        return missing_error(self.name, count, self.place(row, column))

    def numbers(self, columns: list[str]) -> Source:
        for column in columns:
            if self.format != "csv" and str(self.schema[column]) not in _DTYPES:
                raise SourceError(
                    f"{self.name}: column {column!r} holds {self.schema[column]}, not numbers.",
                    f"choose others: {self._numeric()}" if self._numeric() else "no column holds numbers.",
                )
        return FrameColumns(self, columns)

    def _numeric(self) -> str:
        return ", ".join(c for c, kind in self.schema.items() if str(kind) in _DTYPES)

    def is_text(self, column: str) -> bool:
        return self.schema[column] in (pl.String, pl.Categorical, pl.Enum)

    def words(self, column: str) -> list[str]:
        with explained(self.name):
            head = self.query([self.wanted(AS_TEXT + column)]).head(100).collect().to_series()
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

    def __init__(self, table: FrameTable, columns: list[str]) -> None:
        self.name, self.format = table.name, table.format
        self.columns = tuple(columns) if table.header else ()
        self._table, self._columns = table, [table.wanted(c) for c in columns]
        self.remarks = table.remarks
        self.dtype = self._common_dtype()
        self.shape = (table.rows,) if len(columns) == 1 else (table.rows, len(columns))
        self.expected_rows = table.expected_rows
        table.stream.want(self._columns)
        self._missing: NDArray[np.bool_] | None = None

    def _common_dtype(self) -> np.dtype[Any]:
        types = {self._table.schema[self._table.named(c)] for c in self._columns}
        one = types.pop()
        return np.dtype(_DTYPES.get(str(one), "float64") if not types else "float64")

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        done, self._missing = 0, None
        missing = np.zeros(stop - start, bool)
        for frame in self._table.stream.block(start, stop):
            part = frame.select(self._columns) if frame.width > len(self._columns) else frame
            part = self._without_nulls(part, missing[done:])
            out[done : done + len(part)] = self._values(part)
            done += len(part)
        if done < stop - start:
            self.shape = (start + done, *self.shape[1:])
        self._missing = missing[:done] if missing.any() else None
        return out[:done]

    def _query(self) -> pl.LazyFrame:
        return self._table.query(self._columns)

    def _values(self, part: pl.DataFrame) -> NDArray[Any]:
        one = part.width == 1
        return np.asarray(part.to_series().to_numpy() if one else part.to_numpy(order="c"))

    def _without_nulls(self, part: pl.DataFrame, missing: NDArray[np.bool_]) -> pl.DataFrame:
        if not any(part.null_count().row(0)):
            return part
        if self._table.missing == "error":
            raise _missing(self._table, self._columns, self._query())
        self._table.check_rows()
        missing[: len(part)] = part.select(pl.any_horizontal(pl.all().is_null())).to_series().to_numpy()
        return part.fill_null(0) if part.dtypes[0].is_numeric() else part

    def missing(self, start: int, stop: int) -> NDArray[np.bool_] | None:
        return self._missing

    def read_all(self) -> NDArray[Any]:
        """The whole of it, for what is read whole anyway; :meth:`missing` is then that of all rows."""
        parts, masks = [], []
        for start in range(0, UNKNOWN_ROWS, _AT_ONCE):
            out = np.empty((_AT_ONCE, *self.row_shape), self.dtype)
            parts.append(self.read(start, start + _AT_ONCE, out))
            masks.append(np.zeros(len(parts[-1]), bool) if self._missing is None else self._missing)
            if len(parts[-1]) < _AT_ONCE:
                break
        missing = np.concatenate(masks)
        self._missing = missing if missing.any() else None
        return np.concatenate(parts)

    def place(self, index: tuple[int, ...]) -> str:
        return self._table.place(index[0], self._table.named(self._columns[index[1] if len(index) > 1 else 0]))

    def close(self) -> None:
        self._table.close()


class FrameLabels(FrameColumns):
    """A text column as class indices."""

    def __init__(self, table: FrameTable, column: str, classes: tuple[str, ...]) -> None:
        self._classes = classes
        super().__init__(table, [AS_TEXT + column])
        self.columns = (column,) if table.header else ()

    def _common_dtype(self) -> np.dtype[Any]:
        return np.dtype(np.int64)

    def _known(self) -> pl.Expr:
        """The words, those that stand for a missing value and name no class left out."""
        words = pl.col(self._columns[0])
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
        trimmed = pl.col(self._columns[0]).str.strip_chars()
        with explained(self.name):
            rows = self._table.query(self._columns).select(pl.arg_where(trimmed == word)).head(1).collect()
        place = self._table.place(int(rows.item()), self._table.named(self._columns[0]))
        return unknown_label(self.name, word, place, self._classes)


class FrameTexts(Texts):
    """A column as text, out of its table's stream."""

    sequential = True

    def __init__(self, table: FrameTable, column: str) -> None:
        self.name, self.column, self.label = table.name, column, column
        self._stream, self._wanted = table.stream, table.wanted(AS_TEXT + column)
        self._stream.want([self._wanted])

    def read(self, start: int, stop: int) -> NDArray[Any]:
        parts = [f[self._wanted] for f in self._stream.block(start, stop)]
        if not parts:
            return np.empty(0, object)
        return np.asarray(pl.concat(parts).fill_null("").to_numpy().astype(object))


_DTYPES = {
    "Boolean": "bool",
    **{f"{kind}{bits}": f"{kind.lower()}{bits}" for kind in ("Int", "UInt") for bits in (8, 16, 32, 64)},
    **{f"Float{bits}": f"float{bits}" for bits in (16, 32, 64)},
}


def _missing(table: FrameTable, columns: list[str], rows: pl.LazyFrame) -> Exception:
    """Count missing values and find the first; a pass of its own, for the error's text."""
    null = [pl.col(c).is_null() for c in columns]
    query = rows.select(null)
    with explained(table.name):
        count = query.select(pl.sum_horizontal(pl.all().sum())).collect(engine="streaming").item()
        first = query.select(pl.arg_where(pl.any_horizontal(pl.all()))).head(1).collect(engine="streaming").item()
        row = query.slice(first, 1).collect(engine="streaming").row(0)
    return table.explain_missing(int(count), int(first), table.named(columns[row.index(True)]))

"""The rows of a query, in order, as many at a time as are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

# Half the peak memory at the same speed (measured); polars reads it when it is imported.
os.environ.setdefault("POLARS_CSV_CHUNK_SIZE", str(4 << 20))
import polars as pl

from losscli.data.frames.batches import Batches
from losscli.data.frames.cells import Cells
from losscli.data.frames.problems import unreadable

_AT_ONCE = 1 << 18

Query = Callable[[Sequence[Cells]], pl.LazyFrame]
"""Frames of the cells wanted, each column under its label."""
Reader = Callable[[Sequence[Cells]], Batches | Generator[pl.DataFrame, None, None]]
T = TypeVar("T")
Explain = Callable[[Exception, Sequence[Cells]], Exception | None]


class Stream:
    """The rows of a query, in order, as many at a time as are asked for.

    Args:
        name: For messages.
        query: Makes the query from the cells that are wanted; called again to start over.
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
        self._wanted: list[Cells] = []
        self._batches: Batches | Generator[pl.DataFrame, None, None] | None = None
        self._pending: list[pl.DataFrame] = []
        self._at = 0
        self._block: tuple[int, int, list[pl.DataFrame]] = (0, 0, [])
        self._held: pl.DataFrame | None = None

    def want(self, cells: Sequence[Cells]) -> None:
        """Announce cells; a stream that has begun without them starts over."""
        if not set(cells) <= set(self._wanted):
            self._wanted, self._batches = list(dict.fromkeys([*self._wanted, *cells])), None

    def begin(self) -> None:
        """Let polars read ahead from the first row; what is wrong there is told when a block is asked for."""
        if self._batches is None:
            self._start()

    def block(self, start: int, stop: int) -> list[pl.DataFrame]:
        """Rows ``start:stop`` in one or more frames; fewer rows at the end."""
        if self._block[:2] == (start, stop) and self._batches is not None:
            return self._block[2]
        if self._batches is None or start < self._at:
            self._start()
        self._skip(start - self._at)
        frames = self._take(stop - start)
        self._block = (start, stop, frames)
        return frames

    def _start(self) -> None:
        self.close()
        self._at, self._held = 0, None
        self._batches = self._tried(lambda: self.batches(self._wanted))

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
        batches = self._batches
        assert batches is not None
        return self._tried(lambda: next(batches, None))

    def _tried(self, reading: Callable[[], T]) -> T:
        try:
            return reading()
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

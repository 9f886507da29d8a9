"""Per-sample losses that go to their file block by block, so that memory does not grow with them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from queue import Full, Queue
from typing import IO, Any, NamedTuple

import numpy as np

from losscli.output.npy import NpySink
from losscli.output.writing import writing
from losscli.report import Report
from losscli.report.rows import require_samples, told_columns


class NpySamples:
    """One loss a sample as an NPY file of float64; NaN where a sample has none."""

    in_order = False

    def __init__(self, fd: int, samples: int) -> None:
        self._sink = NpySink(fd, (samples,), "float64")

    def take(self, start: int, values: Any, status: Any, texts: list[Any]) -> None:
        self._sink.write(start, values[0])

    def close(self, samples: int) -> None:
        self._sink.close(samples)


class CsvSamples:
    """A row a sample: its index, the columns kept, a column a loss and, with ``skips``, why a sample has none."""

    in_order = True

    def __init__(self, name: str, fd: int, losses: list[str], kept: list[str], skips: bool) -> None:
        self._name, self._file = name, _emptied(fd)
        self._columns, self._header = _Columns(losses, kept, skips), True

    def take(self, start: int, values: Any, status: Any, texts: list[Any]) -> None:
        frame = self._columns.frame(_index(start, values), values, status, texts)
        with writing(self._name):
            frame.write_csv(self._file, include_header=self._header)
        self._header = False

    def close(self, samples: int) -> None:
        with writing(self._name):
            self._file.close()


class JsonlSamples(CsvSamples):
    """The same as JSON lines, an object a sample."""

    def take(self, start: int, values: Any, status: Any, texts: list[Any]) -> None:
        from losscli.report.jsonl import lines

        frame = self._columns.frame(_index(start, values), values, status, texts)
        with writing(self._name):
            self._file.writelines(line.encode() for line in lines(frame.columns, frame.iter_rows()))


class ParquetSamples:
    """The same as Parquet. Polars' writer pulls its rows, in a thread of its own."""

    in_order = True

    def __init__(self, name: str, fd: int, losses: list[str], kept: list[str], skips: bool) -> None:
        self._name, self._file = name, _emptied(fd)
        self._columns = _Columns(losses, kept, skips)
        self._blocks: Queue[Any] = Queue(maxsize=4)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def take(self, start: int, values: Any, status: Any, texts: list[Any]) -> None:
        # The frame waits for the other thread, while the next block is written into the same values.
        self._put(self._columns.frame(_index(start, values), values.copy(), status, texts))

    def _put(self, block: Any) -> None:
        while self._thread.is_alive():
            with suppress(Full):
                self._blocks.put(block, timeout=0.2)
                return
        self._raise()

    def _write(self) -> None:
        from polars.io.plugins import register_io_source

        try:
            schema = self._columns.nothing().schema
            register_io_source(lambda *_: self._frames(), schema=schema).sink_parquet(self._file)
        except BaseException as error:
            self._error = error

    def _frames(self) -> Iterator[Any]:
        while (block := self._blocks.get()) is not None:
            yield block

    def _raise(self) -> None:
        with writing(self._name):
            if self._error is not None:
                raise self._error

    def close(self, samples: int) -> None:
        self._put(None)
        self._thread.join()
        self._raise()
        with writing(self._name):
            self._file.close()


def _emptied(fd: int) -> IO[bytes]:
    # A text that has to be read again is written again.
    os.ftruncate(fd, 0)
    os.lseek(fd, 0, os.SEEK_SET)
    return os.fdopen(os.dup(fd), "wb")


def _index(start: int, values: Any) -> Any:
    return np.arange(start, start + values.shape[1])


def frame_of(report: Report) -> Any:
    """The per-sample losses of a report as a frame.

    Raises:
        OutputError: A loss has none.
    """
    samples, kept = require_samples(report.results), report.results[0].kept
    values = np.stack([one.values for one in samples])
    status = np.stack([np.where(one.ignored, 1, 2 * one.omitted) for one in samples]).astype(np.uint8)
    columns = _Columns([one.loss for one in report.results], list(kept), any(r.skips for r in report.results))
    frame = columns.frame(report.index, values, status, list(kept.values()))
    told = [_series(name, column) for name, column in told_columns(report).items()]
    first = 1 + len(kept)
    return frame.select(*frame.columns[:first], *told, *frame.columns[first:])


def _series(name: str, column: Any) -> Any:
    import polars as pl

    return pl.Series(name, column.tolist() if column.dtype == object else column)


class _Columns(NamedTuple):
    """The columns of a table of samples."""

    losses: list[str]
    kept: list[str]
    skips: bool

    def frame(self, index: Any, values: Any, status: Any, texts: list[Any]) -> Any:
        """Some samples, with values and status of shape (losses, samples); a sample without a loss has null."""
        import polars as pl

        columns: dict[str, Any] = {"sample": index}
        columns |= {
            name: pl.Series(text.tolist(), dtype=pl.String) for name, text in zip(self.kept, texts, strict=True)
        }
        for name, column, skipped in zip(self.losses, values, status, strict=True):
            loss = pl.Series(np.ascontiguousarray(column))
            columns[name] = loss.set(pl.Series(skipped > 0), None) if skipped.any() else loss
        if self.skips:
            words = pl.Series([None, "ignored", "omitted"], dtype=pl.String)
            columns["status"] = words.gather(np.max(status, axis=0))
        return pl.DataFrame(columns)

    def nothing(self) -> Any:
        """A block of no samples."""
        shape = (len(self.losses), 0)
        return self.frame(
            np.empty(0, np.int64), np.empty(shape), np.empty(shape, np.uint8), [np.empty(0)] * len(self.kept)
        )

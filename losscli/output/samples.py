"""Per-sample losses that go to their file block by block, so that memory does not grow with them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from queue import Full, Queue
from typing import IO, Any

import numpy as np

from losscli.output.npy import NpySink
from losscli.output.writing import writing


class NpySamples:
    """One loss a sample as an NPY file of float64."""

    in_order = False

    def __init__(self, fd: int, samples: int) -> None:
        self._sink = NpySink(fd, (samples,), "float64")

    def take(self, start: int, values: Any, ignored: Any, texts: list[Any]) -> None:
        self._sink.write(start, values[0])

    def close(self, samples: int) -> None:
        self._sink.close(samples)


class CsvSamples:
    """A row a sample: its index, a column a loss, the columns kept."""

    in_order = True

    def __init__(self, name: str, fd: int, losses: list[str], kept: list[str]) -> None:
        self._name, self._file = name, _emptied(fd)
        self._losses, self._kept, self._header = losses, kept, True

    def take(self, start: int, values: Any, ignored: Any, texts: list[Any]) -> None:
        frame = _frame(start, values, texts, self._losses, self._kept)
        with writing(self._name):
            frame.write_csv(self._file, include_header=self._header)
        self._header = False

    def close(self, samples: int) -> None:
        with writing(self._name):
            self._file.close()


class ParquetSamples:
    """The same as Parquet. Polars' writer pulls its rows, in a thread of its own."""

    in_order = True

    def __init__(self, name: str, fd: int, losses: list[str], kept: list[str]) -> None:
        self._name, self._file = name, _emptied(fd)
        self._losses, self._kept = losses, kept
        self._blocks: Queue[Any] = Queue(maxsize=4)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def take(self, start: int, values: Any, ignored: Any, texts: list[Any]) -> None:
        # The frame waits for the other thread, while the next block is written into the same values.
        self._put(_frame(start, values.copy(), texts, self._losses, self._kept))

    def _put(self, block: Any) -> None:
        while self._thread.is_alive():
            with suppress(Full):
                self._blocks.put(block, timeout=0.2)
                return
        self._raise()

    def _write(self) -> None:
        from polars.io.plugins import register_io_source

        nothing = _frame(0, np.empty((len(self._losses), 0)), [np.empty(0)] * len(self._kept), self._losses, self._kept)
        try:
            register_io_source(lambda *_: self._frames(), schema=nothing.schema).sink_parquet(self._file)
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


def _frame(start: int, values: Any, texts: list[Any], losses: list[str], kept: list[str]) -> Any:
    import polars as pl

    columns: dict[str, Any] = {"sample": np.arange(start, start + values.shape[1])}
    columns |= {name: pl.Series(text.tolist(), dtype=pl.String) for name, text in zip(kept, texts, strict=True)}
    columns |= {name: np.ascontiguousarray(column) for name, column in zip(losses, values, strict=True)}
    return pl.DataFrame(columns)

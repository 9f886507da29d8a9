"""A query's rows in batches, in order, while it runs.

``LazyFrame.collect_batches`` ends like a file that is over when polars panics inside; ``sink_batches`` raises. Both are
marked unstable by polars; the second is called here and nowhere else.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from queue import SimpleQueue

import polars as pl

# What is wrong with text is told by the grammar, in an error. Polars' threads tell it on standard error besides, and
# what catches warnings is not made for threads.
warnings.filterwarnings("ignore", "CSV malformed", UserWarning)

_AHEAD = 2


class Batches(Iterator[pl.DataFrame]):
    """The batches of a query that runs in a thread of its own, a few ahead of who takes them.

    Raises:
        BaseException: What polars raised, when all that came before it was taken.
    """

    def __init__(self, query: pl.LazyFrame) -> None:
        self._found: SimpleQueue[pl.DataFrame | BaseException] = SimpleQueue()
        self._room, self._over = threading.Semaphore(_AHEAD), threading.Event()
        threading.Thread(target=_run, args=(query, self._found, self._room, self._over), daemon=True).start()

    def __next__(self) -> pl.DataFrame:
        found = self._found.get()
        self._room.release()
        if isinstance(found, BaseException):
            self._found.put(found)  # the end stays the end
            raise found
        return found

    def close(self) -> None:
        """Let the query end."""
        self._over.set()
        self._room.release()

    def __del__(self) -> None:
        self.close()


def _run(
    query: pl.LazyFrame,
    found: SimpleQueue[pl.DataFrame | BaseException],
    room: threading.Semaphore,
    over: threading.Event,
) -> None:
    def take(batch: pl.DataFrame) -> bool:
        room.acquire()
        found.put(batch)
        return over.is_set()

    try:
        query.sink_batches(take)
        found.put(StopIteration())
    except BaseException as error:  # a panic is no Exception
        found.put(error)

"""A progress bar on standard error, for work over about a second, on a terminal only."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any

_PATIENCE_S = 1.0


class Bar:
    """Shows how many samples were read, how fast, and for how long it will go on; or that none has come yet."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._done = 0
        self._bar: Any = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(_PATIENCE_S, self._wait)
        self._timer.daemon = True

    def __call__(self, rows: int, total: int | None) -> None:
        """Count samples; ``total`` is how many there are, or about, or None."""
        with self._lock:
            self._done += rows
            if self._bar is not None or time.monotonic() - self._begun > _PATIENCE_S:
                self._show(max(total, self._done) if total else None)

    def _wait(self) -> None:
        """Show the bar before there is a sample, which a slow pipe may be long in sending."""
        with self._lock:
            if not self._timer.finished.is_set():
                self._show(None)

    def _show(self, total: int | None) -> None:
        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task("", total=total)
        self._bar.update(self._task, completed=self._done, total=total)

    def __enter__(self) -> Bar:
        with suppress(RuntimeError):  # the system gives no thread: the first samples show the bar
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._bar is not None:
                self._bar.stop()


class Silence:
    """No bar: nobody is watching."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def progress(files: Iterable[str]) -> Bar | Silence:
    """A bar where standard error is a terminal, unless one of the files that are read is typed there."""
    typed = "/dev/stdin" in files and os.isatty(0)
    return Bar() if sys.stderr.isatty() and not typed else Silence()


def _bar() -> Any:
    from rich.console import Console
    from rich.filesize import decimal
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            if not task.completed:
                return Text("waiting for the first samples")
            speed = task.finished_speed or task.speed or 0
            return Text(f"{int(task.completed):,} samples, {decimal(int(speed)).removesuffix(' bytes').rstrip('B')}/s")

    columns = (BarColumn(bar_width=24), TaskProgressColumn(), Rate(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)

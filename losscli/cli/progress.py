"""A progress bar on standard error, for work over about a second, on a terminal only."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

_PATIENCE_S = 1.0


class Bar:
    """Shows how many samples were read, how fast, and for how long it will go on."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._done = 0
        self._bar: Any = None

    def __call__(self, rows: int, total: int | None) -> None:
        """Count samples; ``total`` is how many there are, or about, or None."""
        self._done += rows
        if self._bar is None and time.monotonic() - self._begun > _PATIENCE_S:
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task("", total=total)
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, total=max(total, self._done) if total else None)

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


class Silence:
    """No bar: nobody is watching."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def progress() -> Bar | Silence:
    """A bar where standard error is a terminal."""
    return Bar() if sys.stderr.isatty() else Silence()


def _bar() -> Any:
    from rich.console import Console
    from rich.filesize import decimal
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed or 0
            return Text(f"{int(task.completed):,} samples, {decimal(int(speed)).removesuffix(' bytes').rstrip('B')}/s")

    columns = (BarColumn(bar_width=24), TaskProgressColumn(), Rate(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)

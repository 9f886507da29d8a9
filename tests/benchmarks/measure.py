"""Timing whole processes and calls in interleaved rounds, and the Markdown tables of the outcome.

This module imports nothing heavy: Linux counts a parent's memory into the peak of the child it starts.
"""

from __future__ import annotations

import os
import pty
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
LOSSCLI = str(Path(sys.executable).parent / "losscli")
_CHANGED = ("PYTHONDONTWRITEBYTECODE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
"""Variables that would change what is measured; the contestants run without them."""


@dataclass(frozen=True)
class Sample:
    """One run: its wall time; of a process also its peak memory, and its CPU time, which others' work moves less."""

    seconds: float
    mib: float = 0.0
    cpu: float = 0.0


class Process:
    """A command as a contestant; its output goes to a file, or to a pseudo-terminal."""

    def __init__(self, argv: list[str], folder: Path, terminal: bool = False) -> None:
        self.argv, self.folder, self.terminal = argv, folder, terminal
        self.environment = {k: v for k, v in os.environ.items() if k not in _CHANGED}

    def __call__(self) -> Sample:
        with (self.folder / "stdout").open("wb") as out, (self.folder / "stderr").open("wb") as err:
            master, slave = pty.openpty() if self.terminal else (-1, out.fileno())
            start = time.perf_counter()
            process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=slave, stderr=err, cwd=self.folder, env=self.environment
            )
            if self.terminal:
                os.close(slave)
                _drain(master)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{self.argv} ended with {process.returncode}:\n{(self.folder / 'stderr').read_text()}")
        return Sample(seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)

    @property
    def output(self) -> str:
        """What the last run printed."""
        return (self.folder / "stdout").read_text().strip()


def python(code: str, folder: Path) -> Process:
    """A Python one-liner as a contestant."""
    return Process([PYTHON, "-W", "ignore", "-c", code], folder)


def _drain(master: int) -> None:
    try:
        while os.read(master, 65536):
            pass
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(master)


class Race:
    """Contestants' samples, round by round."""

    def __init__(self, contestants: dict[str, Callable[[], Sample]], rounds: int) -> None:
        for run in contestants.values():
            run()  # warms the page cache, the byte code and the allocator
        self.samples: dict[str, list[Sample]] = {name: [] for name in contestants}
        for _ in range(rounds):
            for name, run in contestants.items():
                self.samples[name].append(run())

    def seconds(self, name: str) -> float:
        """The median wall time."""
        return statistics.median(s.seconds for s in self.samples[name])

    def fastest(self, name: str) -> float:
        """The least wall time."""
        return min(s.seconds for s in self.samples[name])

    def mib(self, name: str) -> float:
        """The median peak memory."""
        return statistics.median(s.mib for s in self.samples[name])

    def ratio(self, one: str, other: str) -> float:
        """The median of the rounds' ratios of wall times."""
        pairs = zip(self.samples[one], self.samples[other], strict=True)
        return statistics.median(a.seconds / b.seconds for a, b in pairs)

    def cpu_ratio(self, one: str, other: str) -> float:
        """The median of the rounds' ratios of processor times."""
        pairs = zip(self.samples[one], self.samples[other], strict=True)
        return statistics.median(a.cpu / b.cpu for a, b in pairs)


@dataclass(frozen=True)
class Goal:
    """A bound on a measured number; a goal that is a minimum is written ``>=``."""

    bound: float
    at_least: bool = False

    def cells(self, found: float, unit: str = "x") -> list[str]:
        """The table cells: measured, goal, reached."""
        reached = found >= self.bound if self.at_least else found <= self.bound
        sign = ">=" if self.at_least else "<="
        return [f"{found:.2f}{unit}", f"{sign} {self.bound:g}{unit}", "yes" if reached else "NO"]


def cells(found: float, goal: Goal | None) -> list[str]:
    """A ratio with its goal, or with none."""
    return goal.cells(found) if goal else [f"{found:.2f}x", "", ""]


def table(title: str, header: list[str], rows: Iterable[list[str]]) -> None:
    """Print a Markdown table; the first column is text, the others are numbers."""
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    rule = ["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])]
    print(f"\n### {title}\n")
    for line in (header, rule, *lines[1:]):
        padded = [c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True))]
        print("| " + " | ".join(padded) + " |", flush=True)

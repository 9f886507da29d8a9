"""What ``explore`` takes until its first screen stands, beside a Textual app that shows a line: both in a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import tempfile
import termios
import time
from pathlib import Path

from tests.benchmarks.measure import LOSSCLI, PYTHON, Goal, Process, Race, Sample, cells, table

ROUNDS = 11
ROWS = 1000
_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[@-Z\\-_])")
_EMPTY = "a Textual app that shows a line"
_IMPORT = "import numpy and textual.app"
_FIRST, _WHOLE = "explore, until it shows that it reads", "explore, until loss, curve and samples stand"
_NONE = "explore without files, until the curve stands"
_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("here it is")
Empty().run()
"""
_MOST_S = 60.0


class Screen:
    """A program in a terminal of 80 x 24 as a contestant: from its start until some words are on the screen.

    Its CPU time is what it and its threads took by then.
    """

    def __init__(self, argv: list[str], folder: Path, marks: tuple[str, ...]) -> None:
        self._argv, self._folder, self._marks = argv, folder, [mark.encode() for mark in marks]
        self._environment = Process(argv, folder).environment | {"TERM": "xterm-256color"}

    def __call__(self) -> Sample:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        start = time.perf_counter()
        process = subprocess.Popen(
            self._argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=self._folder,
            env=self._environment,
            start_new_session=True,
        )
        os.close(slave)
        try:
            self._wait(master)
            return Sample(time.perf_counter() - start, cpu=_cpu(process.pid))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            os.close(master)

    def _wait(self, master: int) -> None:
        shown, end = b"", time.monotonic() + _MOST_S
        while time.monotonic() < end:
            try:
                more = os.read(master, 1 << 16)
            except OSError:  # how Linux says that the other end is closed
                break
            shown += more
            if all(mark in _ESCAPE.sub(b"", shown) for mark in self._marks):
                return
        raise SystemExit(f"{self._argv} did not show {self._marks}:\n{_ESCAPE.sub(b'', shown).decode()}")


def _cpu(pid: int) -> float:
    """The seconds of processor time of a process and its threads, as Linux tells them."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def contestants(folder: Path) -> dict[str, Screen | Process]:
    """The explorer with data and without, and what a Textual app takes that does nothing."""
    explore = [LOSSCLI, "explore", "huber", "a.csv", "b.csv"]
    return {
        _FIRST: Screen(explore, folder, ("reading",)),
        _WHOLE: Screen(explore, folder, (f"{ROWS} elements", "share")),
        _NONE: Screen([LOSSCLI, "explore", "huber"], folder, ("x: error",)),
        _EMPTY: Screen([PYTHON, "-c", _APP], folder, ("here it is",)),
        _IMPORT: Process([PYTHON, "-c", "import numpy, textual.app"], folder),
    }


def main(scale: float, rounds: int | None) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, shift in (("a.csv", 0.0), ("b.csv", 0.5)):
            (folder / file).write_text("".join(f"{(i * 37 % 101) / 7 + shift * (i % 5)}\n" for i in range(ROWS)))
        race = Race(contestants(folder), rounds or ROUNDS)
    found = [
        [one, f"{1e3 * race.seconds(one):.0f}", f"{1e3 * race.fastest(one):.0f}", f"{1e3 * cpu:.0f}"]
        for one, samples in race.samples.items()
        for cpu in [sorted(sample.cpu for sample in samples)[len(samples) // 2]]
    ]
    table(f"First paint: two CSV files of {ROWS} rows, ms", ["case", "median", "least", "CPU"], found)
    goals = [
        [one, other, *cells(race.cpu_ratio(one, other), Goal(bound) if bound else None)]
        for one, other, bound in ((_FIRST, _EMPTY, None), (_WHOLE, _EMPTY, 2.2), (_NONE, _EMPTY, None))
    ]
    table("First paint: ratios of CPU time, round by round", ["case", "to", "measured", "goal", "reached"], goals)

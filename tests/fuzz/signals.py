"""Signals at random moments: one line, the shell's exit code, no file left, and a target that is whole or untouched."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

SIGNALS = {signal.SIGINT: "Interrupted.\n", signal.SIGTERM: "Terminated.\n", signal.SIGHUP: "Hung up.\n"}
COMMANDS = [
    "mse small.csv::x small.csv::x",
    "mse,huber small.csv::x small.csv::x -o out.json",
    "mse large.npy large.npy -s -o out.npy",
    "mse large.npy large.npy -s -o out.csv",
    "mse large.csv large.csv -s -o out.parquet",
    "mse - large.csv -r none -o out.npy",
    "mse large.parquet large.parquet -s -o out.csv",
    "mse large.ndjson large.ndjson -o out.md",
    "l1 small.csv small.csv --on key -f json -s",
]
_ROWS = 200_000
_LONGEST_S = 60


class Ended(NamedTuple):
    """How a run ended, and what its target holds then."""

    code: int
    out: bytes
    err: str
    target: bytes | None
    seconds: float


def case(seed: int, folder: Path) -> str | None:
    """One command, and one signal at a random moment of it."""
    rng = random.Random(seed)
    command, number, older = rng.choice(COMMANDS), rng.choice(list(SIGNALS)), rng.random() < 0.5
    before = b"precious" if older and "-o" in command else None
    prepare(folder)
    whole = run(command, folder, before)
    delay = rng.uniform(0, whole.seconds * 1.1)
    ended = run(command, folder, before, number, delay)
    problem = wrong(ended, whole, number, before) or left_behind(folder)
    return f"{command}, {number.name} after {delay:.4f} s (older: {older}): {problem}" if problem else None


def prepare(folder: Path) -> None:
    """Write the inputs of every command, unless they are there."""
    if (folder / "data").exists():
        return
    (folder / "tmp").mkdir()
    (folder / "small.csv").write_text("key,x\n" + "".join(f"k{i},{i / 7}\n" for i in range(1000)))
    values = np.random.default_rng(0).standard_normal((_ROWS, 2))
    np.save(folder / "large.npy", values)
    frame = pl.DataFrame(values, schema=["a", "b"])
    frame.write_csv(folder / "large.csv")
    frame.write_parquet(folder / "large.parquet")
    frame.write_ndjson(folder / "large.ndjson")
    (folder / "data").touch()


def run(command: str, folder: Path, before: bytes | None, number: int | None = None, delay: float = 0.0) -> Ended:
    """Run a command in a folder, over a target that holds ``before``, and send it a signal after a delay."""
    target = folder / command.split()[-1]
    assert "-o" in command or not target.exists()
    target.unlink(missing_ok=True)
    if before is not None:
        target.write_bytes(before)
    begun = time.monotonic()
    with (folder / "large.csv").open("rb") as given, (folder / "out").open("w+b") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "losscli", "compute", *command.split()],
            cwd=folder, env={**os.environ, "TMPDIR": str(folder / "tmp")},
            stdin=given, stdout=out, stderr=subprocess.PIPE,
        )  # fmt: skip
        if number is not None:
            time.sleep(delay)
            process.send_signal(number)
        err = process.communicate(timeout=_LONGEST_S)[1].decode()
        out.seek(0)
        content = target.read_bytes() if target.exists() else None
        return Ended(process.returncode, out.read(), err, content, time.monotonic() - begun)


def wrong(ended: Ended, whole: Ended, number: signal.Signals, before: bytes | None) -> str:
    """What is not as it should be after a signal; ``whole`` is the same run without one."""
    if ended.code == 0:
        return "" if ended[1:4] == whole[1:4] else f"exit 0, but {ended}"
    if ended.target != before:
        return f"the target is not what it was: {ended}"
    if ended.code == 128 + number and ended.err == SIGNALS[number]:
        return "" if whole.out.startswith(ended.out) else f"not the output: {ended}"
    # Until Python runs the program's first line, what happens is Python's: it ends at once, or shows a traceback of
    # its own start, in which no file of the command line stands.
    return "" if ended.code in (-number, 1) and "losscli/cli" not in ended.err else f"{ended}"


def left_behind(folder: Path) -> str:
    """The names of temporary files that are still there."""
    found = [p.name for p in (*folder.glob(".*"), *(folder / "tmp").iterdir())]
    return f"left behind: {found}" if found else ""

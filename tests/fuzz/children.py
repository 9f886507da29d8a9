"""Cases in child processes, many to a child: what ends the process is seen, and the cases after it still run."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from losscli.cli.crash import take_crashes

Trial = Callable[[int, Path], "str | None"]
"""Makes one case from a seed, in an empty folder, and says what is wrong with what came out, or None."""

_BATCH = 1000
_PATIENCE = 120.0
"""Seconds after which a case counts as one that hangs."""

_pipe = -1


def reference_reads() -> None:
    """From here on this case runs other programs' code alone: its end or its noise is not ours."""
    _say({"reference": True})


def failures(case: Trial, seeds: range, folder: Path) -> Iterator[tuple[int, str]]:
    """The seeds whose case failed, and what was wrong."""
    while seeds:
        done = 0
        for seed, what in _batch(case, seeds[:_BATCH], folder):
            done += 1
            if what:
                yield seed, what
        seeds = seeds[done:]


def _batch(case: Trial, seeds: range, folder: Path) -> Iterator[tuple[int, str | None]]:
    """What became of the first seeds, all of them or up to the one that ended the child."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if not child:
        os.close(reading)
        _child(case, seeds, folder, writing)
    os.close(writing)
    at, reference = seeds[0], False
    try:
        for line in _lines(reading):
            message = json.loads(line)
            at, reference = message.get("seed", at), "reference" in message
            if "done" in message:
                yield at, message["done"]
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        child = 0
        if status:
            yield at, None if reference or _told(status, folder) else f"ended the process ({_ending(status)})."
    except TimeoutError:
        yield at, f"hangs: nothing came for {_PATIENCE:.0f} s."
    finally:
        os.close(reading)
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _lines(pipe: int) -> Iterator[bytes]:
    left = b""
    while True:
        if not select.select([pipe], [], [], _PATIENCE)[0]:
            raise TimeoutError
        found = os.read(pipe, 1 << 16)
        if not found:
            return
        *lines, left = (left + found).split(b"\n")
        yield from lines


def _ending(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit code {status}"


def _told(status: int, folder: Path) -> bool:
    """Whether the program itself made an error of what ended it, as its users see it."""
    lines = _stderr(folder).read_text(errors="replace").splitlines()
    return status == 2 and [line.partition(" ")[0] for line in lines] == ["Error:", "Hint:"]


def _stderr(folder: Path) -> Path:
    return folder / "stderr"


def _child(case: Trial, seeds: range, folder: Path, pipe: int) -> None:
    global _pipe
    _pipe = pipe
    folder.mkdir(exist_ok=True)
    os.dup2(os.open(_stderr(folder), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    take_crashes()
    try:
        for seed in seeds:
            _say({"seed": seed})
            _say({"seed": seed, "done": _one(case, seed, folder)})
    finally:
        os._exit(0)


def _one(case: Trial, seed: int, folder: Path) -> str | None:
    inside = folder / "case"
    shutil.rmtree(inside, ignore_errors=True)
    inside.mkdir()
    os.chdir(inside)
    try:
        what = case(seed, inside)
    except BaseException as error:  # the harness itself, or what escapes an except clause: a panic, say
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} ({error}) in {Path(last.filename).name}, line {last.lineno}.".replace("\n", " ")
    return what


def _say(message: dict[str, object]) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(_pipe, json.dumps(message).encode() + b"\n")

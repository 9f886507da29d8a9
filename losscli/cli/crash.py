"""What would end the process from inside a library is one line and exit code 2.

Polars aborts where a damaged length makes it ask for more memory than there is, the system ends who reads a mapped
file that was cut short, and Rust writes its panics to standard error before Python hears of them.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from typing import Any

from losscli import guard, temporary
from losscli.cli import signals

_SIGNALS = ("SIGABRT", "SIGBUS", "SIGSEGV", "SIGILL", "SIGFPE")
_AROUND = ("thread ", "stack ", "note: ")
"""How lines around the reason begin that Rust gives for its end."""
_kept: list[Any] = []
"""What C calls is to live as long as the process."""


def take_crashes() -> None:
    """From here on libraries write no standard error, and a signal that says that one is broken is told in a line."""
    import ctypes

    told, noise = _own_standard_error()

    signals.standard_error = told

    def end(number: int) -> None:
        temporary.remove_all()
        with contextlib.suppress(OSError):
            os.write(told, _line(number, noise))
        os._exit(2)

    handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(end)
    _kept.append(handler)
    library = ctypes.CDLL(None)
    # Not by the signal module, whose handlers wait for the main thread: that one waits for the thread that died.
    for name in _SIGNALS:
        if hasattr(signal, name):
            library.signal(getattr(signal, name), handler)


def _own_standard_error() -> tuple[int, int]:
    """Standard error for Python alone, and the reading end of a pipe that takes what others write there."""
    sys.stderr.flush()
    told = os.dup(2)
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)  # what is too much is lost
    os.dup2(writing, 2)
    os.close(writing)
    before = sys.stderr
    if isinstance(before, io.TextIOWrapper):
        sys.stderr = open(told, "w", encoding=before.encoding, errors=before.errors, buffering=1)  # noqa: SIM115
    return told, reading


def _line(number: int, noise: int) -> bytes:
    heard = b""
    with contextlib.suppress(OSError):
        heard = os.read(noise, 1 << 16)
    lines = heard.decode(errors="replace").splitlines()
    reasons = [line for line in lines if line[:1].islower() and not line.startswith(_AROUND)]
    reason = reasons[-1] if reasons else signal.Signals(number).name
    hint = "was it damaged, or cut off while being written or copied?"
    return f"Error: {guard.being_read()}: cannot be read ({reason}).\nHint: {hint}\n".encode()

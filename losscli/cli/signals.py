"""Signals end the program in one way: temporary files go, one line says why, and the exit code is the shell's.

No exception is raised for them: it could arise inside any import, handler or callback of a library, which would
report or swallow it. Nor do they wait for the main thread, which may be inside a library for long: a thread that
sleeps until then does the work. This module is imported before all others, and imports next to nothing.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
from types import FrameType

from losscli import temporary

_LINES: dict[int, str] = {signal.SIGINT: "Interrupted.", signal.SIGTERM: "Terminated.", signal.SIGHUP: "Hung up."}
_CLEAR_LINE = b"\r\x1b[2K\x1b[?25h"
"""Wipes a progress bar, or the ``^C`` that a terminal shows, and shows the cursor that a bar hides."""
standard_error = 2
"""Where the line is written; another descriptor once libraries are kept from writing there."""
_once = _thread.allocate_lock()


def take() -> None:
    """Take the signals that end a program; one that is ignored (``nohup``, a job in the background) stays so."""
    ignored = {one for one in _LINES if signal.getsignal(one) is signal.SIG_IGN}
    for one in _LINES.keys() - ignored:
        signal.signal(one, _handle)
    # Polars would put a handler of its own in the place of "ignored".
    signal.pthread_sigmask(signal.SIG_BLOCK, ignored)
    _open_standard_streams()
    told, tells = os.pipe()
    os.set_blocking(tells, False)
    signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
    with contextlib.suppress(RuntimeError):  # the system gives no thread: the main thread does it when it can
        _thread.start_new_thread(_watch, (told,))
    os.register_at_fork(after_in_child=_give_back)


def wait_if_ending() -> None:
    """Stay here for good if a signal is ending the program: what follows from that is no error to report."""
    with _once:
        return


def _give_back() -> None:
    # A child has no thread that watches, writes into its parent's pipe, and owns none of its parent's files.
    signal.set_wakeup_fd(-1)
    for one in _LINES:
        if signal.getsignal(one) is _handle:
            signal.signal(one, signal.SIG_DFL)


def _open_standard_streams() -> None:
    # Where the shell closed one (`2>&-`), the next file that is opened would get its number, and its text.
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(fd, True)
    os.close(fd)


def _watch(told: int) -> None:
    while True:
        for number in os.read(told, 16):
            _handle(number)


def _handle(number: int, frame: FrameType | None = None) -> None:
    """End the program, unless its result is in place already: then it comes to its own end, with 0."""
    if number not in _LINES or not _once.acquire(blocking=False):
        return
    if not temporary.remove_all():
        _once.release()
        return
    line = _LINES[number].encode() + b"\n"
    with contextlib.suppress(OSError):
        os.write(standard_error, (_CLEAR_LINE if os.isatty(standard_error) else b"") + line)
    os._exit(128 + number)

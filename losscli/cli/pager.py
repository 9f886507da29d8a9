"""Pages to read: in the user's pager where they are longer than the terminal, as git shows its log."""

from __future__ import annotations

import os
import sys

from losscli.cli.messages import emit

_NOT_RUN = (126, 127)
"""Exit codes of a shell that found no such program, or could not run it."""


def show(text: str) -> None:
    """Show a page on standard output: through ``PAGER`` on a terminal that it does not fit on, else as it is."""
    command = _pager()
    if not command or not sys.stdout.isatty() or sys.stdin is None or not sys.stdin.isatty() or _fits(text):
        emit(text)
        return
    import signal
    import subprocess

    # -F leaves a short page, -R lets colours through, -X keeps the page on the screen: as git asks of less.
    environment = {"LESS": "FRX", **os.environ}
    with subprocess.Popen(command, shell=True, stdin=subprocess.PIPE, encoding="utf-8", env=environment) as running:
        # Ctrl-C is the pager's: if this program ended first, two would read the keyboard. What is ignored before the
        # start would be ignored by the pager, too.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            running.communicate(text)
        finally:
            signal.signal(signal.SIGINT, before)
    if running.returncode in _NOT_RUN:
        emit(text)


def _pager() -> str:
    """The command of the pager, or "" where there is none or none is wanted."""
    command = os.environ.get("PAGER", "").strip()
    if "PAGER" not in os.environ:
        import shutil

        command = shutil.which("less") or ""
    return "" if command == "cat" or os.environ.get("TERM") == "dumb" else command


def _fits(text: str) -> bool:
    return text.count("\n") < os.get_terminal_size(sys.stdout.fileno()).lines

"""Pages of the guide go through the user's pager on a terminal that they are longer than, and nowhere else."""

from __future__ import annotations

import io
import os
import pty
import shlex
import signal
import subprocess
import sys
import termios

import pytest
from shell import ROOT, cli

from losscli.cli import pager

LONG, SHORT = "files", "L201"
MARKING = "sed s/^/paged:/"


def on_terminal(*arguments, rows=24, **environment):
    """What stands on a terminal after ``losscli arguments``, line by line, and the exit code."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (rows, 80)) if sys.version_info >= (3, 11) else _set_size(theirs, rows)
    inherited = {name: value for name, value in os.environ.items() if name not in ("PAGER", "COLUMNS", "TERM")}
    done = subprocess.Popen(
        [sys.executable, "-m", "losscli", *arguments],
        cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, env={**inherited, "TERM": "xterm", **environment},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 1 << 16):
            shown += chunk
    except OSError:  # what Linux says when the other end is closed
        pass
    os.close(ours)
    return shown.decode().splitlines(), done.wait(60)


def _set_size(terminal, rows):
    import fcntl
    import struct

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))


@pytest.mark.parametrize(
    ("topic", "rows", "environment", "paged"),
    [
        (LONG, 24, {"PAGER": MARKING}, True),
        (SHORT, 24, {"PAGER": MARKING}, False),
        (LONG, 9999, {"PAGER": MARKING}, False),
        (LONG, 24, {"PAGER": MARKING, "TERM": "dumb"}, False),
        (LONG, 24, {"PAGER": "cat"}, False),
        (LONG, 24, {"PAGER": ""}, False),
    ],
)
def test_a_page_is_paged_where_it_is_longer_than_the_terminal(topic, rows, environment, paged):
    lines, code = on_terminal("guide", topic, rows=rows, **environment)
    assert code == 0
    assert len(lines) > (100 if topic == LONG else 0)
    assert {line.startswith("paged:") for line in lines} == {paged}


def test_a_pager_that_does_not_run_costs_no_page():
    lines, code = on_terminal("guide", LONG, PAGER="no-such-pager -x")
    assert code == 0
    assert "no-such-pager" in lines[0]
    assert len(lines) > 100


def test_a_page_is_shown_where_standard_input_is_closed(monkeypatch):
    monkeypatch.setenv("PAGER", MARKING)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdin", None)  # as Python has it after `<&-`
    out = io.StringIO()
    out.isatty = lambda: True
    monkeypatch.setattr("sys.stdout", out)
    pager.show("a page\n" * 100)
    assert out.getvalue() == "a page\n" * 100


def test_a_pager_that_knows_no_signals_can_be_interrupted():
    told = shlex.join([sys.executable, "-c", "import signal; print(signal.getsignal(signal.SIGINT).__name__)"])
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test may run where it is ignored
    try:
        lines, code = on_terminal("guide", LONG, PAGER=told)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (lines, code) == (["default_int_handler"], 0)


def test_less_is_asked_to_leave_short_pages_and_colours_unless_the_user_asks_otherwise():
    assert "FRX" in on_terminal("guide", LONG, PAGER='cat >/dev/null; echo "$LESS"')[0]
    assert "-S" in on_terminal("guide", LONG, PAGER='cat >/dev/null; echo "$LESS"', LESS="-S")[0]


def test_a_pipe_gets_the_page_itself(monkeypatch):
    monkeypatch.setenv("PAGER", MARKING)
    assert cli("guide", LONG).out.startswith("# ")

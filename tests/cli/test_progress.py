"""The progress bar: on a terminal only, for work that takes a while, and for input that does."""

from __future__ import annotations

import contextlib
import io
import time

from shell import without_escapes

from losscli.cli import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@contextlib.contextmanager
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    made = Terminal()
    with contextlib.redirect_stderr(made):
        yield made


def _until_shown(text, terminal):
    deadline = time.monotonic() + 20
    while text not in without_escapes(terminal.getvalue()):
        assert time.monotonic() < deadline, terminal.getvalue()
        time.sleep(0.01)


def test_bar_says_that_it_waits_for_input(monkeypatch):
    monkeypatch.setattr(progress, "_PATIENCE_S", 0.01)
    with terminal(monkeypatch) as shown, progress.progress([]) as bar:
        _until_shown("waiting for the first samples", shown)
        bar(5000, 10_000)
        _until_shown("5,000 samples", shown)
        _until_shown("50%", shown)
    assert shown.getvalue().endswith("\x1b[2K")  # and takes itself away


def test_work_that_is_soon_done_shows_nothing(monkeypatch):
    with terminal(monkeypatch) as shown, progress.progress([]) as bar:
        bar(10, 10)
    assert shown.getvalue() == ""


def test_bar_that_is_done_with_is_not_shown_later(monkeypatch):
    with terminal(monkeypatch) as shown:
        bar = progress.Bar()
        bar.__exit__(None, None, None)
        bar._wait()
    assert shown.getvalue() == ""


def test_nothing_is_shown_where_nobody_watches(monkeypatch):
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert isinstance(progress.progress([]), progress.Silence)


def test_input_that_is_typed_is_not_disturbed(monkeypatch):
    monkeypatch.setattr("os.isatty", lambda _: True)
    with terminal(monkeypatch):
        assert isinstance(progress.progress(["/dev/stdin"]), progress.Silence)
        assert isinstance(progress.progress(["a.csv"]), progress.Bar)

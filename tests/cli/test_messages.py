"""What goes to standard error: one line a message; on a terminal in colours, and wrapped between words."""

from __future__ import annotations

import contextlib
import io

from losscli.cli import messages
from losscli.errors import Finding


class _Terminal(io.StringIO):
    def isatty(self):
        return True


@contextlib.contextmanager
def terminal(monkeypatch, **environment):
    """Standard error as a terminal 40 columns wide."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in {"COLUMNS": "40", **environment}.items():
        monkeypatch.setenv(name, value)
    with contextlib.redirect_stderr(_Terminal()) as stream:
        yield stream


LONG = "Error: " + " ".join(["words"] * 20) + " /a/path/that-is-longer-than-a-line/of-the-terminal.csv"


def test_errors_are_red_and_wrapped_between_words(monkeypatch):
    with terminal(monkeypatch) as stream:
        messages.tell(LONG)
    text = stream.getvalue()
    assert text.startswith("\x1b[1;31mError:\x1b[0m words")
    assert text.replace("\x1b[1;31m", "").replace("\x1b[0m", "").split() == LONG.split()
    assert "/a/path/that-is-longer-than-a-line/of-the-terminal.csv" in text.splitlines()


def test_warnings_are_yellow_with_a_hint_on_its_own_line(monkeypatch):
    with terminal(monkeypatch) as stream:
        messages.warn([Finding("L201", "odd.", "do this."), Finding("L201", "odd.", "do this.")])
    assert stream.getvalue() == "\x1b[33mWarning L201:\x1b[0m odd.\n\x1b[36mHint:\x1b[0m do this.\n"


def test_no_color_is_obeyed(monkeypatch):
    with terminal(monkeypatch, NO_COLOR="1") as stream:
        messages.tell(LONG)
    assert "\x1b" not in stream.getvalue()


def test_a_pipe_has_one_line_without_escapes():
    with contextlib.redirect_stderr(io.StringIO()) as stream:
        messages.tell(LONG)
    assert stream.getvalue() == LONG + "\n"

"""The summary of a step: added to what stands there, and cut where a runner would drop it."""

from __future__ import annotations

import pytest

from losscli.errors import OutputError
from losscli.output import summary


def test_nothing_is_written_where_no_runner_asks(folder, monkeypatch):
    monkeypatch.delenv(summary.VARIABLE, raising=False)
    summary.append("text\n")
    assert list(folder.iterdir()) == []


def test_text_is_added(folder, monkeypatch):
    monkeypatch.setenv(summary.VARIABLE, "s.md")
    (folder / "s.md").write_text("before\n", encoding="utf-8")
    summary.append("å\n")
    assert (folder / "s.md").read_text(encoding="utf-8") == "before\nå\n"


def test_long_text_is_cut_at_a_line_and_says_so():
    text = "".join(f"line {i} å\n" for i in range(100))
    found = summary.cut(text, 200)
    *kept, empty, told = found.splitlines()
    assert text.startswith("\n".join(kept) + "\n")
    assert len("\n".join(kept).encode()) < 200
    assert (empty, told) == ("", f"{100 - len(kept)} more lines were cut: GitHub takes 1 MiB.")
    assert summary.cut(text, len(text.encode())) == text


def test_summary_that_cannot_be_written_is_named(folder, monkeypatch):
    monkeypatch.setenv(summary.VARIABLE, "gone/s.md")
    with pytest.raises(OutputError, match=r"gone/s\.md: cannot be written"):
        summary.append("text\n")

"""Listings: whole columns but the last, which wraps on a terminal and never in a pipe."""

import io

import pytest
from shell import cli

from losscli import losses
from losscli.report import listing

HEADER = ("name", "what it is")
LONG = "many short words that are of no great length but do not end " * 3
ROWS = [("a", LONG.strip()), ("longer", "one"), ("empty", "")]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_pipe_has_one_line_a_row():
    head, rule, *rows = listing.render(HEADER, ROWS, io.StringIO()).splitlines()
    assert [row.split(None, 1) for row in rows] == [[cell for cell in row if cell] for row in ROWS]
    assert head.split(None, 1) == list(HEADER)
    assert len(rule) == max(map(len, rows))


@pytest.mark.parametrize("width", [30, 40, 80, 400])
def test_a_terminal_cuts_nothing_and_no_line_passes_its_width(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = listing.render(HEADER, ROWS, Terminal()).splitlines()
    assert max(map(len, lines)) <= width
    indent = lines[0].index("what")
    assert " ".join(line[indent:].strip() for line in lines[2:] if line[indent:].strip()) == f"{LONG.strip()} one"
    assert all(line[:indent].strip() in ("", "a", "longer", "empty") for line in lines[2:])


def test_rows_become_paragraphs_where_columns_have_no_room(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    rows = [("a_name_that_is_long", "a family", "what it is, in some words")]
    lines = listing.render(("name", "family", "what it is"), rows, Terminal()).splitlines()
    assert lines == ["a_name_that_is_long", "  a family; what it is, in", "  some words"]


def test_names_are_whole_on_the_narrowest_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "1")
    out = cli("list", terminal=True).out
    assert all(one.name in out for one in losses.built_in())


def test_what_a_terminal_would_act_on_is_shown():
    assert "\\x1b[31mred\\nline" in listing.render(HEADER, [("a", "\x1b[31mred\nline")], io.StringIO())

"""Tables: they fit the terminal, cut no number, and colour terminals only."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len
from shell import cli, compute, document, without_escapes

from losscli.report.numbers import rounded

pytestmark = pytest.mark.usefixtures("files")


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")

    def run(width, *arguments):
        monkeypatch.setenv("COLUMNS", str(width))
        return compute(*arguments, terminal=True).out

    return run


@pytest.mark.parametrize("width", range(60, 201, 10))
def test_table_fits_the_terminal_and_cuts_no_number(width, terminal):
    out = without_escapes(terminal(width, "mse,l1,smooth_l1", "p.csv", "t.csv"))
    assert max(cell_len(line) for line in out.splitlines()) <= width
    assert "…" not in out
    for one in document("mse,l1,smooth_l1", "p.csv", "t.csv", "-s")["results"]:
        wanted = [one["value"], one["numerator"], *one["per_sample"][:5], *one["per_sample"][-5:]]
        for number in wanted:
            assert re.search(rf"(?<![\w.]){re.escape(rounded(number, 6))}(?![\w.])", out), number


@pytest.mark.parametrize("more", [[], ["--top", "3"], ["--ci", "0.95"]], ids=" ".join)
@pytest.mark.parametrize("losses", ["mse", "mse,l1,smooth_l1,huber,rmse"])
def test_the_value_of_every_loss_is_whole_on_a_terminal_of_40_columns(losses, more, terminal):
    out = without_escapes(terminal(40, losses, "p.csv", "t.csv", *more))
    assert max(cell_len(line) for line in out.splitlines()) <= 40
    for one in document(losses, "p.csv", "t.csv")["results"]:
        assert re.search(rf"(?<![\w.]){re.escape(rounded(one['value'], 6))}(?![\w.])", out)


@pytest.mark.parametrize("lines", [15, 60])
def test_what_was_asked_for_stays_in_sight_on_a_low_terminal(lines, terminal, monkeypatch):
    monkeypatch.setenv("LINES", str(lines))
    out = without_escapes(terminal(80, "mse", "p.csv", "t.csv", "--top", "12")).splitlines()
    seen = next(i for i, line in enumerate(out) if line.startswith("loss"))
    assert len(out) == 20
    assert seen == (15 if lines == 15 else 0)
    assert not any(
        line.startswith("loss") for line in compute("mse", "p.csv", "t.csv", "--top", "12").out.splitlines()[1:]
    )


def test_a_long_line_about_an_input_is_wrapped_between_words_and_indented(terminal, tmp_path):
    (tmp_path / "a_rather_long_name_of_a_file.csv").write_text((tmp_path / "p.csv").read_text())
    out = without_escapes(terminal(40, "mse", "a_rather_long_name_of_a_file.csv", "t.csv")).splitlines()
    at = next(i for i, line in enumerate(out) if line.startswith("pred:"))
    assert out[at + 1].startswith("  ")
    assert " ".join(line.strip() for line in out[at : at + 2]) == "pred: a_rather_long_name_of_a_file.csv, 12"


def test_kept_numbers_have_the_digits_of_the_table_and_stand_to_the_right(tmp_path):
    (tmp_path / "k.csv").write_text("p,y,x,id\n1,2,0.123456789,7\n2,4,-12.5,12\n")
    lines = compute("mse", "k.csv", "--pred", "p", "--target", "y", "--keep", "x,id", "--digits", "3").out.splitlines()
    assert [line.split() for line in lines[-2:]] == [["0", "0.123", "7", "1"], ["1", "-12.5", "12", "4"]]
    assert lines[-1].index("12.5") + 2 == lines[-2].index("0.123") + 1


@pytest.mark.parametrize("width", [60, 80])
def test_long_numbers_are_not_cut_either(width, terminal):
    out = without_escapes(terminal(width, "mse", "p.csv", "t.csv", "--digits", "17"))
    assert max(cell_len(line) for line in out.splitlines()) <= width
    one = document("mse", "p.csv", "t.csv")["results"][0]
    assert rounded(one["value"], 17) in out
    assert rounded(one["numerator"], 17) in out


def test_colour_is_for_terminals_only(terminal):
    assert "\x1b[" in terminal(100, "mse", "p.csv", "t.csv")
    assert "\x1b" not in compute("mse", "p.csv", "t.csv").out


def test_no_color_is_obeyed(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    out = terminal(100, "mse", "p.csv", "t.csv")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", out)  # weight is no colour
    assert without_escapes(out) == without_escapes(compute("mse", "p.csv", "t.csv", terminal=True).out)


@pytest.mark.parametrize("command", [["list"], ["backends"], ["show", "mse"]])
def test_other_commands_pipe_without_escapes(command):
    assert "\x1b" not in cli(*command).out


def test_piped_table_is_the_same_whatever_the_terminal(monkeypatch):
    found = set()
    for width in ("40", "80", "300"):
        monkeypatch.setenv("COLUMNS", width)
        found.add(compute("mse,l1,smooth_l1", "p.csv", "t.csv", "--digits", "17").out)
    assert len(found) == 1


def test_piped_lines_do_not_end_in_blanks():
    assert not re.search(r"[ \t]$", compute("mse", "p.csv", "t.csv").out, re.MULTILINE)

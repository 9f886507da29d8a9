"""Tables that fit: decimals under each other, no number broken, long words cut, and what is too wide in parts."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import without_escapes

from losscli.report.grid import Grid, aligned
from losscli.report.table import console, text_of


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(grid, monkeypatch, columns=80):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = console(_Terminal())
    out.print(grid)
    return without_escapes(text_of(out)).splitlines()


def test_decimal_points_stand_under_each_other():
    cells = aligned(["8898.15", "939.3", "12.5245", "7", "ignored", "1e-05", "-0.5"])
    widest = max(map(len, cells))
    places = {cell.rjust(widest).find(".") for cell in cells if "." in cell}
    assert len(places) == 1
    assert cells[4] == "ignored"


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1))
def test_alignment_changes_no_number(numbers):
    texts = [f"{x:.6g}" for x in numbers]
    assert [cell.strip() for cell in aligned(texts)] == texts


@pytest.mark.parametrize("columns", [30, 40, 60, 80, 200])
@pytest.mark.parametrize("losses", [1, 6, 40])
def test_no_number_is_broken_whatever_the_width(columns, losses, monkeypatch):
    names = [f"loss_{i}" for i in range(losses)]
    grid = Grid(["group", *names], right=range(1, losses + 1), keys=1)
    values = [[f"{1000 * i + j + 0.125:.6g}" for i in range(losses)] for j in range(4)]
    for j, row in enumerate(values):
        grid.add([f"g{j}", *row])
    lines = shown(grid, monkeypatch, columns)
    assert max(map(len, lines)) <= columns
    words = [word for line in lines for word in line.split()]
    assert sorted(w for w in words if w.startswith("loss_")) == sorted(names)
    assert sorted(w for w in words if w[0].isdigit()) == sorted(x for row in values for x in row)
    parts = sum(line.startswith("group") for line in lines)
    assert sum(line.startswith("g0") for line in lines) == parts


def test_long_words_are_cut_and_numbers_stay(monkeypatch):
    grid = Grid(["sample", "text", "mse"], right=(0, 2), keys=2, cut=(1,))
    grid.add(["17", "a line of text that goes on and on\nover several lines, and then some more of it", "0.48264"])
    lines = shown(grid, monkeypatch, 50)
    assert len(lines) == 3
    assert "…" in lines[2]
    assert lines[2].split()[0] == "17"
    assert lines[2].endswith("0.48264")
    assert len(lines[2]) <= 50


def test_markup_and_control_characters_are_harmless(monkeypatch):
    grid = Grid(["a"])
    grid.add(["[bold]x[/bold]\x1b[31m"])
    assert shown(grid, monkeypatch)[2] == "[bold]x[/bold]\\x1b[31m"

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


def test_a_number_with_an_exponent_moves_no_other():
    assert aligned(["1.234e-07", "0.005", "0.02"]) == ["1.234e-07", "0.005", "0.02 "]


def filled(columns, rows, **how):
    grid = Grid(columns, **how)
    for row in rows:
        grid.add(row)
    return grid


ROW = ["17", "1234.56", "-0.25", "0.5"]
TOLD = ["sample", "loss of each", "error", "bar"]


def test_what_is_redundant_is_left_out_in_its_order_before_a_table_is_parted(monkeypatch):
    grid = filled(TOLD, [ROW] * 9, right=(0, 1, 2, 3), drop=(3, 2))
    heads = {n: shown(grid, monkeypatch, n)[-11].split() for n in (80, 28, 25, 17)}
    assert heads[80] == ["sample", "loss", "of", "each", "error", "bar"]
    assert heads[28][-2:] == ["error", "bar"]
    assert "bar" not in heads[25]
    assert "error" in heads[25]
    assert "error" not in heads[17]
    assert max(map(len, shown(grid, monkeypatch, 17))) <= 17


def test_columns_that_say_something_together_are_left_out_together(monkeypatch):
    grid = filled(TOLD, [ROW] * 9, right=(0, 1, 2, 3), drop=((1, 2), 3))
    assert shown(grid, monkeypatch, 20)[-11].split() == ["sample", "bar"]


def test_names_of_columns_take_several_lines_before_anything_is_left_out(monkeypatch):
    grid = filled(TOLD, [ROW], right=(0, 1, 2, 3), drop=(3,))
    lines = shown(grid, monkeypatch, 28)
    assert [line.split() for line in lines[:2]] == [["loss", "of"], ["sample", "each", "error", "bar"]]
    assert lines[3].split() == ROW


def test_rows_become_lists_where_no_table_fits_or_that_is_shorter(monkeypatch):
    wide = filled(["a", "text", "b"], [["1", "some words that are many", "12345.678"]] * 2, right=(0, 2), keys=2)
    lines = shown(wide, monkeypatch, 20)
    assert lines[0].split() == ["a", "1"]
    assert [line for line in lines if "12345.678" in line] == ["b     12345.678"] * 2
    assert lines.count("") == 1
    one = filled(["loss", *(f"figure_{i}" for i in range(6))], [["mse", *["1234.5"] * 6]], right=range(1, 7))
    assert [line.split() for line in shown(one, monkeypatch, 30)] == [
        ["loss", "mse"], *([f"figure_{i}", "1234.5"] for i in range(6))
    ]  # fmt: skip


@given(st.lists(st.lists(st.floats(allow_nan=False), min_size=3, max_size=3), min_size=1, max_size=4), st.data())
def test_no_number_is_broken_in_lists_either(rows, data):
    texts = [["some group of samples", *(f"{x:.6g}" for x in row)] for row in rows]
    grid = filled(["group", "a", "b", "a name that is longer"], texts, right=(1, 2, 3), keys=1, drop=(2,))
    with pytest.MonkeyPatch.context() as patch:
        columns = data.draw(st.integers(24, 80))
        lines = shown(grid, patch, columns)
        assert max(map(len, lines)) <= columns
        words = {word for line in lines for word in line.split()}
        assert words >= {row[i] for row in texts for i in (1, 3)}


def test_a_row_that_stands_for_others_is_one_mark_in_lists(monkeypatch):
    grid = filled(["a", "b"], [["0.25", "some words"], ["⋮", "⋮"]], keys=2, whole=(1,))
    assert shown(grid, monkeypatch, 10)[-1] == "⋮"


def test_ends_of_ranges_end_at_the_right(monkeypatch):
    grid = filled(["from", "to"], [["0.0005", "0.01"], ["0.01", "2"]], right=(0, 1), flush=(0, 1))
    assert shown(grid, monkeypatch)[2:] == ["0.0005   0.01", "  0.01      2"]


def test_a_cell_of_blanks_is_left_out_of_a_list(monkeypatch):
    lines = shown(filled(["group", *(f"c{i}" for i in range(40))], [[" ", *["1.5"] * 40]]), monkeypatch, columns=20)
    assert [line.split() for line in lines] == [[f"c{i}", "1.5"] for i in range(40)]

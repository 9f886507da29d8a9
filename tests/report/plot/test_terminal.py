"""Pictures as text: what fits, what is drawn, and what is never written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report.plot.pictures import X, curves, pictures, with_bars

from losscli.report.plot.panel import Bars, Line, Picture, bar_panel, line_panel
from losscli.report.plot.scale import Scale
from losscli.report.plot.terminal import HEIGHT, LEAST_WIDTH, render

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@given(pictures(), st.integers(20, 160), st.booleans(), st.booleans())
def test_whatever_is_shown_fits(picture, width, ascii_only, colour):
    text = render(picture, width, ascii_only=ascii_only, colour=colour)
    assert text.endswith("\n")
    for line in text.removesuffix("\n").split("\n"):
        bare = ESCAPE.sub("", line)
        assert len(bare) <= max(width, LEAST_WIDTH)
        assert bare == bare.rstrip(" ")
        assert colour or line == bare
        assert not ascii_only or bare.isascii()


@pytest.mark.parametrize("picture", [curves(1.0), curves(0.1, 1.0, 5.0), with_bars([1.0] * 32)], ids=["1", "3", "bars"])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_it_leaves_room_for_the_prompt(picture, width):
    assert len(render(picture, width).splitlines()) <= HEIGHT
    assert width < 80 or len(render(picture, width).splitlines()) == HEIGHT


def test_without_colour_each_curve_carries_its_letter():
    text = render(curves(0.1, 1.0, 5.0))
    *drawn, legend = text.splitlines()
    assert "a beta 0.1   b beta 1   c beta 5" in legend
    for letter in "abc":
        assert sum(line.count(letter) for line in drawn[1:-1]) == 2  # one in each panel


def test_one_curve_needs_no_letter():
    assert not re.search("[a-z]", "".join(render(curves(1.0)).splitlines()[1:-1]))


def test_with_colour_there_are_colours_and_no_letters():
    text = render(curves(0.1, 1.0, 5.0), colour=True)
    *drawn, legend = text.splitlines()
    assert {36, 35, 32} <= {int(code) for code in re.findall(r"\x1b\[(3\d)m", "".join(drawn))}
    assert "a" not in ESCAPE.sub("", "".join(drawn[1:]))
    assert "━━ beta 0.1" in ESCAPE.sub("", legend)


def test_in_ascii_a_curve_is_drawn_with_its_letter():
    drawn = render(curves(0.1, 1.0, 5.0), ascii_only=True).splitlines()[1:-3]
    assert all("".join(drawn).count(letter) > 20 for letter in "abc")


def test_bars_stand_on_the_axis_in_eighths():
    panel = bar_panel("%", Bars([0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 0.001, 50.0, 100.0]), Scale(0, 4))
    rows = render(Picture(((panel,),)), 80).splitlines()
    inside = [row[rows[0].index("%") :].ljust(74) for row in rows[1:-2]]
    columns = ["".join(row[at] for row in inside).strip() for at in (1, 20, 40, 60)]
    assert columns[0] == ""
    assert columns[1] == "▁"
    assert len(columns[3]) == len(inside)
    assert set(columns[3]) == {"█"}
    assert abs(len(columns[2]) - len(inside) / 2) <= 0.5


def test_a_line_is_where_its_numbers_are():
    x = [k / 10 for k in range(11)]
    scale = Scale(0, 1)
    panel, _ = line_panel("y", [Line("y", x, x)], scale)
    rows = render(Picture(((panel,),)), 80).splitlines()
    left = rows[0].index("y")
    places = [(row, at) for row, line in enumerate(rows[1:-2]) for at, sign in enumerate(line[left:]) if sign > "⠀"]
    height, width = len(rows) - 3, max(at for _, at in places)
    assert (0, width) in places
    assert (height - 1, 0) in places
    for row, at in places:
        assert abs((1 - row / (height - 1)) - at / width) < 1.5 / height


def test_an_infinite_value_leaves_the_panel_and_nan_interrupts():
    y = [float("inf") if x < -2 else (float("nan") if x > 2 else x) for x in X]
    panel, _ = line_panel("y", [Line("y", X, y)], Scale(-4, 4))
    rows = render(Picture(((panel,),)), 80).splitlines()
    left = rows[0].index("y")
    drawn = {at for line in rows[1:-2] for at, sign in enumerate(line[left:]) if sign > "⠀"}
    assert min(drawn) > 15
    assert max(drawn) < 80 - left - 15


def test_marks_and_zero_are_drawn():
    panel, _ = line_panel("y", [Line("y", X, X)], Scale(-4, 4), marks=(2.0,), zero=True)
    text = render(Picture(((panel,),)), 80)
    assert text.count("┊") >= HEIGHT - 5
    assert text.count("┈") > 60


@pytest.mark.parametrize(("x", "sign"), [(2.0, "●"), (-2.0, "●"), (9.0, "▸"), (-9.0, "◂")])
def test_what_is_selected_is_a_dot_on_the_curve_or_an_arrow_beyond_its_end(x, sign):
    (panels,) = curves(1.0).rows
    shown = Picture((tuple(panel._replace(selected=(x,)) for panel in panels),), (), "x")
    text = render(shown, 100)
    assert text.count(sign) == len(panels)
    assert ("╎" in text) == (abs(x) <= 4)
    assert not {"●", "╎"} & set(render(shown, 100, ascii_only=True))
    nowhere = Picture((tuple(panel._replace(selected=(float("nan"),)) for panel in panels),), (), "x")
    assert render(nowhere, 100) == render(Picture((panels,), (), "x"), 100)

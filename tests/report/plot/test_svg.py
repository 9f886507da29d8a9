"""Pictures as SVG: well-formed, the same each time, and true to the numbers."""

import xml.etree.ElementTree as ET

from hypothesis import given
from report.plot.pictures import curves, pictures, with_bars

from losscli.report.plot.panel import Line, Picture, line_panel
from losscli.report.plot.scale import Scale
from losscli.report.plot.svg import render

SVG = "{http://www.w3.org/2000/svg}"


@given(pictures().filter(lambda p: all(c.isprintable() for c in p.x_title + p.rows[0][0].title)))
def test_whatever_is_shown_is_well_formed_and_finite(picture):
    text = render(picture)
    ET.fromstring(text)
    assert text == render(picture)
    assert "nan" not in text
    assert "inf" not in text.replace("infinite", "")


def test_the_same_bytes_each_time():
    assert render(curves(1.0, 2.0)) == render(curves(1.0, 2.0))


def test_a_line_goes_through_its_points():
    panel, _ = line_panel("y", [Line("y", [0.0, 1.0, 2.0], [0.0, 1.0, 4.0])], Scale(0, 2))
    (line,) = ET.fromstring(render(Picture(((panel,),)))).iter(f"{SVG}polyline")
    (x0, y0), (x1, y1), (x2, y2) = [tuple(map(float, p.split(","))) for p in line.get("points").split()]
    assert x1 - x0 == x2 - x1
    assert abs((y1 - y0) / (y2 - y0) - 0.25) < 1e-3
    assert y2 < y0


def test_bars_have_heights_in_proportion():
    bars = [
        r for r in ET.fromstring(render(with_bars([1.0, 2.0, 4.0]))).iter(f"{SVG}rect") if r.get("fill") == "#BBBBBB"
    ]
    heights = [float(bar.get("height")) for bar in bars[:3]]
    assert heights[1] / heights[0] == 2
    assert heights[2] / heights[0] == 4


def test_what_is_told_stands_in_it():
    words = [e.text for e in ET.fromstring(render(with_bars([1.0, 2.0]))).iter(f"{SVG}text")]
    for wanted in ("loss", "gradient", "beta 1", "beta 2", "x: error pred - target", "2 samples (0.9 %) lie outside."):
        assert wanted in words


def test_names_are_escaped():
    panel, _ = line_panel("a < b & {y}", [Line("y", [0.0, 1.0], [0.0, 1.0])], Scale(0, 1))
    words = [e.text for e in ET.fromstring(render(Picture(((panel,),), x_title="{x} <b>"))).iter(f"{SVG}text")]
    assert {"a < b & {y}", "x: {x} <b>"} <= set(words)


def test_what_is_selected_is_a_dot_on_the_curve_or_an_arrow_beyond_its_end():
    (panels,) = curves(1.0).rows
    plain = render(Picture((panels,), (), "x"))
    for x, sign in ((2.0, "<circle"), (9.0, "▸"), (-9.0, "◂")):
        found = render(Picture((tuple(panel._replace(selected=(x,)) for panel in panels),), (), "x"))
        assert plain.count(sign) == 0
        assert found.count(sign) == len(panels)

"""A picture as SVG: the same bytes each time, no library, the viewer's own fonts. Lengths are in pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from textwrap import wrap

from losscli.report.plot.panel import Bars, Line, Panel, Picture, height_at
from losscli.report.plot.scale import Scale, text

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Of Okabe and Ito, told apart with any colour vision."""
_DASHES = ("", "7 3", "2 3")
"""Where colours begin again, and on paper without any."""
_GREY, _PALE = "#666666", "#BBBBBB"
_LEFT, _TOP, _INSIDE, _GAP = 58.0, 28.0, 300.0, 30.0
_TALL, _LOW, _ALONE = 190.0, 90.0, 230.0
"""Heights of a panel's inside: of the upper one of two, of the lower, of one alone."""
_LINE = 17.0
_LETTER = 6.2
"""About the width of one, at most."""
_FAR = 4.0
"""Heights of a panel beyond which a point is as good as this far off."""


def render(picture: Picture) -> str:
    """A picture as an SVG document."""
    columns = max(len(row) for row in picture.rows)
    width = columns * (_LEFT + _INSIDE + _GAP)
    body: list[str] = []
    top = _TOP
    alone = len(picture.rows) == 1
    for number, row in enumerate(picture.rows):
        height = _ALONE if alone else (_LOW if number else _TALL)
        last = number + 1 == len(picture.rows)
        for column, panel in enumerate(row):
            body += _panel(panel, column * (_LEFT + _INSIDE + _GAP) + _LEFT, top, height, last, f"p{number}{column}")
        top += height + (20.0 if last else _TOP)
    top += 8.0
    if picture.x_title:
        top += _LINE
        body.append(_words(width - _GAP, top, f"x: {picture.x_title}", ' text-anchor="end"'))
    for entries in _rows(picture.legend, width - _LEFT - _GAP):
        top += _LINE
        body += _legend(entries, top, told_apart=len(picture.legend) > 1)
    letters = int((width - _LEFT - _GAP) / _LETTER)
    for line in (line for note in picture.notes for line in wrap(note, letters)):
        top += _LINE
        body.append(_words(_LEFT, top, line, f' fill="{_GREY}"'))
    height = top + 12.0
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}" '
        f'viewBox="0 0 {_n(width)} {_n(height)}" font-family="Helvetica, Arial, sans-serif" font-size="12">'
    )
    return "\n".join([head, '<rect width="100%" height="100%" fill="#FFFFFF"/>', *body, "</svg>", ""])


def _n(number: float) -> str:
    """A length: two decimals at most, never -0."""
    short = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def _words(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}"{more}>{escape(words)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{colour}"{more}/>'


def _panel(panel: Panel, left: float, top: float, height: float, last: bool, name: str) -> Iterator[str]:
    yield _words(left, top - 9, panel.title, ' font-weight="bold"')
    if panel.bars is not None:
        yield from _bars(panel, panel.bars, left, top, height)
    if panel.zero and panel.y.low <= 0 <= panel.y.high:
        zero = top + (1 - panel.y.at(0.0)) * height
        yield _rule(left, zero, left + _INSIDE, zero, _PALE)
    for mark in panel.marks:
        if 0 <= (at := panel.x.at(mark)) <= 1:
            x = left + at * _INSIDE
            yield _rule(x, top, x, top + height, _GREY, ' stroke-dasharray="3 3"')
    yield (
        f'<clipPath id="{name}"><rect x="{_n(left)}" y="{_n(top - 1)}" '
        f'width="{_n(_INSIDE)}" height="{_n(height + 2)}"/></clipPath>'
    )
    for line in panel.lines:
        for points in _pieces(panel, line, left, top, height):
            yield (
                f'<polyline clip-path="url(#{name})" fill="none" stroke="{_colour(line.number)}" '
                f'stroke-width="1.8" stroke-linejoin="round"{_dashed(line.number)} points="{points}"/>'
            )
    yield from _selected(panel, left, top, height)
    yield from _vertical(panel.y, left, top, height)
    yield from _horizontal(panel.x, left, top + height, last)


def _selected(panel: Panel, left: float, top: float, height: float) -> Iterator[str]:
    for at, place in ((panel.x.at(x), x) for x in panel.selected):
        if 0 <= at <= 1:
            x = left + at * _INSIDE
            yield _rule(x, top, x, top + height, _GREY, ' stroke-dasharray="1 3"')
            for line in panel.lines:
                up = panel.y.at(height_at(line, place))
                if 0 <= up <= 1:
                    y = top + (1 - up) * height
                    yield f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3.5" fill="{_colour(line.number)}"/>'
        elif not math.isnan(at):
            x = left + (_INSIDE if at > 1 else 0.0)
            yield _words(x, top + height / 2, "▸" if at > 1 else "◂", ' text-anchor="middle"')


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _dashed(number: int) -> str:
    dash = _DASHES[number // len(COLOURS) % len(_DASHES)]
    return f' stroke-dasharray="{dash}"' if dash else ""


def _pieces(panel: Panel, line: Line, left: float, top: float, height: float) -> Iterator[str]:
    """The points of a line, in one piece for each stretch without NaN."""
    piece: list[str] = []
    for x, y in zip(line.x, line.y, strict=True):
        across, up = panel.x.at(x), panel.y.at(y)
        if math.isnan(up) or not math.isfinite(across):
            if len(piece) > 1:
                yield " ".join(piece)
            piece = []
            continue
        up = min(max(up, -_FAR), _FAR)
        piece.append(f"{_n(left + across * _INSIDE)},{_n(top + (1 - up) * height)}")
    if len(piece) > 1:
        yield " ".join(piece)


def _bars(panel: Panel, bars: Bars, left: float, top: float, height: float) -> Iterator[str]:
    colour = _PALE if bars.number < 0 else _colour(bars.number)
    for low, high, value in zip(bars.edges, bars.edges[1:], bars.heights, strict=False):
        x, end = (left + panel.x.at(edge) * _INSIDE for edge in (low, high))
        tall = panel.y.at(value) * height
        if tall > 0:
            yield (
                f'<rect x="{_n(x)}" y="{_n(top + height - tall)}" width="{_n(max(end - x - 1, 0.5))}" '
                f'height="{_n(tall)}" fill="{colour}"/>'
            )


def _vertical(scale: Scale, left: float, top: float, height: float) -> Iterator[str]:
    yield _rule(left, top, left, top + height, _GREY)
    for value in scale.ticks(max(2, int(height // 40))):
        y = top + (1 - scale.at(value)) * height
        yield _rule(left - 4, y, left, y, _GREY)
        yield _words(left - 7, y + 4, text(value), ' text-anchor="end"')


def _horizontal(scale: Scale, left: float, y: float, told: bool) -> Iterator[str]:
    yield _rule(left, y, left + _INSIDE, y, _GREY)
    for value in scale.ticks(6):
        x = left + scale.at(value) * _INSIDE
        yield _rule(x, y, x, y + 4, _GREY)
        if told:
            yield _words(x, y + 17, text(value), ' text-anchor="middle"')


def _legend(entries: Sequence[tuple[int, str, float]], y: float, told_apart: bool) -> Iterator[str]:
    x = _LEFT
    for number, name, size in entries:
        if told_apart:
            yield _rule(x, y - 4, x + 22, y - 4, _colour(number), f' stroke-width="2.5"{_dashed(number)}')
        yield _words(x + (28 if told_apart else 0), y, name)
        x += size


def _rows(names: Sequence[str], width: float) -> Iterator[list[tuple[int, str, float]]]:
    """The entries of the legend, with their numbers and about their sizes, as many in a row as there is room for."""
    row: list[tuple[int, str, float]] = []
    used = 0.0
    for number, name in enumerate(names):
        size = 46.0 + 7.0 * len(name)
        if row and used + size > width:
            yield row
            row, used = [], 0.0
        row.append((number, name, size))
        used += size
    if row:
        yield row

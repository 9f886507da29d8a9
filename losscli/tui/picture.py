"""The curve as it fits a pane: loss, gradient or both; the histograms below where there is room, beside where not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widget import Widget

from losscli.report.curve.picture import picture
from losscli.report.curve.rows import sentences
from losscli.report.plot.panel import Picture
from losscli.report.plot.terminal import LEAST_WIDTH, render

if TYPE_CHECKING:
    from losscli.explore.curve import Curve

WHATS = ("loss", "gradient", "both")
MOST_MARKS = 8
"""Units of a sample of which each is marked; more could not be told apart."""
_TALL = 15
"""Rows from which there is room for panels below each other."""
_LOW = 6
"""Rows below which there is none for any."""


class Pane(Widget):
    """A curve, as large as there is room for.

    Attributes:
        what: Which of :data:`WHATS` is drawn.
    """

    def __init__(self) -> None:
        super().__init__(id="picture")
        self.what = WHATS[0]
        self._curve: Curve | None = None
        self._instead = Text()
        self._places: tuple[float, ...] = ()

    def show(self, curve: Curve | None, instead: Text) -> None:
        """Draw a curve, or say why there is none."""
        self._curve, self._instead = curve, instead
        self.refresh()

    def mark(self, places: tuple[float, ...]) -> None:
        """Mark where the units of a sample lie, if they are few."""
        self._places = places if len(places) <= MOST_MARKS else ()
        self.refresh()

    def turn(self) -> None:
        """Draw the loss, its gradient, or both."""
        self.what = WHATS[(WHATS.index(self.what) + 1) % len(WHATS)]
        self.refresh()

    def render(self) -> Text:
        """The picture with the terminal's colours."""
        if self._curve is None:
            return self._instead
        columns, rows = self.size
        if columns < LEAST_WIDTH or rows < _LOW:
            return Text("Too small for a picture.", "dim")
        found = self._marked(whole(self._curve, rows >= _TALL))
        text = render(_chosen(found, self.what, rows), columns, height=rows, colour=True)
        return Text.from_ansi(text.rstrip("\n"), no_wrap=True, overflow="crop")

    def written(self) -> str | None:
        """The whole picture as SVG, if there is one."""
        from losscli.report.plot.svg import render as as_svg

        return None if self._curve is None else as_svg(self._marked(whole(self._curve)))

    def _marked(self, found: Picture) -> Picture:
        rows = tuple(tuple(panel._replace(selected=self._places) for panel in row) for row in found.rows)
        return found._replace(rows=rows)


def whole(curve: Curve, told: bool = True) -> Picture:
    """All of its panels; with what is said of them, if there is room for it."""
    found = picture(curve)
    assert found is not None
    return found._replace(notes=(*found.notes, *sentences(curve))) if told else found._replace(notes=())


def _chosen(found: Picture, what: str, rows: int) -> Picture:
    above = found.rows[0] if what == "both" else (found.rows[0][WHATS.index(what)],)
    below = found.rows[1] if len(found.rows) > 1 else ()
    if not below:
        return found._replace(rows=(above,))
    if rows >= _TALL:
        return found._replace(rows=(above, below if what == "both" else below[: max(1, len(above))]))
    return found._replace(rows=((above if len(above) > 1 else (*above, below[0 if what == "loss" else -1])),))

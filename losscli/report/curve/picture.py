"""A curve as a picture: the loss and its gradient; below, where samples lie, and their loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losscli.report.curve.rows import data_title, legend, loss_title
from losscli.report.plot.panel import Bars, Line, Panel, Picture, bar_panel, line_panel
from losscli.report.plot.scale import Scale

if TYPE_CHECKING:
    from losscli.explore.curve import Curve


def picture(curve: Curve) -> Picture | None:
    """The picture; None for a table of numbers chosen by hand."""
    if curve.table:
        return None
    x = Scale(*curve.ends)
    names = legend(curve)
    losses = [Line(n, curve.x, one.values, i) for i, (n, one) in enumerate(zip(names, curve.series, strict=True))]
    slopes = [Line(n, curve.x, one.gradient, i) for i, (n, one) in enumerate(zip(names, curve.series, strict=True))]
    above, cut = line_panel("loss", losses, x, from_zero=all(min(one.values) >= 0 for one in curve.series))
    beside, slope_cut = line_panel("gradient", slopes, x, zero=True)
    rows = ((above, beside), *_histograms(curve, x))
    shown = tuple(names) if len(names) > 1 else ()
    return Picture(rows, shown, curve.x_is, tuple(note for note in (cut, slope_cut) if note))


def _histograms(curve: Curve, x: Scale) -> list[tuple[Panel, ...]]:
    data = curve.data
    if data is None:
        return []
    percent = [100 * count / data.units if data.units else 0.0 for count in data.counts]
    found = [bar_panel(data_title(curve), Bars(data.edges, percent), x)]
    if data.shares is not None:
        number = len(curve.series) - 1 if curve.series[-1].at else -1
        found.append(bar_panel(loss_title(curve), Bars(data.edges, [100 * s for s in data.shares], number), x))
    return [tuple(found)]

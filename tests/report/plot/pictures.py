"""Pictures for the tests of what draws them."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from losscli.report.plot.panel import Bars, Line, Picture, bar_panel, line_panel
from losscli.report.plot.scale import Scale

X = [-4 + k / 100 for k in range(801)]


def smooth(beta: float, x: float) -> float:
    return x * x / (2 * beta) if abs(x) < beta else abs(x) - beta / 2


def curves(*betas: float) -> Picture:
    """A loss and its gradient, as ``curve`` shows them."""
    scale = Scale(-4, 4)
    losses = [Line(f"beta {b:g}", X, [smooth(b, x) for x in X], i) for i, b in enumerate(betas)]
    slopes = [Line(f"beta {b:g}", X, [max(-1.0, min(1.0, x / b)) for x in X], i) for i, b in enumerate(betas)]
    panels = (
        line_panel("loss", losses, scale, from_zero=True)[0],
        line_panel("gradient", slopes, scale, zero=True)[0],
    )
    return Picture((panels,), tuple(f"beta {b:g}" for b in betas), "error pred - target")


def with_bars(heights: list[float]) -> Picture:
    """The same above bars."""
    above = curves(1.0, 2.0)
    edges = [-4 + 8 * k / len(heights) for k in range(len(heights) + 1)]
    below = bar_panel("your 221 samples, %", Bars(edges, heights), Scale(-4, 4))
    return above._replace(rows=(*above.rows, (below, below)), notes=("2 samples (0.9 %) lie outside.",))


numbers = st.floats(-1e300, 1e300) | st.sampled_from([0.0, 1.0, math.nan, math.inf, -math.inf, 1e-300])


@st.composite
def pictures(draw) -> Picture:
    """Anything that there may be to show."""
    scale = draw(st.sampled_from([Scale(-4, 4), Scale(0.001, 100, log=True), Scale(0, 1), Scale(-1e9, 1e12)]))
    x = [scale.low + (scale.high - scale.low) * k / 40 for k in range(41)]
    count = draw(st.integers(1, 5))
    lines = [Line(f"γ {i}", x, draw(st.lists(numbers, min_size=41, max_size=41)), i) for i in range(count)]
    panel, cut = line_panel(
        draw(st.text(max_size=60)),
        lines,
        scale,
        zero=draw(st.booleans()),
        marks=tuple(draw(st.lists(numbers, max_size=2))),
    )
    panel = panel._replace(selected=tuple(draw(st.lists(numbers, max_size=2))))
    rows = [(panel,) * draw(st.integers(1, 2))]
    if draw(st.booleans()):
        heights = draw(st.lists(st.floats(0, 100), min_size=1, max_size=40))
        edges = [scale.low + (scale.high - scale.low) * k / len(heights) for k in range(len(heights) + 1)]
        rows.append((bar_panel("bars", Bars(edges, heights), scale),))
    names = tuple(line.name for line in lines)
    return Picture(tuple(rows), names, draw(st.text(max_size=100)), (cut,) if cut else ())

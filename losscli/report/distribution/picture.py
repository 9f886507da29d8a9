"""A distribution as a picture: samples and their loss by its size, and how much of the whole the worst of them hold."""

from __future__ import annotations

from losscli.report.plot.panel import Bars, Line, Panel, Picture, bar_panel, line_panel
from losscli.report.plot.scale import Scale
from losscli.results.distribution import Distribution, Histogram


def picture(found: Distribution) -> Picture | None:
    """The picture; None where no sample has a finite loss, or all have the same."""
    if found.histogram is None:
        return None
    shared = not found.why_no_shares
    above, below = _histograms(found, found.histogram)
    reach, size, cut = _reached(found)
    rows = ((above, reach), (below, size)) if shared else ((above, size),)
    notes = [
        _outside(found, found.histogram),
        cut,
        f"No shares: {found.why_no_shares}." if not shared else _half(found),
    ]
    return Picture(
        rows, (), "loss of a sample (left), worst samples in % (right)", tuple(note for note in notes if note)
    )


def _percent(part: float) -> str:
    return "less than 0.1 %" if 0 < part < 0.0005 else f"{100 * part:.1f} %"


def _histograms(found: Distribution, histogram: Histogram) -> tuple[Panel, Panel]:
    edges = [histogram.bins[0].low, *(one.high for one in histogram.bins)]
    x = Scale(edges[0], edges[-1], histogram.log)
    percent = [100 * one.samples / found.samples for one in histogram.bins]
    shares = [100 * (one.share or 0.0) for one in histogram.bins]
    word = "sample" if found.samples == 1 else "samples"
    above = bar_panel(f"{found.samples} {word} by loss, %", Bars(edges, percent), x)
    return above, bar_panel("their loss, %", Bars(edges, shares, 1), x)


def _reached(found: Distribution) -> tuple[Panel, Panel, str]:
    """What the worst samples have, and what each of them adds at least."""
    at = [100 * one.samples / found.samples for one in found.concentration]
    x = Scale(at[0] if len(at) > 1 else at[0] / 2, at[-1], log=True)
    shares = [100 * (one.share or 0.0) for one in found.concentration]
    half = found.samples_with_half
    marks = () if half is None else (100 * half / found.samples,)
    reach, _ = line_panel(
        "% of the loss in the worst samples", [Line("", at, shares, 1)], x, marks=marks, from_zero=True
    )
    least = [one.above for one in found.concentration]
    size, cut = line_panel("what each adds at least", [Line("", at, least, 0)], x, from_zero=min(least) >= 0)
    return reach, size, cut


def _outside(found: Distribution, histogram: Histogram) -> str:
    """What lies left of the picture."""
    below = histogram.below
    if below is None or not below.samples:
        return ""
    one = below.samples == 1
    share = "" if below.share is None else f" with {_percent(below.share)} of the loss"
    part = _percent(below.samples / found.samples)
    return f"{below.samples} {'sample' if one else 'samples'} ({part}){share} {'lies' if one else 'lie'} left of it."


def _half(found: Distribution) -> str:
    half = found.samples_with_half or 0
    about = "" if found.exact else "≈ "
    word = "sample" if half == 1 else "samples"
    return f"Half of the loss is in {about}{half} {word} ({_percent(half / found.samples)})."

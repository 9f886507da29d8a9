"""A curve as rows of named cells, the common ground of the tabular formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from losscli.report.sweep.rows import value_text

if TYPE_CHECKING:
    from losscli.explore.curve import Curve, Series


def names(curve: Curve) -> list[str]:
    """What tells the series apart: the loss, the values that differ, the side; "" for one alone."""
    several = len({one.loss for one in curve.series}) > 1
    return [_name(one, several) for one in curve.series]


def _name(one: Series, several: bool) -> str:
    words = [one.loss] if several else []
    words += [f"{name} {value_text(value)}" for name, value in one.at.items()]
    return " ".join([*words, *([one.side] if one.side else [])])


def legend(curve: Curve) -> list[str]:
    """The same for a picture, where the name of the one parameter that differs stands but once."""
    full = names(curve)
    alone = {name for one in curve.series for name in one.at}
    if len(alone) != 1 or len({one.loss for one in curve.series}) > 1 or any(one.side for one in curve.series):
        return full
    return [full[0], *(value_text(value) for one in curve.series[1:] for value in one.at.values())]


def header(curve: Curve) -> list[str]:
    """x, and the loss and the gradient of each series."""
    found = ["x"]
    for name in names(curve):
        found += [f"loss {name}".strip(), f"gradient {name}".strip()]
    return found


def rows(curve: Curve) -> Iterator[list[float]]:
    """One row for each x, under :func:`header`."""
    columns = [curve.x, *(column for one in curve.series for column in (one.values, one.gradient))]
    return ([*row] for row in zip(*columns, strict=True))


def sentences(curve: Curve) -> list[str]:
    """What is said below: what lies outside of the picture, and what is no closed form."""
    found = []
    data = curve.data
    if data is not None and data.outside:
        units = _units(curve) if data.outside > 1 else _units(curve).removesuffix("s")
        share = "" if data.outside_share is None else f" with {_percent(data.outside_share)} of the loss"
        part = _percent(data.outside / data.units)
        found.append(f"{data.outside} {units} ({part}){share} {'lie' if data.outside > 1 else 'lies'} outside.")
    if data is not None and data.shares is None:
        nothing = data.result.numerator == 0
        found.append("Their loss is 0." if nothing else "Their loss is negative in places, or not finite: no shares.")
    ways = {one.loss: one.gradient_is for one in curve.series if one.gradient_is != "closed form"}
    found += [f"The gradient of {name} has no closed form, and is taken by {way}." for name, way in ways.items()]
    return found


def _percent(part: float) -> str:
    return "less than 0.1 %" if 0 < part < 0.0005 else f"{100 * part:.1f} %"


def _units(curve: Curve) -> str:
    assert curve.data is not None
    result = curve.data.result
    return "samples" if curve.data.units == result.samples else result.denominator_is


def data_title(curve: Curve) -> str:
    """What the histogram shows."""
    assert curve.data is not None
    count = curve.data.units
    return f"your {count} {_units(curve).removesuffix('s') if count == 1 else _units(curve)}, %"


def loss_title(curve: Curve) -> str:
    """What the histogram of their loss shows."""
    last, name = curve.series[-1], names(curve)[-1] if len(curve.series) > 1 and curve.series[-1].at else ""
    at = " and ".join(f"{k} = {value_text(v)}" for k, v in last.at.items())
    return f"their loss at {at}, %" if name and at else "their loss, %"

"""A sweep as rows of named cells, the common ground of the tabular formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from losscli.explore.sweep import Row, Sweep

WORST = "worst"
"""The part of a column's name that tells of the worst samples."""


def value_text(value: Any) -> str:
    """A value of a parameter as it is typed; 1 for 1.0."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def signed(change: float) -> str:
    """A change in percent."""
    text = f"{100 * change:+.1f}"
    return f"{'0.0' if float(text) == 0 else text} %"


def names_of(sweep: Sweep) -> list[str]:
    """The parameters that have several values."""
    return [one.name for one in sweep.over]


def regimes_of(sweep: Sweep) -> list[str]:
    """The regimes that any of the losses tells."""
    return list(dict.fromkeys(name for row in sweep.rows for name in row.regimes))


def share(row: Row, regime: str) -> float | None:
    """Which part of the units is in a regime; None where the loss has no such."""
    found = row.regimes.get(regime)
    return None if found is None or not found.of else found.units / found.of


def figures(sweep: Sweep) -> list[str]:
    """The columns of numbers as they were computed."""
    figures = ["value", "numerator", "denominator", "denominator_is", "samples"]
    regimes = [column for name in regimes_of(sweep) for column in (name, f"{name}_of")]
    return [
        "loss",
        *_swept(sweep),
        *figures,
        *regimes,
        f"{WORST}_samples",
        f"{WORST}_above",
        f"{WORST}_share",
        "mean_gradient",
        "signature",
    ]


def rows(sweep: Sweep) -> Iterator[list[Any]]:
    """One row a loss and set of values, under :func:`figures`."""
    regimes = regimes_of(sweep)
    for row in sweep.rows:
        one = row.result
        counted = [x for name in regimes for x in (row.regimes.get(name) or (None, None))]
        worst = row.worst or (None, None, None)
        at = [row.at.get(name) for name in names_of(sweep)]
        yield [
            one.loss,
            *(value_text(x) if isinstance(x, bool) else x for x in at),
            *(one.value, one.numerator, one.denominator, one.denominator_is, one.samples),
            *counted,
            *worst,
            row.gradient,
            one.signature,
        ]


def _swept(sweep: Sweep) -> list[str]:
    """The parameters as columns, none of which hides a figure."""
    taken = {"loss", "value", "numerator", "denominator", "denominator_is", "samples", "signature", *regimes_of(sweep)}
    return [f"param_{name}" if name in taken else name for name in names_of(sweep)]


def sentences(sweep: Sweep, digits: int) -> list[str]:
    """What is said below the numbers: what data suggest, what was fitted, what may not be concluded."""
    found = [f"{one.value:.{digits}g} = {one.why}" for one in dict.fromkeys(sweep.marks)]
    for best in sweep.best:
        name = f"{best.loss}: " if len(sweep.losses) > 1 else ""
        value = f"{best.value:.{digits}g}, {signed(best.change)}"
        found.append(f"{name}best T = {best.temperature:.{digits}g}: {value}; the predicted classes stay the same.")
    if sweep.best:
        found.append("Fit T on validation data, not on the data you report.")
    swept = [name for name in names_of(sweep) if name != "temperature"]
    if swept:
        found.append(f"Numbers at different {' and '.join(swept)} are different losses: the least is not the best.")
    return found

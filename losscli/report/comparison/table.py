"""A table for reading: the models and their differences, what that says, groups, and the samples that changed most."""

from __future__ import annotations

import math
import sys
from typing import IO

from losscli.checks.digits import of_p
from losscli.comparison.result import Comparison, Comparisons, Difference, Spread
from losscli.report.numbers import are_numbers, for_reading, rounded
from losscli.report.table import Console, Grid, add_row, console, place_in, plain_table, say, text_of

_MANY = 1e6
"""Percent from which as many digits would say nothing."""


def render(found: Comparisons, digits: int, stream: IO[str] | None = None) -> str:
    """The comparisons as text for ``stream`` (standard output)."""
    out = console(stream or sys.stdout)
    if found.spread is not None:
        _runs(out, found, found.spread, digits)
        return text_of(out)
    out.print(_models(found, digits))
    head = place_in(out)
    for one in found.comparisons:
        out.print()
        _words(out, found, one, digits)
        if one.groups:
            out.print()
            out.print(_groups(found, one, digits))
            say(out, _about_groups(found, one), "dim")
        if one.changed:
            out.print()
            out.print(_changed(found, one, digits))
    return text_of(out, head)


def _models(found: Comparisons, digits: int) -> Grid:
    level = f"{100 * found.comparisons[0].whole.level:g} % interval"
    against = any(one.baseline != found.baseline for one in found.comparisons)
    names = ["model", "against"] if against else ["model"]
    p = _p(found, several=len(found.comparisons) > 1)
    columns = [*names, found.loss, "difference", level, p, "change"]
    first, wide = len(names), len(columns)
    right = (first, first + 1, first + 3, first + 4)
    table = plain_table(*columns, right=right, whole=tuple(range(wide)), keys=first, drop=(wide - 1,))
    if not against:
        base = found.models[found.baseline]
        add_row(table, found.baseline, rounded(base.value, digits), "baseline", "", "", "")
    for one in found.comparisons:
        value = rounded(one.whole.value, digits)
        add_row(table, *(one.name, one.baseline)[:first], value, *_cells(one.whole, digits), _change(one.whole))
    return table


def _p(found: Comparisons, several: bool) -> str:
    return f"p, {found.correct.capitalize()}" if several and found.correct != "none" else "p"


def _cells(one: Difference, digits: int) -> list[str]:
    """The difference, its interval and its p-value."""
    ends = "" if one.low is None or one.high is None else f"[{rounded(one.low, digits)}, {rounded(one.high, digits)}]"
    return [rounded(one.difference, digits), ends or (one.why_not or ""), _p_text(one)]


def _p_text(one: Difference) -> str:
    if one.p_adjusted is None:
        return ""
    return of_p(one.p_adjusted, ".3g" if one.p_adjusted >= 1e-4 else ".0e")


def _change(one: Difference) -> str:
    if one.relative is None or not math.isfinite(one.relative):
        return ""
    percent = 100 * one.relative
    if not percent:
        return "0 %"
    # What two decimals cannot show has a digit all the same, and so its sign; of very many digits three say enough.
    form = "+.1g" if abs(percent) < 0.005 else "+.2f" if abs(percent) < _MANY else "+.3g"
    return f"{percent:{form}} %"


def _words(out: Console, found: Comparisons, one: Comparison, digits: int) -> None:
    several, whole = len(found.comparisons) > 1, one.whole
    against = f" against {one.baseline}" if one.baseline != found.baseline else ""
    prefix = f"{one.name}{against}: " if several else ""
    if whole.identical:
        say(out, f"{one.name} gives the same loss on every sample as {one.baseline}.")
        return
    counts = f"lower on {whole.lower} samples, equal on {whole.equal}, higher on {whole.higher} of {whole.samples}."
    say(out, prefix + counts, "dim")
    for line in _verdict(whole, digits):
        say(out, prefix + line)


def _verdict(one: Difference, digits: int) -> list[str]:
    if one.why_not is not None:
        return [f"No interval: {one.why_not}."]
    if one.shown:
        word = "lower" if one.difference < 0 else "higher"
        return [f"A difference is shown: the loss is {word}."]
    if one.mdc is None:
        return ["No difference shown."]
    size = "" if not one.baseline else f" ({_percent(abs(one.mdc / one.baseline))})"
    wanted = one.units_for_1_percent or 0
    more = f"; to see 1 % takes {wanted}" if wanted > one.units else ""  # else so many see less than that
    seen = f"{one.units} {one.unit} would show a change of {rounded(one.mdc, 4)}{size} {_often(one.power)}{more}."
    return ["No difference shown.", seen]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 5e-4 else f"{100 * share:.1g} %"


def _often(power: float) -> str:
    return {0.8: "4 times in 5", 0.9: "9 times in 10"}.get(power, f"{100 * power:g} times in 100")


def _groups(found: Comparisons, one: Comparison, digits: int) -> Grid:
    level = f"{100 * one.whole.level:g} % interval"
    columns = [*found.by, "n", one.baseline, one.name, "difference", level, _p(found, several=True)]
    by, wide = len(found.by), len(columns)
    table = plain_table(*columns, right=(*range(by, by + 4), wide - 1), whole=tuple(range(by, wide)), keys=by)
    for group in one.groups:
        d = group.difference
        figures = [
            str(d.samples),
            rounded(d.baseline, digits),
            rounded(d.value, digits),
            *_cells(d, max(digits - 2, 3)),
        ]
        add_row(table, *group.names, *figures)
    return table


def _about_groups(found: Comparisons, one: Comparison) -> str:
    count = "1 group" if len(one.groups) == 1 else f"{len(one.groups)} groups"
    if found.correct == "none":
        return f"{count}: neither p nor the intervals are adjusted for their number."
    return f"{count}: p is adjusted for their number ({found.correct.capitalize()}); intervals are one at a time."


def _changed(found: Comparisons, one: Comparison, digits: int) -> Grid:
    names = [*one.changed[0].kept]
    kept = [[for_reading(str(c.kept[name]), digits) for c in one.changed] for name in names]
    first = 1 + len(kept)
    numbers = [i for i, column in enumerate(kept, 1) if are_numbers(column)]
    table = plain_table(
        *("sample", *names, one.baseline, one.name, "difference"),
        right=(0, *numbers, first, first + 1, first + 2),
        keys=first,
        cut=tuple(i for i in range(1, first) if i not in numbers),
    )
    for i, c in enumerate(one.changed):
        figures = (rounded(x, digits) for x in (c.baseline, c.value, c.difference))
        add_row(table, str(c.sample), *(column[i] for column in kept), *figures)
    return table


def _runs(out: Console, found: Comparisons, spread: Spread, digits: int) -> None:
    table = plain_table("run", found.loss, right=(1,), whole=(0, 1))
    for name, result in found.models.items():
        add_row(table, name, rounded(result.value, digits))
    out.print(table)
    out.print()
    if not math.isfinite(spread.sd):
        say(out, f"{spread.runs} runs: not every loss is finite, and no spread can be told.")
        return
    size = abs(spread.mean)

    def percent(x: float) -> str:
        return f" ({100 * x / size:.2g} %)" if size else ""

    lines = (
        f"{spread.runs} runs: mean {rounded(spread.mean, digits)}, standard deviation {rounded(spread.sd, 3)}"
        f"{percent(spread.sd)}.",
        f"max-increase over one run:      {rounded(spread.tolerance, 3)}{percent(spread.tolerance)}",
        f"max-increase over their mean:   {rounded(spread.tolerance_of_mean, 3)}{percent(spread.tolerance_of_mean)}",
        "With it about 5 % of equal re-trainings fail; of few runs the spread itself is rough.",
    )
    for line in lines:
        say(out, line)

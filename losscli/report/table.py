"""Rich tables: the reduced result with its fraction, then per-sample losses, one column a loss."""

from __future__ import annotations

import io
import os
import re
import sys
from typing import IO, Any

from rich.console import Console as Console
from rich.text import Text

from losscli.report import Report
from losscli.report.grid import Grid as Grid
from losscli.report.numbers import plain, rounded
from losscli.results.result import GroupResult, InputInfo, Result

_PIPE_WIDTH = 100_000
"""Wide enough that nothing is cut or wrapped where no terminal sets a width."""


_DECIMAL = re.compile(r"-?\d*\.\d+([eE][+-]?\d+)?")
_BAR = 10
"""Columns of the longest bar."""


def console(stream: IO[str]) -> Console:
    """A console that renders to memory as ``stream`` would want it: coloured and fitted only on a terminal."""
    terminal = stream.isatty()
    width = None if terminal else _PIPE_WIDTH
    return Console(
        file=io.StringIO(),
        force_terminal=terminal,
        no_color=bool(os.environ.get("NO_COLOR")) or not terminal,
        width=width,
        highlight=False,
        emoji=False,
        markup=False,
        soft_wrap=not terminal,
    )


def render(report: Report, stream: IO[str] | None = None) -> str:
    """All tables of a report as text for ``stream`` (standard output)."""
    out = console(stream or sys.stdout)
    out.print(_reduced(report))
    for line in _remarks(report):
        out.print(Text(plain(line), style="dim"))
    if any(one.references for one in report.results):
        out.print()
        out.print(_references(report))
    grouped = [one for one in report.results if one.groups]
    if grouped:
        out.print()
        out.print(_groups(grouped[0], report) if len(grouped) == 1 else _groups_of_losses(grouped, report))
    if report.index is not None and any(r.per_sample is not None for r in report.results):
        out.print()
        out.print(_samples(report))
    return text_of(out)


def text_of(out: Console) -> str:
    """What was printed on a console from :func:`console`, without trailing blanks."""
    lines = out.file.getvalue().splitlines()  # type: ignore[attr-defined]
    return "".join(line.rstrip() + "\n" for line in lines)


def plain_table(
    *columns: str,
    right: tuple[int, ...] = (),
    whole: tuple[int, ...] = (),
    keys: int = 1,
    cut: tuple[int, ...] = (),
) -> Grid:
    """An empty table in the house style, see :class:`losscli.report.grid.Grid`."""
    return Grid(columns, right, whole, keys, cut)


def say(out: Console, text: str, style: str = "") -> None:
    """Print a sentence; what a terminal would act on is shown as an escape."""
    out.print(Text(plain(text), style=style))


def add_row(table: Grid, *cells: str, style: str = "") -> None:
    """Add a row whose text is taken as it is: no markup, no control characters."""
    table.add(cells, style)


def _reduced(report: Report) -> Grid:
    extra = [n for n in ("ignored", "omitted", "clamped") if any(getattr(r, n) for r in report.results)]
    reduction = report.results[0].reduction
    intervals = _interval_names(report.results[0])
    first = ["loss", "unreduced" if reduction == "none" else reduction, *intervals, "sum / count"]
    columns = [*first, "samples", *extra]
    table = plain_table(*columns, right=(1, *range(len(first), len(columns))), whole=(0, *range(2, len(first) - 1)))
    for one in report.results:
        interval = _interval(one, report.digits)
        cells = [one.loss, _value(one, report.digits), *interval, _fraction(one, report.digits), str(one.samples)]
        add_row(table, *cells, *(str(getattr(one, n)) for n in extra))
    return table


def _references(report: Report) -> Grid:
    """What predictions get that know nothing of the inputs, loss by loss, the best constant first."""
    table = plain_table("loss", "reference", report.results[0].reduction, "skill", right=(2, 3), whole=(0,))
    for one in report.results:
        for i, line in enumerate(one.references):
            number = rounded(line.prediction, report.digits) if isinstance(line.prediction, float) else ""
            best = f"best constant{f', {number}' if number else ''} ({line.reference})"
            skill = "" if line.skill is None else f"{line.skill:.4f}"
            add_row(table, one.loss, best if i == 0 else line.reference, rounded(line.value, report.digits), skill)
    return table


def _remarks(report: Report) -> list[str]:
    """A line an input: where it lies, its shape, and what was done to it; of numbers in memory only the last."""
    inputs = dict.fromkeys(i for one in report.results for i in one.inputs)
    return [line for i in inputs if (line := _remark(i))]


def _remark(one: InputInfo) -> str:
    shape = " × ".join(map(str, one.shape)) or "one number"
    where = [] if one.source == one.role else [f"{one.source}, {shape}"]
    told = "; ".join([*where, *one.remarks])
    return f"{one.role}: {told}" if told else ""


def _groups(one: Result, report: Report) -> Grid:
    bars = one.ci is None and all(group.numerator >= 0 for group in one.groups)
    columns = [*one.by, one.loss, *_interval_names(one), "sum / count", "samples", *(["share"] if bars else [])]
    by = len(one.by)
    table = plain_table(*columns, right=(by, by + len(_interval_names(one)) + 2), whole=(len(columns) - 1,), keys=by)
    shares = [group.numerator / one.numerator if one.numerator else 0.0 for group in one.groups]
    share = dict(zip(one.groups, shares, strict=True)) if bars else {}
    for group in report.groups(one):
        fraction = f"{rounded(group.numerator, report.digits)} / {rounded(group.denominator, report.digits)}"
        value, interval = rounded(group.value, report.digits), _interval(group, report.digits)
        shown = [_bar(share[group], max(shares))] if bars else []
        add_row(table, *group.names, value, *interval, fraction, str(group.samples), *shown)
    return table


def _groups_of_losses(results: list[Result], report: Report) -> Grid:
    """Groups down and losses across; the fractions are in the other formats."""
    first = results[0]
    by = len(first.by)
    table = plain_table(
        *first.by, "samples", *(one.loss for one in results), right=tuple(range(by, by + 1 + len(results))), keys=by
    )
    values = [{group.names: group.value for group in one.groups} for one in results]
    for group in report.groups(first):
        numbers = (rounded(each[group.names], report.digits) for each in values)
        add_row(table, *group.names, str(group.samples), *numbers)
    return table


def _bar(part: float, most: float) -> str:
    """A part of the whole in percent and as a bar, of which the longest is that of the largest part."""
    eighths = round(8 * _BAR * part / most) if most > 0 else 0
    return f"{100 * part:5.1f} % {'█' * (eighths // 8)}{' ▏▎▍▌▋▊▉'[eighths % 8].strip()}"


def _interval_names(one: Result) -> list[str]:
    """The column of its interval, if that was asked for."""
    return [] if one.ci is None else [f"{100 * one.ci.level:g} % interval"]


def _interval(one: Result | GroupResult, digits: int) -> list[str]:
    if one.ci is None:
        return []
    if one.ci.low is None or one.ci.high is None:
        return [f"none: {one.ci.why_not}"]
    return [f"[{rounded(one.ci.low, digits)}, {rounded(one.ci.high, digits)}]"]


def _value(one: Result, digits: int) -> str:
    if one.reduction != "none":
        return rounded(one.value, digits)
    return f"shape {one.value.shape}" if one.value is not None else "written"


def _fraction(one: Result, digits: int) -> str:
    if one.numerator is None or one.denominator is None:
        return ""
    total, count = rounded(one.numerator, digits), f"{rounded(one.denominator, digits)} {one.denominator_is}"
    # A root of a mean or of a sum, and the like, is not that fraction itself.
    if one.made_of == "total":
        return f"from the sum {total} of {count}"
    return f"from {total} / {count}" if one.made_of else f"{total} / {count}"


def _samples(report: Report) -> Grid:
    shown = [r for r in report.results if r.per_sample is not None]
    kept = shown[0].kept
    columns = ["sample", *kept, *(r.loss for r in shown)]
    numbers = (0, *range(len(kept) + 1, len(columns)))
    table = plain_table(*columns, right=numbers, keys=1 + len(kept), cut=tuple(range(1, 1 + len(kept))))
    previous = -1
    for row, index in enumerate(report.index.tolist()):
        if not report.by_loss and index != previous + 1:
            add_row(table, *["⋮"] * len(columns), style="dim")
        previous = index
        words = (for_reading(str(column[row]), report.digits) for column in kept.values())
        add_row(table, str(index), *words, *(_sample(r, row, report.digits) for r in shown))
    total = shown[0].samples + shown[0].omitted
    if not report.by_loss and previous + 1 < total:
        add_row(table, *["⋮"] * len(columns), style="dim")
    return table


def for_reading(text: str, digits: int) -> str:
    """Kept text; a decimal number with more digits than tables have is rounded to them."""
    if len(text) <= digits + 1 or not _DECIMAL.fullmatch(text):
        return text
    return rounded(float(text), digits)


def _sample(one: Result, row: int, digits: int) -> str:
    per_sample: Any = one.per_sample
    for word, flags in (("ignored", one.ignored_samples), ("omitted", one.omitted_samples)):
        if flags is not None and flags[row]:
            return word
    return rounded(float(per_sample[row]), digits)

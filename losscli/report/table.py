"""Rich tables: the reduced result with its fraction, then per-sample losses, one column a loss."""

from __future__ import annotations

import io
import os
import sys
from typing import IO, Any

from rich import box
from rich.console import Console as Console
from rich.table import Table as Table
from rich.text import Text

from losscli.report import Report
from losscli.report.numbers import plain, rounded
from losscli.results.result import GroupResult, Result

_PIPE_WIDTH = 100_000
"""Wide enough that nothing is cut or wrapped where no terminal sets a width."""


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
    for one in report.results:
        if one.groups:
            out.print()
            out.print(_groups(one, report))
    if report.index is not None and any(r.per_sample is not None for r in report.results):
        out.print()
        out.print(_samples(report))
    return text_of(out)


def text_of(out: Console) -> str:
    """What was printed on a console from :func:`console`, without trailing blanks."""
    lines = out.file.getvalue().splitlines()  # type: ignore[attr-defined]
    return "".join(line.rstrip() + "\n" for line in lines)


def plain_table(*columns: str, right: tuple[int, ...] = (), whole: tuple[int, ...] = ()) -> Table:
    """An empty table in the house style; no cell is ever cut, and those of ``whole`` columns never wrap."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for i, name in enumerate(columns):
        table.add_column(
            Text(plain(name)), justify="right" if i in right else "left", overflow="fold", no_wrap=i in whole
        )
    return table


def say(out: Console, text: str, style: str = "") -> None:
    """Print a sentence; what a terminal would act on is shown as an escape."""
    out.print(Text(plain(text), style=style))


def add_row(table: Table, *cells: str, style: str = "") -> None:
    """Add a row whose text is taken as it is: no markup, no control characters."""
    table.add_row(*(Text(plain(c)) for c in cells), style=style)


def _reduced(report: Report) -> Table:
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


def _references(report: Report) -> Table:
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
    inputs = dict.fromkeys(i for one in report.results for i in one.inputs if i.remarks)
    return [f"{i.role}: {'; '.join(i.remarks)}" for i in inputs]


def _groups(one: Result, report: Report) -> Table:
    columns = [*one.by, one.loss, *_interval_names(one), "sum / count", "samples"]
    table = plain_table(*columns, right=(len(one.by), len(columns) - 1))
    for group in report.groups(one):
        fraction = f"{rounded(group.numerator, report.digits)} / {rounded(group.denominator, report.digits)}"
        value, interval = rounded(group.value, report.digits), _interval(group, report.digits)
        add_row(table, *group.names, value, *interval, fraction, str(group.samples))
    return table


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


def _samples(report: Report) -> Table:
    shown = [r for r in report.results if r.per_sample is not None]
    kept = shown[0].kept
    columns = ["sample", *kept, *(r.loss for r in shown)]
    table = plain_table(*columns, right=(0, *range(len(kept) + 1, len(columns))))
    previous = -1
    for row, index in enumerate(report.index.tolist()):
        if not report.by_loss and index != previous + 1:
            add_row(table, *["⋮"] * len(columns), style="dim")
        previous = index
        words = (str(column[row]) for column in kept.values())
        add_row(table, str(index), *words, *(_sample(r, row, report.digits) for r in shown))
    total = shown[0].samples + shown[0].omitted
    if not report.by_loss and previous + 1 < total:
        add_row(table, *["⋮"] * len(columns), style="dim")
    return table


def _sample(one: Result, row: int, digits: int) -> str:
    per_sample: Any = one.per_sample
    for word, flags in (("ignored", one.ignored_samples), ("omitted", one.omitted_samples)):
        if flags is not None and flags[row]:
            return word
    return rounded(float(per_sample[row]), digits)

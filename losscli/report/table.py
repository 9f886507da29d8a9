"""Rich tables: the reduced result with its fraction, then per-sample losses, one column a loss."""

from __future__ import annotations

import io
import os
import sys
import textwrap
from collections.abc import Collection
from typing import IO

from rich.console import Console as Console
from rich.text import Text

from losscli.report import Report
from losscli.report.bars import bar
from losscli.report.grid import Grid as Grid
from losscli.report.numbers import plain, rounded
from losscli.report.samples import samples
from losscli.results.result import GroupResult, InputInfo, Result

_INDENT, _NO_BREAK = "  ", "\N{NO-BREAK SPACE}%"
_PIPE_WIDTH = 100_000
"""Wide enough that nothing is cut or wrapped where no terminal sets a width."""


_FEW = 3
"""Losses that rather become lists than lose their fractions."""
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
        say_indented(out, line, "dim")
    head = place_in(out)
    if any(one.references for one in report.results):
        out.print()
        out.print(_references(report))
    grouped = [one for one in report.results if one.groups]
    if grouped:
        out.print()
        out.print(_groups(grouped[0], report) if len(grouped) == 1 else _groups_of_losses(grouped, report))
    if report.index is not None and any(r.per_sample is not None for r in report.results):
        out.print()
        out.print(samples(report))
    return text_of(out, head)


def place_in(out: Console) -> int:
    """How far a console from :func:`console` was printed on."""
    return out.file.tell()


def text_of(out: Console, head: int = 0) -> str:
    """What was printed on a console from :func:`console`, without trailing blanks.

    Args:
        out: The console.
        head: Up to where it is what was asked for first: on a terminal that is too low for all, that comes last, where
            it stays in sight.
    """
    text: str = out.file.getvalue()  # type: ignore[attr-defined]
    if 0 < head < len(text) and out.is_terminal and text.count("\n") >= out.height:
        text = "\n".join([text[head:].removeprefix("\n"), text[:head]])
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


def plain_table(
    *columns: str,
    right: tuple[int, ...] = (),
    whole: tuple[int, ...] = (),
    keys: int = 1,
    cut: tuple[int, ...] = (),
    dim: tuple[int, ...] = (),
    drop: tuple[int | tuple[int, ...], ...] = (),
    flush: tuple[int, ...] = (),
) -> Grid:
    """An empty table in the house style, see :class:`losscli.report.grid.Grid`."""
    return Grid(columns, right, whole, keys, cut, dim, drop, flush)


def say(out: Console, text: str, style: str = "") -> None:
    """Print a sentence; what a terminal would act on is shown as an escape."""
    for line in plain(text).splitlines():
        say_indented(out, line, style, indent="")


def say_indented(out: Console, text: str, style: str = "", indent: str = _INDENT) -> None:
    """Print a line that is wrapped between words where it is too long, each further line of it indented."""
    kept = plain(text).replace(" %", _NO_BREAK)  # a number and its sign are one word
    lines = textwrap.wrap(kept, out.width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    for line in lines or [""]:
        # A path that is longer than a line stays in one piece.
        out.print(Text(line.replace(_NO_BREAK, " %"), style=style), soft_wrap=True)


def add_row(table: Grid, *cells: str, style: str = "", dim: Collection[int] = ()) -> None:
    """Add a row whose text is taken as it is: no markup, no control characters; some cells of it may be dim."""
    table.add(cells, style, dim)


def _reduced(report: Report) -> Grid:
    extra = [n for n in ("ignored", "omitted", "clamped") if any(getattr(r, n) for r in report.results)]
    reduction = report.results[0].reduction
    intervals = interval_names(report.results[0])
    first = ["loss", "unreduced" if reduction == "none" else reduction, *intervals, "sum / count"]
    columns = [*first, "samples", *extra]
    fraction, samples = len(first) - 1, len(first)
    told = all(one.denominator == one.samples for one in report.results)  # by the fraction, which has them too
    dropped = [samples] * told + [fraction] * (len(report.results) > _FEW)
    table = plain_table(
        *columns,
        right=(1, *range(samples, len(columns))),
        whole=(0, *range(2, samples)),
        dim=(fraction,),
        drop=tuple(dropped),
    )
    for one in report.results:
        interval = interval_of(one, report.digits)
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
    columns = [*one.by, one.loss, *interval_names(one), "sum / count", "samples", *(["share"] if bars else [])]
    by, fraction = len(one.by), len(one.by) + len(interval_names(one)) + 1
    table = plain_table(
        *columns,
        right=(by, fraction + 1),
        whole=tuple(range(by, len(columns))),
        keys=by,
        dim=(fraction,),
        drop=(fraction, fraction + 1),
    )
    shares = [group.numerator / one.numerator if one.numerator else 0.0 for group in one.groups]
    share = dict(zip(one.groups, shares, strict=True)) if bars else {}
    for group in one.groups:
        parts = f"{rounded(group.numerator, report.digits)} / {rounded(group.denominator, report.digits)}"
        value, interval = rounded(group.value, report.digits), interval_of(group, report.digits)
        shown = [_bar(share[group], max(shares))] if bars else []
        add_row(table, *group.names, value, *interval, parts, str(group.samples), *shown)
    return table


def _groups_of_losses(results: list[Result], report: Report) -> Grid:
    """Groups down and losses across; the fractions are in the other formats."""
    first = results[0]
    by = len(first.by)
    table = plain_table(
        *first.by, "samples", *(one.loss for one in results), right=tuple(range(by, by + 1 + len(results))), keys=by
    )
    values = [{group.names: group.value for group in one.groups} for one in results]
    for group in first.groups:
        numbers = (rounded(each[group.names], report.digits) for each in values)
        add_row(table, *group.names, str(group.samples), *numbers)
    return table


def _bar(part: float, most: float) -> str:
    """A part of the whole in percent and as a bar, of which the longest is that of the largest part."""
    return f"{100 * part:5.1f} % {bar(part / most if most > 0 else 0.0, _BAR)}".rstrip()


def interval_names(one: Result) -> list[str]:
    """The column of its interval, if that was asked for."""
    return [] if one.ci is None else [f"{100 * one.ci.level:g} % interval"]


def interval_of(one: Result | GroupResult, digits: int) -> list[str]:
    """Its cell: the interval, or why there is none; nothing if it was not asked for."""
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

"""The table of samples: one after the other, or the worst with what prediction and target are there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from losscli.report import Report
from losscli.report.bars import bar
from losscli.report.grid import Grid
from losscli.report.numbers import are_numbers, for_reading, rounded
from losscli.report.rows import places
from losscli.results.result import Result

_OF_TARGET = "p of target"
_LAST = (("error",), (_OF_TARGET,), ("at", "pred", "predicted", "target"))
"""What is told of the worst samples that is left out where there is no room for all, in this order."""
_BAR = 10
"""Columns of the longest bar."""


def samples(report: Report) -> Grid:
    """The samples that are shown: the columns kept, what is told of the worst, their losses."""
    shown = [r for r in report.results if r.per_sample is not None]
    kept = {name: _words(column, report.digits) for name, column in shown[0].kept.items()}
    told = _told(shown[0], report.digits)
    bars = _bars(shown) if report.by_loss else []
    by = sum(a == b for a, b in zip(shown[0].by, kept, strict=False))  # the columns of groups are the first
    table, wide = _empty(kept, told, [r.loss for r in shown], by, bool(bars))
    texts = [*zip(*kept.values(), strict=True)] if kept else [()] * len(report.index)
    previous, before = -1, ()
    for row, index in enumerate(report.index.tolist()):
        if not report.by_loss and index != previous + 1:
            table.add(["⋮"] * wide, "dim")
        again = range(1, 1 + by) if report.by_loss and texts[row][:by] == before else ()  # the group of the row above
        previous, before = index, texts[row][:by]
        values = [*(column[row] for column in told.values()), *(_sample(r, row, report.digits) for r in shown)]
        table.add([str(index), *texts[row], *values, *bars[row : row + 1]], dim=again)
    total = shown[0].samples + shown[0].omitted
    if not report.by_loss and previous + 1 < total:
        table.add(["⋮"] * wide, "dim")
    return table


def _empty(
    kept: Mapping[str, list[str]], told: Mapping[str, list[str]], losses: list[str], by: int, bars: bool
) -> tuple[Grid, int]:
    """The table without rows, and how many columns it has."""
    columns = ["sample", *kept, *told, *losses, *([""] if bars else [])]
    first, last = 1 + len(kept), len(columns) - 1
    figures = [i for i, column in enumerate(kept.values(), 1) if i > by and are_numbers(column)]
    unasked = [tuple(first + [*told].index(name) for name in together if name in told) for together in _LAST]
    table = Grid(
        columns,
        right=(0, *figures, *range(first, first + len(told) + len(losses))),
        whole=(last,),
        keys=first,
        cut=[i for i in range(1, first) if i not in figures],
        drop=(*([last] if bars else []), *filter(None, unasked)),
    )
    return table, len(columns)


def _words(column: Iterable[Any], digits: int) -> list[str]:
    return [for_reading(str(value), digits) for value in column]


def _told(one: Result, digits: int) -> dict[str, list[str]]:
    """What prediction and target are at each of the worst samples, by the names of columns for reading."""
    found = {}
    for name, column in one.told.items():
        if name == "position":
            found["at"] = [*(column if column.ndim == 1 else places(column))]
        elif name == "p":
            found[_OF_TARGET] = [rounded(x, 3) for x in column.tolist()]
        elif column.dtype.kind == "f":
            found[name] = [rounded(x, digits) for x in column.tolist()]
        else:
            found[name] = [*map(str, column.tolist())]
    return found


def _bars(shown: list[Result]) -> list[str]:
    """The losses of the worst samples as bars, the longest that of the largest; none of one, and of several losses."""
    if len(shown) > 1 or len(shown[0].per_sample) < 2:  # type: ignore[arg-type]
        return []
    losses = shown[0].per_sample.tolist()  # type: ignore[union-attr]
    most = max(losses, default=0.0)
    return [bar(x / most, _BAR) for x in losses] if 0 < most < math.inf and min(losses) >= 0 else []


def _sample(one: Result, row: int, digits: int) -> str:
    per_sample: Any = one.per_sample
    for word, flags in (("ignored", one.ignored_samples), ("omitted", one.omitted_samples)):
        if flags is not None and flags[row]:
            return word
    return rounded(float(per_sample[row]), digits)

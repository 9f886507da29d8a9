"""A page for reading: the gradient as a whole, who gets most of it, classes, and the samples with the largest."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import IO, Any

from losscli.report.bars import bar
from losscli.report.gradients import CLASSES, Shown
from losscli.report.numbers import for_reading, plain, rounded
from losscli.report.table import add_row, console, plain_table, text_of
from losscli.results.gradient import Gradient, InputGradient

_SHARE = 4
"""Significant digits of figures that only compare."""


def render(gradients: Sequence[Gradient], shown: Shown, stream: IO[str] | None = None) -> str:
    """The gradients as text for ``stream`` (standard output)."""
    out = console(stream or sys.stdout)
    every = [(gradient, one) for gradient in gradients for one in gradient.inputs]
    for i, (gradient, one) in enumerate(every):
        if i:
            out.print()
        _whole(out, gradient, one, shown.digits, len(gradients) > 1)
        _worst(out, one)
        _groups(out, gradient, one)
        _classes(out, one)
        _samples(out, one, shown.digits)
        _checks(out, one)
    return text_of(out)


def _whole(out: Any, gradient: Gradient, one: InputGradient, digits: int, several: bool) -> None:
    way = f" by {gradient.way}" if gradient.way else ""
    loss = f"{gradient.result.loss}: " if several else ""
    out.print(plain(f"{loss}gradient of the {_of(gradient)} to {one.name}, {one.shape}{way}"))
    zero = f"{100 * one.zeros / one.size:.1f} %" if one.size else "none"
    out.print(
        f"norm {rounded(one.norm, digits)}   largest {rounded(one.largest, digits)}   zero {zero}   "
        f"not finite {one.not_finite}"
    )


def _of(gradient: Gradient) -> str:
    result = gradient.result
    return "loss" if result.made_of or result.denominator is None else result.reduction


def _worst(out: Any, one: InputGradient) -> None:
    if not one.worst:
        return
    out.print()
    shared = one.worst[0].loss_share is not None
    table = plain_table("worst", "samples", "of the gradient", *(["of the loss"] if shared else []), right=(0, 1))
    for row in one.worst:
        about = "" if one.exact else "≈ "
        loss = [] if row.loss_share is None else [about + _share(row.loss_share)]
        add_row(table, f"{100 * row.q:.0f} %", str(row.samples), about + _share(row.share), *loss)
    out.print(table)


def _share(share: float) -> str:
    return f"{100 * share:5.1f} % {bar(share)}"


def _groups(out: Any, gradient: Gradient, one: InputGradient) -> None:
    if not one.groups:
        return
    out.print()
    by = gradient.result.by
    shared = one.groups[0].loss_share is not None
    table = plain_table(*by, "samples", "of the gradient", *(["of the loss"] if shared else []), right=(len(by),))
    for group in one.groups:
        loss = [] if group.loss_share is None else [_share(group.loss_share)]
        add_row(table, *group.names, str(group.samples), _share(group.share), *loss)
    out.print(table)


def _classes(out: Any, one: InputGradient) -> None:
    if not one.classes:
        return
    out.print()
    labelled = one.classes[0].targets is not None
    first = ("class", "targets") if labelled else ("class",)
    cut = (0,) if one.class_names else ()
    right = tuple(range(len(cut), len(first) + 3))
    table = plain_table(*first, "pushed up", "pushed down", "net", right=right, cut=cut)
    for row in one.classes[:CLASSES]:
        cells = [one.named(row.number), *([str(row.targets)] if labelled else [])]
        net = f"{'+' if row.net > 0 else ''}{rounded(row.net, _SHARE - 1)}"
        add_row(table, *cells, rounded(row.up, _SHARE), rounded(row.down, _SHARE), net)
    if len(one.classes) > CLASSES:
        add_row(table, "⋮", *[""] * (len(first) + 2), style="dim")
    out.print(table)


def _samples(out: Any, one: InputGradient, digits: int) -> None:
    if not one.samples:
        return
    out.print()
    losses = any(row.loss is not None for row in one.samples)
    columns = ("sample", "|gradient|", "share", *(["loss"] if losses else []))
    kept = one.samples[0].kept
    cut = tuple(range(len(columns), len(columns) + len(kept)))
    table = plain_table(*columns, *kept, right=tuple(range(len(columns))), cut=cut)
    for row in one.samples:
        share = "" if row.share is None else f"{100 * row.share:.2f} %"
        cells = [str(row.number), rounded(row.norm, digits), share]
        loss = [] if not losses else ["" if row.loss is None else rounded(row.loss, digits)]
        add_row(table, *cells, *loss, *(for_reading(str(word), digits) for word in row.kept.values()))
    out.print(table)


def _checks(out: Any, one: InputGradient) -> None:
    for check in one.checks:
        word = "agrees" if check.passed else "DIFFERS"
        out.print(
            f"closed form against {check.of}: {word}, by {check.largest:.2g} of the largest in {check.entries} entries"
            + (f", at sample {check.sample}" if not check.passed else "")
        )

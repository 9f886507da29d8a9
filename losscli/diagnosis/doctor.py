"""From files to a diagnosis: what they hold, what fits, what looks wrong."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from typing import Any, NamedTuple

from losscli.data.source import Source
from losscli.diagnosis.beside import Together, about_space, compute, unequal
from losscli.diagnosis.fits import Fit, fits
from losscli.diagnosis.reading import Read, named_pair, read_all
from losscli.engine.suspicions.labels import LabelRange, left_out
from losscli.errors import Finding, UsageError
from losscli.inputs.files import Files
from losscli.inputs.opening import as_seen, refuse_axes
from losscli.knobs.options import Options
from losscli.spec.loss import Loss

ERRORS = ("L108", "L205", "L207", "L212")
"""Findings with which no number means anything; all others are warnings."""


class Diagnosis(NamedTuple):
    """What was found in files.

    Attributes:
        files: What each of them holds.
        together: What they came to beside each other, or None.
        fits: The losses that take them, the best first.
        findings: What looks wrong.
        strict: Whether warnings count as errors.
        on: The columns that rows are paired by, if any.
        axes: How the axes were told, as it is typed.
    """

    files: tuple[Read, ...]
    together: Together | None
    fits: tuple[Fit, ...]
    findings: tuple[Finding, ...]
    strict: bool = False
    on: tuple[str, ...] = ()
    axes: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings with which no number means anything."""
        return tuple(one for one in self.findings if one.code in ERRORS)

    @property
    def healthy(self) -> bool:
        """Whether nothing stands against computing; with ``strict``, whether nothing looks wrong at all."""
        refused = self.together is not None and self.together.refused is not None
        return not refused and not (self.findings if self.strict else self.errors)

    @property
    def best(self) -> tuple[Fit, ...]:
        """The first of the losses that fit, and those that fit as well with the same options."""
        first = self.fits[:1]
        return tuple(one for one in self.fits if one.rank == first[0].rank and one.flags == first[0].flags)

    def command(self, *chosen: Fit) -> list[str]:
        """The words of the command that computes losses that fit, in one pass."""
        names = ",".join(one.loss.name for one in chosen)
        return ["losscli", "compute", names, *(shlex.quote(one.text) for one in self.files), *self._flags(chosen[0])]

    def _flags(self, fit: Fit) -> list[str]:
        facts = [one.facts for one in self.files if one.facts is not None]
        nan = ["--nan", "omit"] if any(one.nans for one in facts) else []
        missing = ["--missing", "omit"] if any(one.missing for one in facts) else []
        on = ["--on", ",".join(self.on)] if self.on else []
        return [*self.axes, *fit.flags, *on, *nan, *missing]


def doctor(*files: str | os.PathLike[str], strict: bool = False, **options: Any) -> Diagnosis:
    """Tell what files hold, which losses fit them, and what looks wrong, without a loss being named.

    Args:
        *files: Paths, as for :func:`losscli.compute`: the prediction, then the target.
        strict: Whether warnings count as errors.
        **options: How files are read and rows paired, as for :func:`losscli.compute`.

    Returns:
        The diagnosis; ``healthy`` says it in one word.

    Raises:
        losscli.LossCLIError: A file cannot be read.
    """
    # What compute refuses is counted here.
    asked, unknown = Options.out_of({**options, "missing": "omit", "nan": "omit"})
    if unknown:
        raise UsageError(f"doctor has no {next(iter(unknown))!r}.", "it takes files, strict, and how files are read.")
    if not files:
        raise UsageError("doctor needs a file.", "losscli doctor PRED TARGET")
    with Files(asked, lean=not asked.on) as opened:
        read = _read(opened, [os.fspath(file) for file in files], asked)
        found = [note for one in read for note in one.notes]
        found += [finding for one in read if one.facts is not None for finding in one.facts.findings()]
        diagnosis = _beside(opened, read, asked, found) if len(read) > 1 else (None, ())
        opened.refuse_changed()
    together, fitting = diagnosis
    if together is not None:
        found += together.findings
    found.sort(key=lambda one: one.code)
    given = [(name, getattr(asked, name)) for name in ("class_axis", "shift") if getattr(asked, name)]
    axes = tuple(part for name, value in given for part in (f"--{name.replace('_', '-')}", str(value)))
    return Diagnosis(tuple(read), together, tuple(fitting), tuple(dict.fromkeys(found)), strict, asked.on, axes)


def _read(files: Files, texts: list[str], options: Options) -> list[Read]:
    """Every file; of one table alone the columns that are called as prediction and target are, if there are such."""

    def seen(sources: dict[str, Source]) -> dict[str, Source]:
        return as_seen(sources, [next(iter(sources))], options) if sources else sources

    read = read_all(files, texts, seen)
    table = read[0].table
    if len(read) > 1 or table is None or "::" in read[0].text:
        return read
    pair = named_pair([column for column in table.columns if not table.is_text(column)])
    return read_all(files, [f"{read[0].text}::{column}" for column in pair]) if pair else read


def _beside(
    files: Files, read: list[Read], options: Options, found: list[Finding]
) -> tuple[Together | None, Sequence[Fit]]:
    """What files are beside each other; what looks wrong is added to what was found."""
    facts = [one.facts for one in read if one.facts is not None]
    if len(facts) < len(read):
        return None, ()
    fitting = [one for one in fits(facts) if _has_axes(one.loss, options)]
    turned = _swapped(read, fitting[0].strength if fitting else 0.0)
    if turned is not None:
        found.append(turned)
    lengths = unequal(files, read, fitting[0] if fitting else None, options)
    if lengths is not None:
        found.append(lengths)
    if not fitting or turned is not None or lengths is not None:
        return None, ()
    found += _about_labels(read, fitting[0])
    found += about_space(read, fitting[0])
    return compute(files, read, fitting[0], options), fitting


def _has_axes(one: Loss, options: Options) -> bool:
    """Whether a loss has the axes that are told."""
    try:
        refuse_axes(one, options)
    except UsageError:
        return False
    return True


def _about_labels(read: list[Read], fit: Fit) -> list[Finding]:
    """L212 and L213, where labels had to be told how to count."""
    first, second = read[0].facts, read[1].facts
    if first is None or second is None or second.labels is None or not first.by_class:
        return []
    classes = first.source.row_shape[0]
    base = LabelRange(second.low, second.high, classes).finding(read[1].text) if "label_base" in fit.options else None
    marked = left_out(read[1].text, second.labels, classes) if fit.parameters else None
    return [one for one in (base, marked) if one is not None]


_CLEARLY = 2.0
"""How much more declarations say of files that are swapped when they are turned round."""


def _swapped(read: list[Read], strength: float) -> Finding | None:
    """L205: labels first and scores second, which losses take far better the other way round, or only so."""
    if len(read) != 2:
        return None
    first, second = (one.facts for one in read)
    if first is None or second is None:
        return None
    labels = (first.labelled and not first.by_class) or first.one_hot or first.zeros_and_ones
    turned = fits([second, first]) if labels and not second.whole else []
    if not turned or turned[0].strength < strength + _CLEARLY:
        return None
    names = read[0].text, read[1].text
    text = f"{names[0]} holds labels, and {names[1]} values between or scores: they look swapped."
    return Finding("L205", text, f"the prediction comes first: losscli doctor {names[1]} {names[0]}")

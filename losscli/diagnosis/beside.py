"""Files beside each other, computed with the loss that fits them best: what compute sees is seen, and warned of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from losscli import backends
from losscli.conduct import as_each_takes
from losscli.data.source import ArraySource, Source
from losscli.diagnosis.fits import Fit
from losscli.diagnosis.reading import Read
from losscli.engine.observers.relation import OBSERVED, Relation
from losscli.engine.request import Request, Wanted
from losscli.engine.suspicions.pairs import Names
from losscli.engine.suspicions.relation import Answers, Numbers
from losscli.engine.suspicions.values import LogitsWanted, LogProbabilitiesWanted, LogRows
from losscli.errors import Finding, LossCLIError
from losscli.inputs.beside import Beside
from losscli.inputs.files import Files
from losscli.inputs.opening import open_inputs
from losscli.inputs.parameters import resolve
from losscli.knobs.options import Options
from losscli.reference.lines import WHY_WORSE, Reference, computed
from losscli.results.result import Result
from losscli.results.summary import result_of

NOTHING = Beside()
_SOME_VALUES = 200_000
"""Of files of unequal lengths the first rows tell whether they fit when one row is left out."""


class Together(NamedTuple):
    """What files came to beside each other.

    Attributes:
        loss: The loss that they were computed with.
        value: What it came to; None where it could not be computed.
        relation: How prediction and target go together, or None.
        references: What predictions get that know nothing of the inputs.
        findings: What looked wrong.
        refused: Why the loss could not be computed, or None.
    """

    loss: str
    value: float | None
    relation: Answers | Numbers | None
    findings: tuple[Finding, ...]
    refused: LossCLIError | None = None
    references: tuple[Reference, ...] = ()

    @property
    def figures(self) -> dict[str, float]:
        """What there is to tell of prediction and target together, as far as it is defined."""
        found = {} if self.relation is None else self.relation.figures
        return {name: value for name, value in found.items() if math.isfinite(value)}


def compute(files: Files, read: Sequence[Read], fit: Fit, options: Options) -> Together:
    """Compute the loss on the files, and look at them as compute does."""
    loss = fit.loss
    options = options.but(**fit.options)
    given = dict(zip((role.name for role in loss.inputs if not role.optional), (one.text for one in read), strict=True))
    try:
        sources, beside = open_inputs(files, [loss], given, options)
        result, relation = _run(files, fit, sources, options, beside)
    except LossCLIError as error:
        return Together(loss.name, None, None, (), error)
    names = Names(read[0].text, read[1].text)
    findings = (*map(_heard_here, result.warnings), *related(relation, names))
    return Together(loss.name, float(result.value), relation, findings, None, result.references)


def _heard_here(one: Finding) -> Finding:
    """What compute warns of, without the advice to ask the doctor."""
    return one._replace(hint=WHY_WORSE) if one.code == "L404" else one


def related(relation: Answers | Numbers | None, names: Names) -> list[Finding]:
    """What looks wrong about how two go together."""
    if isinstance(relation, Numbers):
        return relation.findings(names)
    found = None if relation is None else relation.finding(names)
    return [found] if found else []


def _run(
    files: Files, fit: Fit, sources: dict[str, Source], options: Options, beside: Beside = NOTHING
) -> tuple[Result, Answers | Numbers | None]:
    loss = fit.loss
    by_loss = as_each_takes([loss], sources, options.pred_is)
    pair = len([role for role in loss.inputs if not role.optional]) == 2
    wanted = Wanted(observers=(Relation(options.label_base),) if pair else ())
    work = [(loss, resolve(loss, fit.parameters), by_loss[0])]
    done = computed(files, backends.find(options.backend), work, Request(options, beside, wanted))
    (outcome,) = done.outcomes
    notes = [*(note for source in by_loss[0].values() for note in source.notes), *done.plan.findings]
    return result_of(outcome, options, done.backend, notes, sources), outcome.observed.get(OBSERVED)


def about_space(read: Sequence[Read], fit: Fit) -> list[Finding]:
    """L201 and L202, where the prediction is given as something else than the loss takes, and has to be converted."""
    facts = read[0].facts
    if facts is None or "pred_is" not in fit.options:
        return []
    role, name = fit.loss.inputs[0], read[0].text
    suspicion: LogitsWanted | LogProbabilitiesWanted
    if role.kind.space == "logits":
        classes = facts.source.row_shape[0] if facts.by_class else None
        floor = fit.loss.ask("floor", {"classes": classes, **resolve(fit.loss, fit.parameters)})
        suspicion = LogitsWanted(name, fit.loss, facts.by_class, floor)
        found = suspicion.finding(facts.distribution)
    else:
        suspicion = LogProbabilitiesWanted(name, fit.loss)
        found = suspicion.finding(LogRows(facts.distribution, facts.high, 0, 0))
    return [found] if found else []


def unequal(files: Files, read: Sequence[Read], fit: Fit | None, options: Options) -> Finding | None:
    """L108: files of unequal lengths; where one row is too many, also how they fit with the first left out."""
    counts = [one.facts.rows for one in read if one.facts is not None]
    if len(counts) != len(read) or len(set(counts)) < 2:
        return None
    first, other = counts[0], next(count for count in counts if count != counts[0])
    names = read[0].text, read[counts.index(other)].text
    text = f"{names[0]} has {first} rows, {names[1]} has {other}."
    hint = "rows are paired one by one; both files must hold the same samples: --on COLUMN pairs rows by key."
    if len(read) == 2 and abs(first - other) == 1:
        hint = "one row apart: a header read as data (--header), or a lost row?"
        text += _shifted(files, read, fit, options) if fit is not None else ""
    return Finding("L108", text, hint)


def _shifted(files: Files, read: Sequence[Read], fit: Fit, options: Options) -> str:
    """How the two fit with the first row of the longer one left out, and with its last."""
    each = [one.facts.source for one in read if one.facts is not None]
    longer = 0 if read[0].facts is not None and read[1].facts is not None and _more(read) else 1
    width = max(1, *(int(np.prod(source.row_shape, dtype=np.int64)) for source in each))
    rows = min(max(1, _SOME_VALUES // width), *(one.facts.rows for one in read if one.facts is not None))
    arrays = [_beginning(source, rows + (i == longer)) for i, source in enumerate(each)]
    told = []
    for skip in (1, 0):
        cut = [array[skip:][:rows] if i == longer else array for i, array in enumerate(arrays)]
        told.append(_told(files, fit, [_source(a, s) for a, s in zip(cut, each, strict=True)], options))
    if None in told:
        return ""
    name = read[longer].text
    what = "the accuracy" if fit.loss.inputs[1].kind.dtype == "label" else fit.loss.name
    return f" With the first row of {name} left out {what} is {told[0]}, with the last {told[1]} ({rows} rows)."


def _more(read: Sequence[Read]) -> bool:
    a, b = (one.facts for one in read)
    return a is not None and b is not None and a.rows > b.rows


def _beginning(source: Source, rows: int) -> Any:
    if source.sequential:
        source.begin()
    return source.read(0, rows, np.empty((rows, *source.row_shape), source.dtype)).copy()


def _source(array: Any, like: Source) -> Source:
    source = ArraySource(array, like.name, like.format, like.columns)
    source.tabular, source.coded = like.tabular, like.coded
    return source


def _told(files: Files, fit: Fit, sources: list[Source], options: Options) -> str | None:
    names = [role.name for role in fit.loss.inputs if not role.optional]
    try:
        result, relation = _run(files, fit, dict(zip(names, sources, strict=True)), options.but(**fit.options))
    except LossCLIError:
        return None
    if isinstance(relation, Answers) and fit.loss.inputs[1].kind.dtype == "label":
        return f"{relation.accuracy:.3g}"
    return f"{float(result.value):.6g}"

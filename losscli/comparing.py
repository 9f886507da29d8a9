"""The Python API of comparisons: the same work as ``losscli compare``, on arrays or on files."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from losscli import backends, losses
from losscli.api import document, refuse_unfit_losses, refuse_unknown, refuse_warnings
from losscli.comparison.judged import Both, Way, adjust, judged
from losscli.comparison.models import Models, models_of
from losscli.comparison.result import Changed, Comparison, Comparisons, Difference, GroupDifference
from losscli.comparison.runs import spread_of
from losscli.conduct import as_each_takes, carried_out
from losscli.engine.intervals import ALL, Found
from losscli.engine.intervals.doubts import doubts
from losscli.engine.intervals.ends import fractions as fractions_of
from losscli.engine.intervals.ends import refuse_too_few
from losscli.engine.observers.changes import Change, Changes, Gather, Gathered
from losscli.engine.reduce import quotient, value_from
from losscli.errors import UsageError
from losscli.inputs import several
from losscli.inputs.files import Files
from losscli.inputs.opening import open_inputs
from losscli.inputs.parameters import resolve
from losscli.knobs.comparing import CompareOptions
from losscli.results.summary import result_of
from losscli.stats.confidence import Confidence
from losscli.stats.moments import spread
from losscli.wording import heard, spoken

if TYPE_CHECKING:
    from losscli.conduct import Done, Work
    from losscli.engine.intervals import Way as UnitsWay
    from losscli.engine.outcome import Outcome
    from losscli.engine.request import Wanted
    from losscli.errors import Finding
    from losscli.results.result import Result
    from losscli.spec.loss import Loss


@spoken
def compare(loss: str | Loss, *inputs: Any, **named: Any) -> Comparisons:
    """Compare predictions on the same samples: is B better than A, and how sure is that?

    Args:
        loss: A name or alias.
        *inputs: Two or more predictions, arrays or paths, the baseline first, then the target; or a mapping of names
            to predictions, then the target.
        OPTIONS
        **named: Inputs by name (``target=...``), which all models share, and the loss's parameters (``beta=0.5``).

    Returns:
        The losses, and each other model's difference from the baseline with its interval and p-value.

    Raises:
        losscli.LossCLIError: Something could not be computed or compared.
    """
    one, *others = losses.asked(loss)[0]
    if others:
        raise UsageError("compare takes one loss, and several were given.", "ask for them one by one.")
    options, own = CompareOptions.out_of(named)
    refuse_unknown([one], own, CompareOptions)
    found = compared(one, inputs, own, options)
    heard(found.warnings)
    return found


document(compare, CompareOptions.offered())


def compared(
    one: Loss,
    positional: Sequence[Any],
    named: Mapping[str, Any],
    options: CompareOptions,
    wanted: Wanted | None = None,
) -> Comparisons:
    """Compare models in one pass; the work behind both front ends.

    Raises:
        losscli.LossCLIError: Something could not be computed or compared.
    """
    from losscli.engine.request import Request, Wanted

    refuse_unfit_losses([one], options)
    _refuse_resamples(options)
    (one,), named = several.spread([one], named)
    models = models_of(one, positional, named)
    pairs = _pairs(len(models.models), options.all_pairs)
    parameters = resolve(one, named)
    engine = backends.find(options.backend)
    given, roles = models.given(one)
    with Files(options, lean=not options.on) as files:
        sources, beside = open_inputs(files, [one], given, options, roles)
        jobs = [_job(one, parameters, _of_model(models, i, sources), options) for i in range(len(models.models))]
        observer = _observer(one, pairs, options)
        request = Request(options, beside, (wanted or Wanted())._replace(observers=(observer,)))
        done = carried_out(files, engine, jobs, request)
    notes = [note for source in sources.values() for note in source.notes]
    names = [model.name for model in models.models]
    results = {
        name: result_of(outcome, options, done.backend, [*notes, *done.plan.findings], models.shared)
        for name, outcome in zip(names, done.outcomes, strict=True)
    }
    if options.strict:
        refuse_warnings(list(results.values()))
    return _told(one, results, pairs, done, options)


def _refuse_resamples(options: CompareOptions) -> None:
    """Raise where resamples are too few for the level, or are spoken of and none are drawn."""
    if options.method == "percentile":
        refuse_too_few(options, options.level)
        return
    idle = next((x for x in ("resamples", "seed") if getattr(options, x) != options.knobs[x].default), None)
    if idle is not None:
        hint = f"{options.called('method')} percentile draws some."
        raise UsageError(f"{options.called(idle)} is about resamples, and none are drawn.", hint)


def _pairs(models: int, every: bool) -> list[tuple[int, int]]:
    if every:
        return list(itertools.combinations(range(models), 2))
    return [(0, i) for i in range(1, models)]


def _of_model(models: Models, i: int, sources: Mapping[str, Any]) -> dict[str, Any]:
    names = [*models.models[i].inputs, *models.shared]
    return {name: sources[models.key(i, name)] for name in names}


def _job(one: Loss, parameters: dict[str, Any], sources: dict[str, Any], options: CompareOptions) -> Work:
    return one, parameters, as_each_takes([one], sources, options.pred_is)[0]


def _observer(one: Loss, pairs: list[tuple[int, int]], options: CompareOptions) -> Changes:
    gather = Gather(_is_total(one, options))
    return Changes(pairs, [_way(gather, options) for _ in pairs], options.reduction, options.top)


def _is_total(one: Loss, options: CompareOptions) -> bool:
    """Whether the loss is made of the sum of its units, and not of their mean."""
    return options.reduction == "sum" or (options.reduction == "mean" and one.made_of == "total")


def _way(gather: Gather, options: CompareOptions) -> UnitsWay[Any, Gathered]:
    """How units are kept: as sums where that is enough, else as they are."""
    if options.cluster is not None:
        from losscli.engine.intervals.clusters import Clusters

        return Clusters(gather)
    if options.method in ("sign-flip", "percentile"):
        from losscli.engine.intervals.drawn import DrawnSamples

        return DrawnSamples(gather)
    from losscli.engine.intervals.samples import Samples

    return Samples(gather)


def _told(
    one: Loss, results: dict[str, Result], pairs: list[tuple[int, int]], done: Done, options: CompareOptions
) -> Comparisons:
    names, every = list(results), list(results.values())
    changes = done.outcomes[0].observed["changes"]
    way = Way(
        options.method,
        options.level,
        options.mdc_power,
        "samples" if options.cluster is None else "clusters",
        _is_total(one, options),
        options.resamples,
        options.seed,
    )
    found = [
        _comparison((names[i], names[j]), (done.outcomes[i], done.outcomes[j]), change, way, options)
        for (i, j), change in zip(pairs, changes, strict=True)
    ]
    found = _adjusted(found, options.correct)
    inputs = dict.fromkeys(i for result in every for i in result.inputs)
    warnings = [*(w for result in every for w in result.warnings), *_doubts(one, found)]
    return Comparisons(
        one.name,
        results,
        tuple(found),
        every[0].by,
        options.correct,
        spread_of([result.value for result in every]) if options.runs else None,
        tuple(inputs),
        tuple(dict.fromkeys(warnings)),
    )


def _comparison(
    names: tuple[str, str], outcomes: tuple[Outcome, Outcome], change: Change, way: Way, options: CompareOptions
) -> Comparison:
    """Two models, on all samples and on each group."""
    fractions = [fractions_of(outcome) for outcome in outcomes]
    base = outcomes[0]

    def judge(group: tuple[str, ...]) -> Difference:
        gathered = change.units.get(group, Gathered([]))
        units = sum(block.units for block in gathered.sums)
        numbers = [n if way.total else quotient(n, d) for n, d in (each[group] for each in fractions)]
        both = Both(numbers[0], numbers[1], _through(base, options, units if way.total else 1))
        apart = both.value - both.base
        about = spread(gathered.sums, quotient(apart, units) if way.total else apart)
        return judged(both, about, gathered.drawn, change.tallies[group], way)

    groups = [GroupDifference(group.names, judge(group.names)) for group in base.groups]
    return Comparison(names[1], names[0], judge(ALL), tuple(groups), _changed(base, change))


def _through(outcome: Outcome, options: CompareOptions, units: int) -> Callable[[float], float]:
    """What a loss makes of its mean, or of its sum."""
    job = outcome.job
    if options.reduction != "mean" or not job.loss.made_of:
        return float
    edge = job.loss.lowest * units  # an end that no mean of this loss can have is moved to the edge of those it can
    return lambda number: value_from(job, max(number, edge), 1)


def _changed(outcome: Outcome, change: Change) -> tuple[Changed, ...]:
    if change.changed is None:
        return ()
    at, values = change.changed.at.tolist(), change.changed.values.tolist()
    kept = [dict(zip(change.labels, map(str, row), strict=True)) for row in zip(*change.changed.texts, strict=True)]
    rows = zip(at, *values, kept or [{}] * len(at), strict=True)
    return tuple(Changed(sample, base, value, texts) for sample, base, value, texts in rows)


def _adjusted(found: list[Comparison], correct: str) -> list[Comparison]:
    """The comparisons with p-values adjusted for the number of models, and those of groups for that of both."""
    wholes = iter(adjust([one.whole for one in found], correct))
    groups = iter(adjust([group.difference for one in found for group in one.groups], correct))
    return [
        one._replace(whole=next(wholes), groups=tuple(group._replace(difference=next(groups)) for group in one.groups))
        for one in found
    ]


def _doubts(one: Loss, found: list[Comparison]) -> Iterator[Finding]:
    """What is doubtful about the intervals of all samples."""
    for comparison in found:
        d = comparison.whole
        if d.identical:
            continue
        made = Confidence(
            d.level, d.low, d.high, d.se, d.df, d.units, d.unit, d.method, None, d.largest_share, d.why_not
        )
        yield from doubts(f"{one.name} of {comparison.name}", {ALL: Found(made, f"one of the {d.unit}")})

"""Predictions to compare with, sample by sample: computed in the same pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli.checks.check import POINT, Check, Known, Reference
from losscli.errors import Finding, UsageError

if TYPE_CHECKING:
    from losscli.conduct import Done
    from losscli.engine.intervals import Way
    from losscli.engine.observers import Observer
    from losscli.engine.observers.changes import Gather, Gathered
    from losscli.knobs.checking import CheckOptions
    from losscli.results.result import Result
    from losscli.spec.loss import Input, Loss
    from losscli.stats.interval import Estimate

_AGAINST = "against"


def others_of(chosen: list[Loss], against: Any) -> dict[str, Any]:
    """The predictions to compare with, by the input whose place they take.

    Raises:
        UsageError: One file would take the place of two inputs.
    """
    if against is None:
        return {}
    if isinstance(against, Mapping):
        return dict(against)
    first = {loss.inputs[0].name for loss in chosen}
    if len(first) > 1:
        raise UsageError(
            f"{' and '.join(sorted(first))} differ in what is predicted, and {_AGAINST} is one file.",
            "check one loss at a time.",
        )
    return {first.pop(): against}


def name_of(role: str) -> str:
    """What the other of an input is called among all that is opened."""
    return f"{_AGAINST} {role}"


def roles_of_others(roles: dict[str, Input], others: dict[str, Any]) -> dict[str, Input]:
    """What each of the others is to the losses, by that name.

    Raises:
        UsageError: One takes the place of no input.
    """
    unknown = [name for name in others if name not in roles]
    if unknown:
        raise UsageError(f"{_AGAINST} names {unknown[0]}.", f"the inputs are {', '.join(roles)}.")
    return {name_of(name): roles[name] for name in others}


def observers_of(checks: Sequence[Check], jobs: int, storing: bool) -> tuple[Observer[Any], ...]:
    """What looks at samples: at differences, where a rule asks how sure they are; or stores them."""
    if storing:
        from losscli.engine.observers.stored import Stored

        return (Stored(),) if any(one.options.save_samples for one in checks) else ()
    options, stored = checks[0].options, checks[0].stored
    if not stored and (options.against is None or all(one.options.rule == POINT for one in checks)):
        return ()
    root = next((loss for one in checks for loss in one.losses if loss.made_of and options.reduction == "mean"), None)
    if root is not None:
        raise UsageError(
            f"{root.name} is made of a {root.made_of}, and no mean of samples: how sure a change is cannot be told.",
            "the rule point takes the change as it is.",
        )
    from losscli.engine.observers.changes import Changes, Gather

    gather = Gather(options.reduction == "sum")
    ways = [_way(gather, options) for _ in range(jobs)]
    if stored:
        from losscli.engine.observers.stored import FromStored

        return (FromStored(stored, ways),)
    return (Changes([(jobs + i, i) for i in range(jobs)], ways, options.reduction, 0),)


def _way(gather: Gather, options: CheckOptions) -> Way[Any, Gathered]:
    """How the units of a difference are kept."""
    if options.cluster is not None:
        from losscli.engine.intervals.clusters import Clusters

        return Clusters(gather)
    from losscli.engine.intervals.samples import Samples

    return Samples(gather)


class Difference(NamedTuple):
    """How sure the difference of a loss from the other is: of all samples and of each group; and what is doubtful."""

    known: Mapping[tuple[str, ...], Estimate]
    doubts: tuple[Finding, ...] = ()


def differences_of(done: Done, options: CheckOptions) -> list[Difference]:
    """The difference of each loss from the other; nothing is known of it where :func:`observers_of` saw none."""
    half = done.outcomes[: len(done.outcomes) // 2]
    changes = done.outcomes[0].observed.get("changes")
    if changes is None:
        return [Difference({}) for _ in half]
    return [
        _difference(f"{outcome.job.loss.name} against {_named(options.against)}", change.units, options)
        for outcome, change in zip(half, changes, strict=True)
    ]


def differences_from_stored(done: Done, options: CheckOptions) -> list[Difference]:
    """The difference of each loss from what is stored of its samples, if anything is."""
    return [
        _difference(f"{outcome.job.loss.name} against the baseline", units, options)
        if (units := outcome.observed.get("units"))
        else Difference({})
        for outcome in done.outcomes
    ]


def _difference(name: str, units: Mapping[tuple[str, ...], Gathered], options: CheckOptions) -> Difference:
    from losscli.engine.intervals import Found
    from losscli.engine.intervals.doubts import doubts
    from losscli.stats.confidence import confidence
    from losscli.stats.interval import estimate
    from losscli.stats.moments import spread

    unit = "samples" if options.cluster is None else "clusters"
    known, found = {}, {}
    for names, gathered in units.items():
        about = spread(gathered.sums)
        sure = estimate(about)
        known[names] = sure.times(sure.units) if options.reduction == "sum" else sure
        found[names] = Found(confidence(about, sure, 1 - options.significance, "guarded", unit), f"one of the {unit}")
    return Difference(known, tuple(doubts(name, found, hint="")))


def _named(against: Any) -> str:
    return against if isinstance(against, str) else _AGAINST


def reference_of(against: Any, result: Result, known: Mapping[tuple[str, ...], Estimate]) -> Reference:
    """What a loss is compared with: the same loss of the other predictions."""
    groups = {group.names: Known(group.value, known.get(group.names)) for group in result.groups}
    return Reference(_named(against), Known(result.value, known.get(())), groups)

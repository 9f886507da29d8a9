"""Checks computed: those that read the same files in the same way in one pass over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from losscli import backends
from losscli.api import notes_of, refuse_unfit_losses, refuse_warnings
from losscli.checks.check import POINT, Check, Known, Made, Reference
from losscli.checks.judge import failed
from losscli.checks.limits import NAMES
from losscli.checks.verdict import Checked
from losscli.errors import LossCLIError, UsageError
from losscli.inputs.files import Files
from losscli.inputs.opening import open_inputs
from losscli.inputs.parameters import resolve
from losscli.inputs.roles import roles_of
from losscli.options import CheckOptions
from losscli.results.summary import result_of, unused_inputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from losscli.conduct import Done
    from losscli.engine.intervals import Way
    from losscli.engine.observers import Observer
    from losscli.engine.observers.changes import Gather, Gathered
    from losscli.engine.outcome import Outcome
    from losscli.results.result import Result
    from losscli.spec.loss import Input, Loss
    from losscli.stats.interval import Estimate

    Progress = Callable[[int, int | None], None] | None

_AGAINST = "against"
_OF_JUDGING = {*NAMES, "rule", "significance"}
"""Options that have no part in what is computed."""


def computed(checks: Sequence[Check], progress: Progress = None) -> list[Made | Checked]:
    """Every loss of every check, in their order; one that cannot be computed takes no other with it."""
    passes: dict[Any, list[int]] = {}
    for i, one in enumerate(checks):
        passes.setdefault(_key(one), []).append(i)
    found: dict[int, list[Made | Checked]] = {}
    for numbers in passes.values():
        found |= dict(zip(numbers, _attempt([checks[i] for i in numbers], progress), strict=True))
    return [made for i in range(len(checks)) for made in found[i]]


def _key(one: Check) -> Any:
    """What is equal where two checks can share a pass."""
    roles = {role.name for loss in one.losses for role in loss.inputs}
    inputs = {name: value for name, value in one.named.items() if name in roles}
    values = {name: getattr(one.options, name) for name in CheckOptions.knobs if name not in _OF_JUDGING}
    return (
        tuple(map(_hashable, one.positional)),
        tuple(sorted((name, _hashable(value)) for name, value in inputs.items())),
        tuple((name, _hashable(value)) for name, value in values.items()),
    )


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted((name, _hashable(x)) for name, x in value.items()))
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def _attempt(checks: list[Check], progress: Progress) -> list[list[Made | Checked]]:
    try:
        return [list(each) for each in in_one_pass(checks, progress)]
    except LossCLIError as error:
        if len(checks) > 1:  # which of them is it?
            return [made for one in checks for made in _attempt([one], progress)]
        return [[failed(checks[0], loss.name, error) for loss in checks[0].losses]]


def in_one_pass(checks: Sequence[Check], progress: Progress = None) -> list[list[Made]]:
    """The losses of checks that have the same inputs and options but for their limits.

    Raises:
        losscli.LossCLIError: One cannot be computed.
    """
    from losscli.conduct import as_each_takes, carried_out
    from losscli.engine.request import Request, Wanted

    options = checks[0].options
    chosen = [loss for one in checks for loss in one.losses]
    for one in checks:
        refuse_unfit_losses(one.losses, options)
    parameters = [resolve(loss, one.named) for one in checks for loss in one.losses]
    unique = list(dict.fromkeys(chosen))
    roles = {role.name: role for loss in unique for role in loss.inputs}
    given = roles_of(unique, checks[0].positional, checks[0].named)
    others = _others(unique, options.against)
    observers = _observers(checks, len(chosen))
    with Files(options, lean=not options.on) as files:
        sources, beside = open_inputs(
            files, unique, given | {_other(n): v for n, v in others.items()}, options, roles | _roles(roles, others)
        )
        own = {name: source for name, source in sources.items() if name in roles}
        each = [own] if not others else [own, own | {name: sources[_other(name)] for name in others}]
        by_loss = [seen for one in each for seen in as_each_takes(chosen, one, options.pred_is)]
        jobs = list(zip(chosen * len(each), parameters * len(each), by_loss, strict=True))
        request = Request(options, beside, Wanted(progress=progress, observers=observers))
        done = carried_out(files, backends.find(options.backend), jobs, request)
    notes = [*notes_of(by_loss), *done.plan.findings]

    def made_of(outcome: Outcome, one: Check) -> Result:
        return result_of(outcome, options, done.backend, [*notes, *unused_inputs(one.losses, own)], own)

    owners = [one for one in checks for _ in one.losses]
    results = [made_of(outcome, one) for outcome, one in zip(done.outcomes, owners * len(each), strict=True)]
    if options.strict:
        refuse_warnings(results)
    current, before = results[: len(chosen)], results[len(chosen) :]
    known = _differences(done, options.reduction == "sum") if observers else [{} for _ in before]
    references = iter(_reference(options.against, *pair) for pair in zip(before, known, strict=bool(before)))
    made = iter(Made(one, result, next(references, None)) for one, result in zip(owners, current, strict=True))
    return [[next(made) for _ in one.losses] for one in checks]


def _others(chosen: list[Loss], against: Any) -> dict[str, Any]:
    """The predictions to compare with, by the input whose place they take."""
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


def _other(role: str) -> str:
    return f"{_AGAINST} {role}"


def _roles(roles: dict[str, Input], others: dict[str, Any]) -> dict[str, Input]:
    unknown = [name for name in others if name not in roles]
    if unknown:
        raise UsageError(f"{_AGAINST} names {unknown[0]}.", f"the inputs are {', '.join(roles)}.")
    return {_other(name): roles[name] for name in others}


def _observers(checks: Sequence[Check], jobs: int) -> tuple[Observer[Any], ...]:
    """What looks at differences, sample by sample, where a rule asks how sure they are."""
    options = checks[0].options
    if options.against is None or all(one.options.rule == POINT for one in checks):
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
    return (Changes([(jobs + i, i) for i in range(jobs)], ways, options.reduction, 0),)


def _way(gather: Gather, options: CheckOptions) -> Way[Any, Gathered]:
    """How the units of a difference are kept."""
    if options.cluster is not None:
        from losscli.engine.intervals.clusters import Clusters

        return Clusters(gather)
    from losscli.engine.intervals.samples import Samples

    return Samples(gather)


def _differences(done: Done, total: bool) -> list[dict[tuple[str, ...], Estimate]]:
    """How sure the difference of each loss is, for all samples and for each group."""
    from losscli.stats.interval import estimate
    from losscli.stats.moments import spread

    def sure(gathered: Gathered) -> Estimate:
        found = estimate(spread(gathered.sums))
        return found.times(found.units) if total else found

    changes = done.outcomes[0].observed["changes"]
    return [{names: sure(gathered) for names, gathered in change.units.items()} for change in changes]


def _reference(against: Any, result: Result, known: Mapping[tuple[str, ...], Estimate]) -> Reference:
    name = against if isinstance(against, str) else _AGAINST
    groups = {group.names: Known(group.value, known.get(group.names)) for group in result.groups}
    return Reference(name, Known(result.value, known.get(())), groups)

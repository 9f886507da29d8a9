"""Checks computed: those that read the same files in the same way in one pass over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from losscli import backends
from losscli.api import notes_of, refuse_unfit_losses, refuse_warnings
from losscli.checking import against
from losscli.checks.check import Check, Made
from losscli.checks.judge import failed
from losscli.checks.limits import NAMES
from losscli.checks.verdict import Checked
from losscli.errors import LossCLIError
from losscli.inputs.files import Files
from losscli.inputs.opening import open_inputs
from losscli.inputs.parameters import resolve
from losscli.inputs.roles import roles_of
from losscli.knobs.checking import CheckOptions
from losscli.results.summary import result_of, unused_inputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from losscli.conduct import Done
    from losscli.results.result import Result

    Progress = Callable[[int, int | None], None] | None

_OF_JUDGING = {*NAMES, "rule", "significance"}
"""Options that have no part in what is computed."""


def computed(checks: Sequence[Check], progress: Progress = None, storing: bool = False) -> list[Made | Checked]:
    """Every loss of every check, in their order; one that cannot be computed takes no other with it.

    Args:
        checks: The checks.
        progress: Told how many samples each block held, and how many there are.
        storing: Whether samples are to be stored, of the checks that ask for it.
    """
    passes: dict[Any, list[int]] = {}
    for i, one in enumerate(checks):
        # What is stored belongs to its losses; and one check alone may hold arrays, which are no keys.
        alone = bool(one.stored) or len(checks) == 1
        passes.setdefault(i if alone else _key(one), []).append(i)
    found: dict[int, list[Made | Checked]] = {}
    for numbers in passes.values():
        found |= dict(zip(numbers, _attempt([checks[i] for i in numbers], progress, storing), strict=True))
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


def _attempt(checks: list[Check], progress: Progress, storing: bool) -> list[list[Made | Checked]]:
    try:
        return [list(each) for each in in_one_pass(checks, progress, storing)]
    except LossCLIError as error:
        if len(checks) > 1:  # which of them is it?
            return [made for one in checks for made in _attempt([one], progress, storing)]
        return [[failed(checks[0], loss.name, error) for loss in checks[0].losses]]


def in_one_pass(checks: Sequence[Check], progress: Progress = None, storing: bool = False) -> list[list[Made]]:
    """The losses of checks that have the same inputs and options but for their limits.

    Args:
        checks: The checks.
        progress: Told how many samples each block held, and how many there are.
        storing: Whether samples are to be stored, of the checks that ask for it.

    Raises:
        losscli.LossCLIError: One cannot be computed.
    """
    options, losses = checks[0].options, [loss for one in checks for loss in one.losses]
    results, done = _results(checks, progress, storing)
    current, before = results[: len(losses)], results[len(losses) :]
    differences = against.differences_of(done, options) if before else against.differences_from_stored(done, options)
    for i, difference in enumerate(differences):
        current[i] = replace(current[i], warnings=(*current[i].warnings, *difference.doubts))
    if options.strict:
        refuse_warnings([*current, *before])
    each = iter(range(len(losses)))

    def made(check: Check) -> Made:
        i = next(each)
        known = differences[i].known
        other = against.reference_of(options.against, before[i], known) if before else None
        return Made(check, current[i], other, known, done.outcomes[i].observed.get("fractions"))

    return [[made(one) for _ in one.losses] for one in checks]


def _results(checks: Sequence[Check], progress: Progress, storing: bool) -> tuple[list[Result], Done]:
    """What every loss came to, and then the same with the predictions that are compared with, if there are any."""
    from losscli.conduct import as_each_takes, carried_out
    from losscli.engine.request import Request, Wanted

    options = checks[0].options
    chosen = [loss for one in checks for loss in one.losses]
    for one in checks:
        refuse_unfit_losses(one.losses, options)
    parameters = [resolve(loss, one.named) for one in checks for loss in one.losses]
    unique = list(dict.fromkeys(chosen))
    roles = {role.name: role for loss in unique for role in loss.inputs}
    others = against.others_of(unique, options.against)
    given = roles_of(unique, checks[0].positional, checks[0].named)
    given |= {against.name_of(name): value for name, value in others.items()}
    wanted = Wanted(progress=progress, observers=against.observers_of(checks, len(chosen), storing))
    with Files(options, lean=not options.on) as files:
        sources, beside = open_inputs(files, unique, given, options, roles | against.roles_of_others(roles, others))
        own = {name: source for name, source in sources.items() if name in roles}
        each = [own] if not others else [own, own | {name: sources[against.name_of(name)] for name in others}]
        by_loss = [seen for one in each for seen in as_each_takes(chosen, one, options.pred_is)]
        jobs = list(zip(chosen * len(each), parameters * len(each), by_loss, strict=True))
        done = carried_out(files, backends.find(options.backend), jobs, Request(options, beside, wanted))
    notes = [*notes_of(by_loss), *done.plan.findings]
    owners = [one for one in checks for _ in one.losses] * len(each)
    results = [
        result_of(outcome, options, done.backend, [*notes, *unused_inputs(one.losses, own)], own)
        for outcome, one in zip(done.outcomes, owners, strict=True)
    ]
    return results, done

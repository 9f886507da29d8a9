"""From losses that were computed to verdicts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from losscli.checks.check import SIGNIFICANT, Check, Known, Made
from losscli.checks.digits import told_apart
from losscli.checks.limits import Limits
from losscli.checks.rules import Change, judged
from losscli.checks.verdict import FAIL, PASS, Checked, Condition, GroupVerdict, label_of
from losscli.errors import DataError, LossCLIError, UsageError


class _Subject(NamedTuple):
    """A value that is judged: of the whole, or of a group."""

    what: str
    value: float
    samples: int
    limits: Limits
    known: Known | None
    names: dict[str, str] | None = None
    note: str = ""


def judge(made: Sequence[Made | Checked]) -> list[Checked]:
    """The verdict on each loss; what could not be computed keeps the verdict that it has.

    All changes that are judged by their significance are one family of tests, whose p-values are adjusted together.
    """
    prepared = [one if isinstance(one, Checked) else _prepared(one) for one in made]
    changes = [change for one in prepared if not isinstance(one, Checked) for change in one.tested]
    p_values = iter(_adjusted([change.p for change in changes]))
    return [one if isinstance(one, Checked) else _checked(one, p_values, len(changes)) for one in prepared]


def _adjusted(p_values: list[float]) -> list[float | None]:
    if not p_values:
        return []
    from losscli.stats.multiple import adjusted

    return adjusted(p_values)


class _Prepared(NamedTuple):
    """A loss whose conditions can be judged."""

    made: Made
    subjects: list[tuple[_Subject, list[Change]]]

    @property
    def tested(self) -> list[Change]:
        """The changes that take part in the correction for several tests."""
        return [change for _, changes in self.subjects for change in changes if change.rule == SIGNIFICANT]


def _prepared(made: Made) -> _Prepared | Checked:
    try:
        subjects = list(_subjects(made))
        found = [(subject, _changes(made, subject)) for subject in subjects]
        for _, changes in found:
            for change in changes:
                judged(change, 1.0)  # raises where the rule lacks what it needs
    except LossCLIError as error:
        return failed(made.check, made.result.loss, error, made)
    return _Prepared(made, found)


def failed(check: Check, loss: str, error: LossCLIError, made: Made | None = None) -> Checked:
    """A loss that could not be computed or compared."""
    return Checked(check.called(loss), loss, made.result if made else None, error=error, where=check.where)


def _subjects(made: Made) -> Iterator[_Subject]:
    check, result, reference = made.check, made.result, made.reference
    limits = check.limits
    yield _subject(result.loss, result.value, result.samples, limits, reference.whole if reference else None)
    for group in result.groups:
        names = dict(zip(result.by, group.names, strict=True))
        label = label_of(names)
        own = check.groups.of(label, limits)
        if group.samples < check.groups.min_samples:
            note = f"{group.samples} samples, {check.groups.min_samples} asked for: not judged"
            yield _Subject("", group.value, group.samples, Limits(), None, names, note)
            continue
        known = reference.groups.get(group.names) if reference else None
        if own.changes and known is None and reference is not None:
            raise DataError(f"{reference.name} holds no group {label}.", "it is written anew by --update-baseline.")
        yield _subject(f"{result.loss} of {label}", group.value, group.samples, own, known)._replace(names=names)
    labels = [label_of(dict(zip(result.by, g.names, strict=True))) for g in result.groups]
    unknown = check.groups.unknown(labels)
    if unknown:
        raise UsageError(f"there is no group {unknown[0]}.", f"there are {'; '.join(labels[:6])}.")


def _subject(what: str, value: float, samples: int, limits: Limits, known: Known | None) -> _Subject:
    for number, name in ((value, what), (known.value if known else 0.0, f"what {what} is compared with")):
        if math.isnan(number):
            raise DataError(
                f"{name} is NaN, which cannot be compared.",
                "0/0, where nothing counts, and infinities that meet are NaN; `losscli compute` says more.",
            )
    if limits.changes and not (math.isfinite(value) and (known is None or math.isfinite(known.value))):
        raise DataError(f"{what} is infinite, so that its change cannot be told.")
    return _Subject(what, value, samples, limits, known)


def _changes(made: Made, subject: _Subject) -> list[Change]:
    options, known, reference = made.check.options, subject.known, made.reference
    each = (("max-increase", subject.limits.max_increase), ("max-decrease", subject.limits.max_decrease))
    return [
        Change(name, subject.what, subject.value, known, reference.name, allowed, options.rule, options.significance)
        for name, allowed in each
        if allowed is not None and known is not None and reference is not None
    ]


def _checked(prepared: _Prepared, p_values: Iterator[float | None], family: int) -> Checked:
    """The verdict on a loss, which takes the p-values of its changes from those of the run."""
    made = prepared.made
    whole: tuple[Condition, ...] = ()
    groups = []
    for subject, changes in prepared.subjects:
        conditions = (*_limits(subject), *(_judged(one, p_values, family) for one in changes))
        if subject.names is None:
            whole = conditions
        else:
            groups.append(GroupVerdict(subject.names, subject.value, subject.samples, conditions, subject.note))
    notes = made.reference.notes if made.reference else ()
    loss = made.result.loss
    return Checked(
        made.check.called(loss), loss, made.result, whole, tuple(groups), where=made.check.where, notes=notes
    )


def _judged(change: Change, p_values: Iterator[float | None], family: int) -> Condition:
    return judged(change, next(p_values) if change.rule == SIGNIFICANT else None, family)


def _limits(subject: _Subject) -> Iterator[Condition]:
    what, value, limits = subject.what, subject.value, subject.limits
    if limits.max is not None:
        yield _bound("max", what, value, limits.max, value > limits.max, "above")
    if limits.min is not None:
        yield _bound("min", what, value, limits.min, value < limits.min, "below")
    if limits.min_samples is not None:
        asked, few = limits.min_samples, subject.samples < limits.min_samples
        message = f"{what}: {subject.samples} samples, {asked} asked for"
        yield Condition("min-samples", asked, subject.samples, FAIL if few else PASS, message)


def _bound(name: str, what: str, value: float, limit: float, beyond: bool, word: str) -> Condition:
    shown, than = told_apart(value, limit)
    message = f"{what} is {shown}, {word if beyond else 'within'} {name} {than}"
    return Condition(name, limit, value, FAIL if beyond else PASS, message)

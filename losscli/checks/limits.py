"""The limits of a value itself, and what is compared with them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from losscli.checks.digits import told_apart
from losscli.checks.verdict import FAIL, PASS, Checked, Condition, GroupVerdict, label_of
from losscli.errors import DataError, UsageError

if TYPE_CHECKING:
    from losscli.options import CheckOptions
    from losscli.results.result import Result


def require_limits(options: CheckOptions) -> None:
    """Raise where nothing is asked for.

    Raises:
        UsageError: There is no limit, and the check would always pass.
    """
    if options.max is None and options.min is None:
        raise UsageError(
            "no limit is set, and the check would always pass.",
            f"{options.called('max')} X or {options.called('min')} X",
        )


def judged(result: Result, options: CheckOptions) -> Checked:
    """The verdict on one loss and on its groups.

    Raises:
        DataError: A value is NaN, which is neither within a limit nor beyond it.
    """
    whole = _conditions(result.loss, result.value, options)
    groups = []
    for group in result.groups:
        names = dict(zip(result.by, group.names, strict=True))
        conditions = _conditions(f"{result.loss} of {label_of(names)}", group.value, options)
        groups.append(GroupVerdict(names, group.value, group.samples, conditions))
    return Checked(result.loss, result.loss, result, whole, tuple(groups))


def _conditions(what: str, value: float, options: CheckOptions) -> tuple[Condition, ...]:
    if math.isnan(value):
        raise DataError(
            f"{what} is NaN, which cannot be compared with a limit.",
            "0/0, where nothing counts, and infinities that meet are NaN; `losscli compute` says more.",
        )
    found = []
    if options.max is not None:
        found.append(_bound("max", what, value, options.max, value > options.max, "above"))
    if options.min is not None:
        found.append(_bound("min", what, value, options.min, value < options.min, "below"))
    return tuple(found)


def _bound(name: str, what: str, value: float, limit: float, beyond: bool, word: str) -> Condition:
    shown, than = told_apart(value, limit)
    message = f"{what} is {shown}, {word if beyond else 'within'} {name} {than}"
    return Condition(name, limit, value, FAIL if beyond else PASS, message)

"""When a change counts: as it is, if it is significantly more than allowed, or unless it is shown to be no more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from losscli.checks.check import POINT, SIGNIFICANT, Known
from losscli.checks.digits import of_p, told_apart
from losscli.checks.limits import Allowed
from losscli.checks.verdict import FAIL, PASS, Condition
from losscli.errors import DataError

if TYPE_CHECKING:
    from losscli.stats.interval import Estimate

ROUNDING = 1e-9
"""A change that is beyond its limit by less than this part of the baseline is within it: another order of sums, say."""
NO_SPREAD = "no spread"
_MOST_SAMPLES = 1e12
"""More samples than anybody has: how many they are says nothing."""


class Change(NamedTuple):
    """A value beside the one that it is compared with, and the limit of the difference.

    Attributes:
        name: The limit's: ``max-increase`` or ``max-decrease``.
        what: What the value is, in words.
        value: The value.
        known: What it is compared with.
        reference: What that is called.
        allowed: The limit.
        rule: When the change counts.
        significance: How often the rule may be wrong.
    """

    name: str
    what: str
    value: float
    known: Known
    reference: str
    allowed: Allowed
    rule: str
    significance: float

    @property
    def sign(self) -> int:
        """1 where an increase is limited, -1 where a decrease is."""
        return 1 if self.name == "max-increase" else -1

    @property
    def limit(self) -> float:
        """The limit as a number.

        Raises:
            DataError: It is percent of 0.
        """
        if self.allowed.percent and self.known.value == 0:
            raise DataError(
                f"{self.what}: {self.name} is {self.allowed} of {self.reference}, which is 0.",
                f"a number, such as {self.name} = 0.01",
            )
        return self.allowed.of(self.known.value)

    @property
    def toward(self) -> float:
        """How far the value went in the direction that is limited."""
        return self.sign * (self.value - self.known.value)

    def exceeds(self, change: float) -> bool:
        """Whether a change is more than allowed, and not by rounding alone."""
        return change > self.limit + ROUNDING * abs(self.known.value)

    @property
    def estimate(self) -> Estimate:
        """The same, and how sure it is.

        Raises:
            DataError: That is not known.
        """
        found = self.known.difference
        if found is None or found.why_not not in ("", NO_SPREAD):
            why = "its samples are not known" if found is None else found.why_not
            stored = "save-samples stores them with the baseline; " if found is None else ""
            raise DataError(
                f"{self.what}: whether the change from {self.reference} is {self.rule} cannot be told: {why}.",
                f"{stored}the rule point takes the change as it is.",
            )
        return found.times(self.sign)

    @property
    def p(self) -> float:
        """The probability of such a change by chance, were the true one as large as allowed."""
        from losscli.stats.interval import p_above

        estimate = self.estimate
        found = p_above(estimate, self.limit)
        return float(not self.exceeds(self.toward)) if found is None else found


def judged(change: Change, p_adjusted: float | None = None, family: int = 1) -> Condition:
    """The verdict on a change.

    Args:
        change: The change.
        p_adjusted: Its p-value among all of the run, for the rule ``significant``.
        family: How many those are.

    Raises:
        DataError: What the rule needs is not known.
    """
    if change.rule == POINT:
        beyond = change.exceeds(change.toward)
        return _condition(change, beyond, *_point(change, beyond))
    if change.rule == SIGNIFICANT:
        assert p_adjusted is not None
        return _significant(change, p_adjusted, family)
    return _proven(change)


def _condition(change: Change, beyond: bool, message: str, text: str) -> Condition:
    limit = change.allowed
    return Condition(
        change.name,
        str(limit).replace(" ", "") if limit.percent else limit.number,
        change.value,
        FAIL if beyond else PASS,
        message,
        text,
        change.known.value,
        change.value - change.known.value,
        change.rule,
    )


def _point(change: Change, beyond: bool) -> tuple[str, str]:
    stale = ": the baseline is stale, or data leaked" if beyond and change.sign < 0 else ""

    def told(base: str) -> str:
        if change.toward <= 0:
            return f"no {_word(change)} from {base}, allowed {change.allowed}"
        return f"{_size(change)} {'over' if change.sign > 0 else 'under'} {base}, allowed {change.allowed}"

    value, base = told_apart(change.value, change.known.value)
    return f"{change.what} is {value}, {told(base)}{stale}", told(told_apart(change.known.value, digits=4)[0])


def _significant(change: Change, p_adjusted: float, family: int) -> Condition:
    from losscli.stats.interval import lower_bound

    bound = _bound(change, lower_bound(change.estimate, 1 - change.significance))
    beyond = p_adjusted < change.significance
    p = f"p {of_p(p_adjusted, '.2g')}" + (f" by Holm over {family}" if family > 1 else "")
    least, limit = told_apart(bound, change.limit)
    text = f"{_word(change)} over {limit} significant? {p}"
    message = (
        f"{_is(change)}, {'' if beyond else 'not '}significantly more than {limit} {_side(change)}: by"
        f" {told_apart(change.toward)[0]}, at least {least} with {_sure(change)} confidence ({p})"
    )
    found = _condition(change, beyond, message, text)
    return found._replace(p=change.p, p_adjusted=p_adjusted, bound=change.sign * bound)


def _proven(change: Change) -> Condition:
    from losscli.stats.interval import upper_bound

    bound = _bound(change, upper_bound(change.estimate, 1 - change.significance))
    limit, toward = change.limit, change.toward
    most, than = told_apart(bound, limit)
    beyond = change.exceeds(bound)
    if not beyond:
        message = f"{_is(change)}, at most {most} {_side(change)} with {_sure(change)} confidence, allowed {than}"
    elif toward > limit:
        size, than = told_apart(toward, limit)
        message = f"{_is(change)}, {size} {_side(change)}, allowed {than}"
    else:
        message = (
            f"{_is(change)}, not shown to be at most {than} {_side(change)}: it may be {most} ({_sure(change)}"
            f" confidence){_needed(change, bound)}"
        )
    text = f"{_word(change)} at most {than} shown? up to {most}"
    return _condition(change, beyond, message, text)._replace(bound=change.sign * bound)


def _bound(change: Change, found: float | None) -> float:
    # Where all samples changed by the same, there is no doubt about the change.
    return change.toward if found is None else found


def _needed(change: Change, bound: float) -> str:
    """How many samples would show that the true change is no more than allowed, were it what it looks like."""
    room = change.limit - change.toward
    if room <= 0:
        return ""
    estimate = change.estimate
    times = (bound - change.toward) / room
    samples = estimate.units * times * times
    return f"; about {math.ceil(samples)} samples would show it" if samples < _MOST_SAMPLES else ""


def _is(change: Change) -> str:
    return f"{change.what} is {told_apart(change.value, change.known.value)[0]}"


def _side(change: Change) -> str:
    return f"{'above' if change.sign > 0 else 'below'} {change.reference}"


def _word(change: Change) -> str:
    return "increase" if change.sign > 0 else "decrease"


def _sure(change: Change) -> str:
    return f"{100 * (1 - change.significance):g} %"


def _size(change: Change) -> str:
    """The change as its limit is given: a number, or percent."""
    if not change.allowed.percent:
        return told_apart(change.toward, change.limit)[0]
    percent = 100 * change.toward / abs(change.known.value)
    shown = told_apart(percent, change.allowed.number, digits=3)[0]
    return f"{'+' if change.sign > 0 else '-'}{shown} %"

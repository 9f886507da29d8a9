"""What a check came to: a verdict for each condition, of the whole and of each group."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from losscli.checks.baseline import Update
    from losscli.errors import Finding, LossCLIError
    from losscli.results.result import Result

PASS, FAIL, ERROR = "pass", "fail", "error"
EXIT_CODES = {PASS: 0, FAIL: 1, ERROR: 2}
"""What a program ends with. What could not be compared is no pass, and more than a failure."""


class Condition(NamedTuple):
    """A limit, and how a value stood to it.

    Attributes:
        condition: The limit's name, as in options: ``max``, ``max-increase``.
        limit: Its value, as it was given: a number, or percent as text.
        value: What was compared with it.
        verdict: ``PASS`` or ``FAIL``.
        message: The same in a sentence, with as many digits as tell the numbers apart.
        text: The condition in a few words, for a table; "" says name and limit.
        baseline: What the value is compared with, where it is a change that is limited.
        change: The value less the baseline.
        rule: When such a change counts.
        p: The probability of such a change by chance, were the true one no more than allowed.
        p_adjusted: The same among all that were asked for in a run, by Holm.
        bound: What the true change is at least, or at most, by the rule.
    """

    condition: str
    limit: float | str
    value: float
    verdict: str
    message: str
    text: str = ""
    baseline: float | None = None
    change: float | None = None
    rule: str = ""
    p: float | None = None
    p_adjusted: float | None = None
    bound: float | None = None

    @property
    def excess(self) -> float:
        """How far it is beyond its limit, in parts of what it is compared with if that is not 0; 0 where it passed."""
        if self.verdict == PASS:
            return 0.0
        of = self.limit if self.baseline is None else self.baseline
        return abs(self.value - of) / (abs(of) or 1.0) if isinstance(of, float | int) else math.inf


class GroupVerdict(NamedTuple):
    """The conditions on a group of samples.

    Attributes:
        names: Its values in the columns that part the samples, by column.
        value: Its loss.
        samples: How many it has.
        conditions: One a limit.
        note: Why it was not judged, or "".
    """

    names: dict[str, str]
    value: float
    samples: int
    conditions: tuple[Condition, ...]
    note: str = ""

    @property
    def label(self) -> str:
        """The group in words: ``sex=1, age=40 to 59``."""
        return label_of(self.names)

    @property
    def verdict(self) -> str:
        """The gravest of its conditions'."""
        return gravest(one.verdict for one in self.conditions)


class Checked(NamedTuple):
    """One loss that was checked.

    Attributes:
        name: What the check is called; the loss, where it has no name.
        loss: The loss.
        result: What it came to, or None where it could not be computed.
        conditions: One a limit.
        groups: The conditions on each group.
        error: Why it could not be computed or compared, or None.
        where: Where the check is written, ``FILE:LINE``, or "".
        notes: What is to be said beside the verdict.
    """

    name: str
    loss: str
    result: Result | None = None
    conditions: tuple[Condition, ...] = ()
    groups: tuple[GroupVerdict, ...] = ()
    error: LossCLIError | None = None
    where: str = ""
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The gravest of all."""
        if self.error is not None:
            return ERROR
        return gravest([*(one.verdict for one in self.conditions), *(one.verdict for one in self.groups)])

    @property
    def failures(self) -> list[Condition]:
        """What failed: of the whole, then of groups."""
        every = [*self.conditions, *(one for group in self.groups for one in group.conditions)]
        return [one for one in every if one.verdict == FAIL]


class Verdicts(NamedTuple):
    """All that was checked in one run.

    Attributes:
        checks: One a check and loss, in the order they were asked for.
        source: Where the checks are written, or "".
        updates: The values that were stored, where that was asked for and no verdict.
    """

    checks: tuple[Checked, ...]
    source: str = ""
    updates: tuple[Update, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every check was computed, compared and passed."""
        return self.verdict == PASS

    @property
    def verdict(self) -> str:
        """The gravest of all."""
        return gravest(one.verdict for one in self.checks)

    @property
    def exit_code(self) -> int:
        """What the program ends with: 0 all passed, 1 one failed, 2 one could not be computed or compared."""
        return EXIT_CODES[self.verdict]

    @property
    def warnings(self) -> list[Finding]:
        """What looked wrong, each once."""
        return list(dict.fromkeys(w for one in self.checks if one.result for w in one.result.warnings))

    def count(self, verdict: str) -> int:
        """How many checks have a verdict."""
        return sum(one.verdict == verdict for one in self.checks)

    def __bool__(self) -> bool:
        return self.passed


def gravest(verdicts: Iterable[str]) -> str:
    """The verdict on what has these verdicts."""
    return max(verdicts, key=EXIT_CODES.__getitem__, default=PASS)


def label_of(names: dict[str, str]) -> str:
    """A group in words."""
    return ", ".join(f"{column}={value}" for column, value in names.items())

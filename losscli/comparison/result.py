"""What a comparison returns."""

from __future__ import annotations

from typing import Any, NamedTuple

from losscli.errors import Finding
from losscli.results.result import InputInfo, Result


class Difference(NamedTuple):
    """How a loss differs from the baseline's on the same units: other - baseline, so that negative is lower.

    Attributes:
        value: The other's loss.
        baseline: The baseline's.
        difference: What it differs by.
        relative: The same, relative to the size of the baseline's loss; None where that is 0 or not finite.
        low: The lower end of the difference's interval; None where there is none.
        high: Its upper end, or None.
        level: That of the interval.
        se: The standard error of the difference of the means; None where there is none.
        df: Its degrees of freedom, or None.
        p: The p-value of no difference, which agrees with the interval; None where there is none.
        p_adjusted: The same, adjusted for the number of comparisons and groups of this run.
        method: How interval and p-value were made.
        units: How many units they rest on.
        unit: What those are: ``samples`` or ``clusters``.
        samples: How many samples have a loss.
        mdc: The smallest difference that these units would show with probability ``power``; or None.
        power: That probability.
        units_for_1_percent: How many units it would take to show a change of 1 % of the baseline's loss; or None.
        lower: On how many samples the loss is lower than the baseline's.
        equal: On how many it is equal.
        higher: On how many it is higher.
        largest_share: The share of the unit that differs most in the spread of them all; or None.
        identical: Whether every sample has the same loss.
        why_not: Why there is no interval; or None.
    """

    value: float
    baseline: float
    difference: float
    relative: float | None
    low: float | None
    high: float | None
    level: float
    se: float | None
    df: float | None
    p: float | None
    p_adjusted: float | None
    method: str
    units: int
    unit: str
    samples: int
    mdc: float | None
    power: float
    units_for_1_percent: int | None
    lower: int
    equal: int
    higher: int
    largest_share: float | None
    identical: bool
    why_not: str | None = None

    @property
    def shown(self) -> bool:
        """Whether a difference is shown at the level of the interval, after the adjustment."""
        return self.p_adjusted is not None and self.p_adjusted < 1 - self.level


class GroupDifference(NamedTuple):
    """The difference on the samples that share their values in the columns of ``by``."""

    names: tuple[str, ...]
    difference: Difference


class Changed(NamedTuple):
    """A sample whose loss changed much: its index, the baseline's loss, the other's, and columns kept beside."""

    sample: int
    baseline: float
    value: float
    kept: dict[str, str]

    @property
    def difference(self) -> float:
        """What its loss differs by."""
        return self.value - self.baseline


class Comparison(NamedTuple):
    """One model beside the one it is compared with.

    Attributes:
        name: The model.
        baseline: The one that it is compared with.
        whole: The difference on all samples.
        groups: That on each group.
        changed: The samples that changed most, the largest change first.
    """

    name: str
    baseline: str
    whole: Difference
    groups: tuple[GroupDifference, ...] = ()
    changed: tuple[Changed, ...] = ()


class Spread(NamedTuple):
    """How much the losses of several runs of one recipe differ.

    Attributes:
        runs: How many.
        mean: The mean of their losses.
        sd: Their standard deviation, with runs - 1 in the denominator.
        low: The lowest.
        high: The highest.
        tolerance: The increase over another run that at most one in twenty equal runs would exceed: 1.645·√2·sd.
        tolerance_of_mean: The same over the mean of these runs: 1.645·sd·√(1 + 1/runs).
    """

    runs: int
    mean: float
    sd: float
    low: float
    high: float
    tolerance: float
    tolerance_of_mean: float


class Comparisons(NamedTuple):
    """What :func:`losscli.compare` returns.

    Attributes:
        loss: The canonical name of the loss.
        models: The result of each model by its name, the baseline's first.
        comparisons: Each other model beside the baseline; with ``all_pairs`` every two of them.
        by: The columns that part the samples into groups.
        correct: How p-values are adjusted for their number.
        spread: Of runs, how much they differ; else None.
        inputs: The inputs as read, each once.
        warnings: What looked wrong, each once.
    """

    loss: str
    models: dict[str, Result]
    comparisons: tuple[Comparison, ...]
    by: tuple[str, ...] = ()
    correct: str = "holm"
    spread: Spread | None = None
    inputs: tuple[InputInfo, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def baseline(self) -> str:
        """The model that the others are compared with."""
        return next(iter(self.models))

    def __getitem__(self, name: Any) -> Any:
        """A comparison by its model's name; a field by its place."""
        if not isinstance(name, str):
            return tuple.__getitem__(self, name)
        found = next((one for one in self.comparisons if one.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

"""A check: what is to be computed, and what it must keep to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli.checks.limits import ENOUGH, GroupLimits, Limits, limits_of
from losscli.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from losscli.knobs.checking import CheckOptions
    from losscli.results.result import Result
    from losscli.spec.loss import Loss
    from losscli.stats.interval import Estimate


POINT, SIGNIFICANT, PROVEN = "point", "significant", "proven"
"""The rules of when a change counts."""


class Check(NamedTuple):
    """A check before it is made.

    Attributes:
        losses: The losses, of which each must keep to the limits.
        positional: Their inputs in order.
        named: Their inputs by name, and parameters.
        options: How they are computed, and the limits.
        name: What the check is called; "" where that is the loss.
        groups: Limits of groups.
        where: Where it is written, ``FILE:LINE``, or "".
        stored: What is stored of the samples of each loss, where they are compared with that.
    """

    losses: list[Loss]
    positional: Sequence[Any]
    named: Mapping[str, Any]
    options: CheckOptions
    name: str = ""
    groups: GroupLimits = GroupLimits()
    where: str = ""
    stored: tuple[NDArray[np.float64] | None, ...] = ()

    def called(self, loss: str) -> str:
        """What it is called for one of its losses."""
        return self.name or loss

    @property
    def limits(self) -> Limits:
        """Its limits.

        Raises:
            UsageError: One makes no sense.
        """
        return limits_of(self.options)

    @property
    def compares_stored_samples(self) -> bool:
        """Whether a rule needs the samples of the baseline."""
        return self.compares and self.options.rule != POINT and self.options.against is None

    @property
    def compares(self) -> bool:
        """Whether values are compared with others."""
        return self.limits.changes or self.groups.changes

    def require_limits(self) -> None:
        """Raise where nothing is asked for.

        Raises:
            UsageError: There is no limit, and the check would always pass; or one makes no sense.
        """
        called = self.options.called
        rule, change = self.options.rule, f"{called('max_increase')} X or X%; 0 allows none."
        if self.options.against is not None and not self.compares:
            raise UsageError(f"{called('against')} is there, and no change is limited.", change)
        if rule != POINT and not self.compares:
            raise UsageError(f"{called('rule')} {rule} is about a change, and none is limited.", change)
        if not self.limits.makes_a_check and not self.groups.makes_a_check:
            raise UsageError(
                "no limit is set, and the check would always pass.", f"it takes {', '.join(map(called, ENOUGH))}."
            )
        if rule == POINT and self.options.cluster is not None:
            raise UsageError(
                f"{called('cluster')} says what a rule counts as one sample.", f"{called('rule')} significant or proven"
            )


class Known(NamedTuple):
    """A value to compare with, and how sure the difference from it is, if that is known."""

    value: float
    difference: Estimate | None = None


class Reference(NamedTuple):
    """What values are compared with.

    Attributes:
        name: What it is called in sentences: a file, or ``the baseline``.
        whole: The loss of all samples.
        groups: The loss of each group, by its names.
        notes: What is to be said of it.
    """

    name: str
    whole: Known
    groups: Mapping[tuple[str, ...], Known] = {}
    notes: tuple[str, ...] = ()


class Made(NamedTuple):
    """A loss of a check, computed.

    Attributes:
        check: The check.
        result: The loss.
        reference: What it is compared with, once that is known.
        differences: How sure its difference from stored samples is, by group.
        fractions: What each sample adds to numerator and denominator, where that is to be stored.
    """

    check: Check
    result: Result
    reference: Reference | None = None
    differences: Mapping[tuple[str, ...], Estimate] = MappingProxyType({})
    fractions: NDArray[np.float64] | None = None

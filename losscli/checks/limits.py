"""What a check asks for: limits of a value itself, and how much it may change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli.errors import UsageError

if TYPE_CHECKING:
    from typing_extensions import Self

    from losscli.knobs.checking import CheckOptions

CHANGES = ("max_increase", "max_decrease")
NAMES = ("max", "min", *CHANGES, "min_samples")
"""The options that set a limit."""
ENOUGH = NAMES[:-1]
"""Those of them that make a check: how many samples there are says nothing of a loss."""


class Allowed(NamedTuple):
    """How much a value may change: a number, or percent of what it is compared with."""

    number: float
    percent: bool = False

    @classmethod
    def parse(cls, given: Any, called: str) -> Self:
        """Read ``0.01`` or ``2%``.

        Raises:
            UsageError: It is neither, or below 0, or not finite: it would disarm the gate.
        """
        text = str(given).strip()
        percent = text.endswith("%")
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            number = math.nan
        if isinstance(given, bool) or not 0 <= number < math.inf:
            raise UsageError(f"{called} is {text}.", "it is 0 or more: 0.01, or 2% of the baseline.")
        return cls(number, percent)

    def of(self, baseline: float) -> float:
        """The same as a number, where it is compared with ``baseline``."""
        return abs(baseline) * self.number / 100 if self.percent else self.number

    def __str__(self) -> str:
        number = repr(self.number).removesuffix(".0")
        return f"{number} %" if self.percent else number


class Limits(NamedTuple):
    """What a value must keep to; None asks for nothing."""

    max: float | None = None
    min: float | None = None
    max_increase: Allowed | None = None
    max_decrease: Allowed | None = None
    min_samples: int | None = None

    @property
    def changes(self) -> bool:
        """Whether the value is compared with another."""
        return self.max_increase is not None or self.max_decrease is not None

    @property
    def makes_a_check(self) -> bool:
        """Whether there is a limit of the loss itself, without which a check would always pass."""
        return any(getattr(self, name) is not None for name in ENOUGH)


class GroupLimits(NamedTuple):
    """What holds for groups beside or in place of the limits of the whole.

    Attributes:
        every: Limits of every group, by name.
        each: Limits of single groups, by the group in words and by name.
        min_samples: Smaller groups are shown and not judged.
    """

    every: Mapping[str, Any] = {}
    each: Mapping[str, Mapping[str, Any]] = {}
    min_samples: int = 0

    def of(self, label: str, whole: Limits) -> Limits:
        """The limits of one group."""
        own = next((limits for name, limits in self.each.items() if _normal(name) == _normal(label)), {})
        return whole._replace(min_samples=None)._replace(**self.every)._replace(**own)

    def unknown(self, labels: list[str]) -> list[str]:
        """The groups that have limits of their own and are none of these."""
        known = set(map(_normal, labels))
        return [name for name in self.each if _normal(name) not in known]

    @property
    def makes_a_check(self) -> bool:
        """Whether there is a limit of a group's loss."""
        return any(name in limits for limits in (self.every, *self.each.values()) for name in ENOUGH)

    @property
    def changes(self) -> bool:
        """Whether groups are compared with others."""
        return any(name in limits for limits in (self.every, *self.each.values()) for name in CHANGES)


def limits_of(options: CheckOptions) -> Limits:
    """The limits of a value, out of all that is asked for.

    Raises:
        UsageError: One makes no sense.
    """
    changes = {
        name: Allowed.parse(getattr(options, name), options.called(name))
        for name in CHANGES
        if getattr(options, name) is not None
    }
    return Limits(options.max, options.min, min_samples=options.min_samples, **changes)


def _normal(label: str) -> str:
    return ",".join(part.strip() for part in label.split(","))

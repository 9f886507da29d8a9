"""The loss alone, for shell scripts."""

from __future__ import annotations

from losscli.report.numbers import shortest
from losscli.results.distribution import Distribution


def render(found: Distribution, digits: int) -> str:
    """One line."""
    return f"{shortest(found.result.value)}\n"

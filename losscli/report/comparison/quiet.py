"""The difference alone, for shell scripts: one line a comparison."""

from __future__ import annotations

from losscli.comparison.result import Comparisons
from losscli.report.numbers import shortest


def render(found: Comparisons, digits: int) -> str:
    """One number a comparison: other - baseline."""
    return "".join(f"{shortest(one.whole.difference)}\n" for one in found.comparisons)

"""Numbers alone, for shell scripts."""

from __future__ import annotations

import math

from losscli.report.numbers import shortest
from losscli.results.explanation import Explanation


def render(explanation: Explanation, digits: int) -> str:
    """The loss of each sample, one a line; nan for one that has none."""
    return "".join(f"{shortest(math.nan if one.value is None else one.value)}\n" for one in explanation.samples)

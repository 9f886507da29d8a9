"""Numbers alone, for shell scripts."""

from __future__ import annotations

from losscli.report.gradients import Shown
from losscli.report.gradients.rows import samples
from losscli.report.numbers import shortest
from losscli.results.gradient import Gradient


def render(gradient: Gradient, shown: Shown) -> str:
    """The norm, one line an input; or one line a sample, inputs side by side."""
    if shown.per_sample:
        return "".join("\t".join(map(shortest, row[1:])) + "\n" for row in samples(gradient))
    return "".join(f"{shortest(one.norm)}\n" for one in gradient.inputs)

"""Numbers alone, for shell scripts."""

from __future__ import annotations

from collections.abc import Sequence

from losscli.report.gradients import Shown
from losscli.report.gradients.rows import samples
from losscli.report.numbers import shortest
from losscli.report.rows import text
from losscli.results.gradient import Gradient


def render(gradients: Sequence[Gradient], shown: Shown) -> str:
    """The norm, one line an input of a loss; or one line a sample, inputs side by side behind the columns kept."""
    if shown.per_sample:
        return "".join("\t".join(map(text, row[1:])) + "\n" for row in samples(gradients))
    return "".join(f"{shortest(one.norm)}\n" for each in gradients for one in each.inputs)

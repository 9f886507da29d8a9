"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

from collections.abc import Sequence

from losscli.report.csv import table
from losscli.report.gradients import Shown
from losscli.report.gradients.rows import FIGURES, figures, header_of_samples, samples
from losscli.results.gradient import Gradient


def render(gradients: Sequence[Gradient], shown: Shown) -> str:
    """One row an input of a loss; or, where they are asked for, one norm a sample."""
    if shown.per_sample:
        return table(header_of_samples(gradients), samples(gradients))
    return table(FIGURES, figures(gradients))

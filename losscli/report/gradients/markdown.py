"""Markdown tables, for a pull request or a step's summary."""

from __future__ import annotations

from collections.abc import Sequence

from losscli.report.gradients import Shown
from losscli.report.gradients.rows import FIGURES, figures, header_of_samples, norms, samples
from losscli.report.markdown import table
from losscli.results.gradient import Gradient


def render(gradients: Sequence[Gradient], shown: Shown) -> str:
    """One row an input of a loss; or, where they are asked for, one norm a sample."""
    if shown.per_sample:
        header, right = header_of_samples(gradients), ("sample", *norms(gradients))
        return "\n".join(table(header, list(samples(gradients)), shown.digits, right)) + "\n"
    return "\n".join(table(list(FIGURES), list(figures(gradients)), shown.digits, FIGURES[3:])) + "\n"

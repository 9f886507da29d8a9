"""Markdown tables, for a pull request or a step's summary."""

from __future__ import annotations

from losscli.report.gradients import Shown
from losscli.report.gradients.rows import FIGURES, figures, header_of_samples, samples
from losscli.report.markdown import table
from losscli.results.gradient import Gradient


def render(gradient: Gradient, shown: Shown) -> str:
    """One row an input; or, where they are asked for, one norm a sample."""
    if shown.per_sample:
        header = header_of_samples(gradient)
        return "\n".join(table(header, list(samples(gradient)), shown.digits, header)) + "\n"
    return "\n".join(table(list(FIGURES), list(figures(gradient)), shown.digits, FIGURES[2:])) + "\n"

"""CSV, with floats as the shortest text that reads back as the same float."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from losscli.report.gradients import Shown
from losscli.report.gradients.rows import FIGURES, figures, header_of_samples, samples
from losscli.report.rows import text
from losscli.results.gradient import Gradient


def render(gradients: Sequence[Gradient], shown: Shown) -> str:
    """One row an input of a loss; or, where they are asked for, one norm a sample."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header_of_samples(gradients) if shown.per_sample else FIGURES)
    rows = samples(gradients) if shown.per_sample else figures(gradients)
    writer.writerows(map(text, row) for row in rows)
    return out.getvalue()

"""A Markdown table a sample, for an issue or a pull request."""

from __future__ import annotations

from losscli.report.explanation.rows import HEADER, facts, rows, title
from losscli.report.markdown import table
from losscli.report.numbers import plain
from losscli.results.explanation import Explanation


def render(explanation: Explanation, digits: int) -> str:
    """What each sample is like, and one row a step."""
    every = list(rows(explanation, digits))
    parts = []
    for one in explanation.samples:
        mine = [row[1:] for row in every if row[0] == one.number]
        about = "; ".join([title(explanation, one), *facts(explanation, one, digits)])
        parts.append("\n".join([plain(about), "", *table(list(HEADER[1:]), mine, digits, ("step", "value"))]) + "\n")
    return "\n".join(parts)

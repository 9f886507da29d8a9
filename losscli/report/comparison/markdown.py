"""A Markdown table, for a pull request or a notebook."""

from __future__ import annotations

from losscli.checks.digits import of_p
from losscli.comparison.result import Comparisons
from losscli.report.comparison.rows import FIGURES, header, rows
from losscli.report.markdown import table

_SHOWN = ("value", "baseline", "difference", "low", "high", "p_adjusted", "samples")


def render(found: Comparisons, digits: int) -> str:
    """One row a comparison and group, with numbers for reading."""
    names = header(found)
    left_out = {"loss"} if found.by else {"loss", "scope"}
    used = [n for n in names if n in _SHOWN or (n not in FIGURES and n not in left_out)]
    every = [dict(zip(names, row, strict=True)) for row in rows(found)]
    for row in every:
        row["p_adjusted"] = of_p(0.0, "g") if row["p_adjusted"] == 0 else row["p_adjusted"]
    return "\n".join(table(used, [[row[name] for name in used] for row in every], digits)) + "\n"

"""The losses alone, for shell scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losscli.report.numbers import shortest

if TYPE_CHECKING:
    from losscli.explore.curve import Curve


def render(curve: Curve, digits: int) -> str:
    """One line for each x, the series side by side."""
    columns = zip(*(one.values for one in curve.series), strict=True)
    return "".join("\t".join(map(shortest, row)) + "\n" for row in columns)

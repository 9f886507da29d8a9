"""Comparisons as rows of named cells, the common ground of the tabular formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.comparison.result import Comparison, Comparisons, Difference

FIGURES = (
    "value",
    "baseline",
    "difference",
    "relative",
    "low",
    "high",
    "level",
    "se",
    "df",
    "p",
    "p_adjusted",
    "method",
    "units",
    "unit",
    "samples",
    "mdc",
    "lower",
    "equal",
    "higher",
    "why_not",
)
"""The columns of a difference: attributes of :class:`losscli.comparison.result.Difference`."""


def header(found: Comparisons) -> list[str]:
    """The names of the columns of :func:`rows`."""
    taken = {"loss", "model", "against", "scope", *FIGURES}
    return ["loss", "model", "against", "scope", *(f"group_{n}" if n in taken else n for n in found.by), *FIGURES]


def rows(found: Comparisons) -> Iterator[list[Any]]:
    """One row a comparison and group, and of each comparison one for all samples, with the scope ``total``."""
    for one in found.comparisons:
        for group in one.groups:
            yield [*_of(found, one), "group", *group.names, *_figures(group.difference)]
        yield [*_of(found, one), "total", *[None] * len(found.by), *_figures(one.whole)]


def _of(found: Comparisons, one: Comparison) -> list[Any]:
    return [found.loss, one.name, one.baseline]


def _figures(one: Difference) -> list[Any]:
    return [getattr(one, name) for name in FIGURES]

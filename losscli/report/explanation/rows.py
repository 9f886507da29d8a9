"""Explanations as rows of named cells and as words, the common ground of all formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.report.numbers import rounded, shortest
from losscli.results.explanation import Explained, Explanation
from losscli.spec.steps import Words

HEADER = ("sample", "step", "name", "how", "value")
_OPERATORS = ("- ", "+ ", "· ", "/ ", "^")
"""Behind which a negative number stands in brackets."""
COUNTED = "counted"
IGNORED = "ignored: weight 0 in numerator and denominator"
OMITTED = "omitted: it holds NaN or a missing value, and was left out of every input"


def words(parts: Words, digits: int | None = None) -> str:
    """Text with its numbers rounded to so many digits; else as they are."""
    made = ""
    for i, part in enumerate(parts):
        if isinstance(part, str):
            made += part
            continue
        text = str(part) if isinstance(part, int) else shortest(part) if digits is None else rounded(part, digits)
        power = i + 1 < len(parts) and str(parts[i + 1]).startswith("²")
        inside = text.startswith("-") and (power or made.endswith(_OPERATORS))
        made += f"({text})" if inside else text
    return made


def rows(explanation: Explanation, digits: int | None = None) -> Iterator[list[Any]]:
    """One row a step; of a sample without a loss one that says why."""
    for one in explanation.samples:
        if one.status != COUNTED:
            yield [one.number, None, one.status, without(one), None]
        for i, step in enumerate(one.steps):
            yield [one.number, i + 1, step.name, words(step.how, digits), step.value]


def without(one: Explained) -> str:
    """Why a sample has no loss."""
    return OMITTED if one.status == "omitted" else IGNORED


def title(explanation: Explanation, one: Explained) -> str:
    """Which sample of which loss."""
    place = f" ({one.place})" if one.place else ""
    kept = "".join(f", {name} {text}" for name, text in one.kept.items())
    return f"{explanation.loss}, sample {one.number}{place}{kept}"


def facts(explanation: Explanation, one: Explained, digits: int | None = None) -> list[str]:
    """What there is to say of a sample beside its steps."""
    found = [words(fact, digits) for fact in one.facts]
    if one.status != COUNTED:
        found = [without(one)]
    if one.rank is not None:
        found.append(f"rank {one.rank} of {explanation.ranked}, 1 is the worst")
    return found

"""Verdicts as rows of named cells, the common ground of the tabular formats: one a condition, or one an error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.checks.verdict import ERROR, FAIL, Checked, Condition, Verdicts

HEADER = ("check", "loss", "group", "condition", "limit", "value", "verdict", "message")


def rows(verdicts: Verdicts) -> Iterator[list[Any]]:
    """One row a condition, of the whole and of groups; of what could not be computed, one row that says why."""
    for one in verdicts.checks:
        if one.error is not None:
            yield [one.name, one.loss, "", "", None, None, one.verdict, one.error.message]
        yield from _of_conditions(one, "", one.conditions)
        for group in one.groups:
            yield from _of_conditions(one, group.label, group.conditions)


def _of_conditions(one: Checked, group: str, conditions: tuple[Condition, ...]) -> Iterator[list[Any]]:
    for c in conditions:
        yield [one.name, one.loss, group, c.condition, c.limit, c.value, c.verdict, c.message]


def summary(verdicts: Verdicts) -> str:
    """How many checks failed, in a sentence: ``1 of 2 checks failed.``"""
    total = len(verdicts.checks)
    counts = {word: verdicts.count(verdict) for verdict, word in _WORDS.items()}
    if total == 1:
        return f"The check {next((word for word, count in counts.items() if count), 'passed')}."
    parts = [f"{count} of {total} checks {word}" for word, count in counts.items() if count]
    return f"{', '.join(parts) or f'All {total} checks passed'}."


_WORDS = {FAIL: "failed", ERROR: "could not be made"}

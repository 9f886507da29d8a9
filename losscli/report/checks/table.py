"""A table for reading: a row a condition, and of groups those that did not pass."""

from __future__ import annotations

import sys
from typing import IO, NamedTuple

from losscli.checks.digits import told_apart
from losscli.checks.verdict import ERROR, FAIL, PASS, Checked, Condition, Verdicts
from losscli.report.checks.rows import summary
from losscli.report.numbers import plain
from losscli.report.table import add_row, console, plain_table, text_of

MOST_GROUPS = 20
"""Groups that are shown of a check; other formats have all."""
_WORDS = {PASS: "pass", FAIL: "FAIL", ERROR: "ERROR"}
_STYLES = {PASS: "", FAIL: "bold red", ERROR: "bold red"}


class _Line(NamedTuple):
    check: str
    loss: str
    value: str
    condition: str
    verdict: str
    style: str = ""


def render(verdicts: Verdicts, digits: int, stream: IO[str] | None = None) -> str:
    """The verdicts as text for ``stream`` (standard output)."""
    out = console(stream or sys.stdout)
    lines = [line for one in verdicts.checks for line in _lines(one, digits)]
    named = any(one.name != one.loss for one in verdicts.checks) or any(line.check.startswith(" ") for line in lines)
    first = 0 if named else 1
    columns = ["check", "loss", "value", "condition", "verdict"][first:]
    told = named and all(one.name == one.loss for one in verdicts.checks)  # by the name of the check
    whole = [i for i, name in enumerate(columns) if name != "condition"]
    table = plain_table(*columns, right=(2 - first,), whole=tuple(whole), drop=(1,) if told else ())
    for line in lines:
        add_row(table, *line[first:-1], style=line.style)
    out.print(table)
    for one in verdicts.checks:
        # What a change came to takes a sentence; a limit of the value itself is told by its row.
        sentences = [failure.message for failure in one.failures[:MOST_GROUPS] if failure.rule]
        for text in (*sentences, *one.notes):
            out.print(plain(f"{one.name}: {text}" if one.name != one.loss else text))
    if len(verdicts.checks) > 1 or not verdicts.passed:
        out.print(f"{summary(verdicts)}{f'   {plain(verdicts.source)}' if verdicts.source else ''}")
    return text_of(out)


def _lines(one: Checked, digits: int) -> list[_Line]:
    if one.error is not None:
        return [_Line(one.name, one.loss, "", "", _WORDS[ERROR], _STYLES[ERROR])]
    assert one.result is not None
    lines = _judged(one.name, one.loss, one.conditions, digits)
    if not lines:  # limits of groups alone
        lines = [_Line(one.name, one.loss, told_apart(one.result.value, digits=digits)[0], "", "")]
    beyond = [group for group in one.groups if group.verdict != PASS]
    for group in beyond[:MOST_GROUPS]:
        lines += _judged(f"  {group.label}", one.loss, group.conditions, digits)
    if len(beyond) > MOST_GROUPS:
        lines.append(_Line(f"  and {len(beyond) - MOST_GROUPS} more groups", "", "", "", _WORDS[FAIL], _STYLES[FAIL]))
    return lines


def _judged(name: str, loss: str, conditions: tuple[Condition, ...], digits: int) -> list[_Line]:
    found: list[_Line] = []
    shown = ""
    for c in conditions:
        value, text = _told(c, digits)
        style = _STYLES[c.verdict]
        found.append(_Line(name, loss, "" if value == shown else value, text, _WORDS[c.verdict], style))
        name, loss, shown = "", "", value
    return found


def _told(c: Condition, digits: int) -> tuple[str, str]:
    """A value, and what it is to keep to, in a few words."""
    if c.text or isinstance(c.limit, str):
        return told_apart(c.value, digits=digits)[0], c.text
    value, limit = told_apart(c.value, c.limit, digits=digits)
    return value, f"{c.condition} {limit}"

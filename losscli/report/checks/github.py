"""GitHub Actions: the table, then annotations that a pull request shows beside the lines they speak of."""

from __future__ import annotations

import io
import math
from typing import NamedTuple

from losscli.checks.verdict import Checked, Verdicts
from losscli.report.checks import table
from losscli.report.numbers import plain

MOST = 10
"""Annotations that a step may have; GitHub drops the others without a word."""
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def render(verdicts: Verdicts, digits: int) -> str:
    """The table, and an annotation for whatever did not pass: of many the worst nine, and how many more there are."""
    told = sorted((told for one in verdicts.checks for told in _told(one)), key=lambda told: -told.excess)
    shown = told if len(told) <= MOST else told[: MOST - 1]
    lines = [_annotation(one, text) for one, text, _ in shown]
    if len(told) > len(shown):
        lines.append(_annotation(None, f"and {len(told) - len(shown)} more"))
    # It is for a log, and a terminal's colours would be shown as escapes.
    return table.render(verdicts, digits, io.StringIO()) + "".join(f"{line}\n" for line in lines)


class _Told(NamedTuple):
    of: Checked
    text: str
    excess: float


def _told(one: Checked) -> list[_Told]:
    if one.error is not None:
        return [_Told(one, one.error.message, math.inf)]
    return [_Told(one, failure.message, failure.excess) for failure in one.failures]


def _annotation(one: Checked | None, text: str) -> str:
    properties = {"title": f"losscli {one.name}" if one else "losscli"}
    if one and one.where:
        path, _, line = one.where.rpartition(":")
        properties = {"file": path, "line": line, **properties}
    inner = ",".join(f"{name}={_escaped(value, _PROPERTY)}" for name, value in properties.items())
    return f"::error {inner}::{_escaped(text, _DATA)}"


def _escaped(text: str, marks: dict[str, str]) -> str:
    return "".join(marks.get(c, c) for c in plain(text))

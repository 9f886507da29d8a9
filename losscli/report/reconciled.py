"""What agrees with a reported number, as text."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

from losscli import __version__
from losscli.report import typed
from losscli.report.json import text_of
from losscli.report.numbers import jsonable, plain

if TYPE_CHECKING:
    from losscli.reconciling.search import Candidate, Reconciled

SCHEMA = 1
_MOST = 8
"""Matches that are shown; JSON has all."""
_FEW_DIGITS = 4
"""With fewer digits some convention agrees with nearly any number."""
_MARGIN = 4


def table(found: Reconciled, width: int) -> str:
    """The matches for reading, the simplest first; where there is none, the nearest."""
    reported = found.reported
    within = f"within ±{reported.tolerance:g}"
    if found.matches:
        head = [f"{reported.text} agrees, {within}, with"]
        body = _lines(_grouped(found.matches), found, width)
    else:
        head = [f"{reported.text} agrees, {within}, with none of {found.tried} numbers; the nearest are"]
        body = _lines([(one, []) for one in found.nearest], found, width, apart=True)
    return plain("\n".join([*head, *body, *_chance(found, width)])) + "\n"


def _lines(shown: list[tuple[Candidate, list[int]]], found: Reconciled, width: int, apart: bool = False) -> list[str]:
    digits = max(found.reported.digits + 1, 6)
    figures = [f"{one.value:.{digits}g}" for one, _ in shown]
    margin = max(map(len, figures)) + _MARGIN
    lines = []
    for (one, batches), figure in list(zip(shown, figures, strict=True))[:_MOST]:
        text = words(one, batches)
        if apart:
            text += f" ({one.value - found.reported.value:+.{3}g})"
        lines += textwrap.wrap(
            text, width, initial_indent=f"  {figure:<{margin - 2}}", subsequent_indent=" " * (margin + 2)
        )
        command = one.command(found.files)
        if command is not None and not batches:
            lines += [" " * margin + line for line in typed.command(command, width - margin)]
    if len(shown) > _MOST:
        lines.append(f"  and {len(shown) - _MOST} more")
    return lines


def _grouped(matches: tuple[Candidate, ...]) -> list[tuple[Candidate, list[int]]]:
    """Matches that differ in the size of batches alone, as one."""
    found: dict[Any, tuple[Candidate, list[int]]] = {}
    for one in matches:
        key = one.loss, tuple(item for item in one.shown if item[0] != "batch")
        _, sizes = found.setdefault(key, (one, []))
        sizes += [choice for axis, choice in one.shown if axis == "batch"]
    return [(one, sorted(sizes)) for one, sizes in found.values()]


def words(one: Candidate, batches: list[int] | None = None) -> str:
    """What a number is, in words: the loss, and what it has otherwise."""
    sizes = batches or [choice for axis, choice in one.shown if axis == "batch"]
    parts = [_choice(axis, choice) for axis, choice in one.shown if axis != "batch"]
    if sizes:
        parts.append(f"batches of {', '.join(map(str, sizes))}")
    return ", ".join([one.loss, *parts])


def _choice(axis: str, choice: Any) -> str:
    if axis in ("aggregate", "post", "input"):
        return str(choice)
    if axis == "denominator":
        return f"the sum divided by {choice}"
    if axis == "swapped":
        return "prediction and target swapped"
    if axis == "target":
        return f"prediction and target {choice}"
    if axis == "dtype":
        return f"prediction rounded to {choice}"
    return f"{axis.replace('-', ' ')} {choice}"


def _chance(found: Reconciled, width: int) -> list[str]:
    digits = found.reported.digits
    text = f"{found.tried} different numbers tried"
    if not math.isnan(found.by_chance):
        text += f"; by chance {found.by_chance:.2g} of them would agree with {digits} digit{'s' if digits > 1 else ''}"
    text += "."
    few = ["With so few digits a match says little: give more if you have them."] if digits < _FEW_DIGITS else []
    return [line for sentence in (text, *few) for line in textwrap.wrap(sentence, width)]


def json(found: Reconciled) -> str:
    """One document: the value, what agrees with it, the nearest where nothing does."""
    return text_of(
        {
            "schema": SCHEMA,
            "losscli": __version__,
            "value": found.reported.value,
            "tolerance": found.reported.tolerance,
            "samples": found.samples,
            "tried": found.tried,
            "expected_by_chance": jsonable(found.by_chance),
            "matches": [_candidate(one, found) for one in found.matches],
            "nearest": [_candidate(one, found) for one in found.nearest],
        }
    )


def _candidate(one: Candidate, found: Reconciled) -> dict[str, Any]:
    command = one.command(found.files)
    return {
        "value": one.value,
        "loss": one.loss,
        "cost": one.cost,
        "settings": one.settings,
        "command": None if command is None else " ".join(command),
    }


def quiet(found: Reconciled) -> str:
    """The simplest match in words, or nothing."""
    return "".join(f"{words(one)}\n" for one in found.matches[:1])

"""The JSON document, for programs. ``schema`` changes when a key's meaning does."""

from __future__ import annotations

from typing import Any

from losscli import __version__
from losscli.checks.verdict import ERROR, FAIL, PASS, Checked, Condition, Verdicts
from losscli.report.json import text_of
from losscli.report.numbers import jsonable

SCHEMA = 1
_FIGURES = ("value", "numerator", "denominator", "denominator_is", "samples", "ignored", "omitted", "signature")


def render(verdicts: Verdicts, digits: int) -> str:
    """One document: checks, how many have which verdict, the exit code."""
    return text_of(
        {
            "schema": SCHEMA,
            "losscli": __version__,
            "source": verdicts.source or None,
            "checks": [_checked(one) for one in verdicts.checks],
            "passed": verdicts.count(PASS),
            "failed": verdicts.count(FAIL),
            "errors": verdicts.count(ERROR),
            "exit": verdicts.exit_code,
            "warnings": [one._asdict() for one in verdicts.warnings],
        }
    )


def _checked(one: Checked) -> dict[str, Any]:
    error = None if one.error is None else {"message": one.error.message, "hint": one.error.hint}
    return {
        "name": one.name,
        "loss": one.loss,
        "verdict": one.verdict,
        **{key: jsonable(getattr(one.result, key, None)) for key in _FIGURES},
        "conditions": _conditions(one.conditions),
        "groups": [
            {
                "names": group.names,
                "verdict": group.verdict,
                "value": jsonable(group.value),
                "samples": group.samples,
                "conditions": _conditions(group.conditions),
                "note": group.note or None,
            }
            for group in one.groups
        ],
        "error": error,
        "where": one.where or None,
        "notes": list(one.notes),
    }


def _conditions(conditions: tuple[Condition, ...]) -> list[Any]:
    return [jsonable(_condition(one)) for one in conditions]


def _condition(one: Condition) -> dict[str, Any]:
    """All that is known of a condition; what concerns a change stands there where one is limited."""
    document = one._asdict()
    del document["text"]
    return {key: value for key, value in document.items() if value is not None and value != ""}

"""The JSON document, for programs. ``schema`` changes when a key's meaning does."""

from __future__ import annotations

from typing import Any

from losscli import __version__
from losscli.report.gradients import Shown
from losscli.report.json import text_of
from losscli.report.numbers import jsonable
from losscli.results.gradient import TOLERANCE, Gradient, InputGradient

SCHEMA = 1
_FIGURES = (
    "loss",
    "params",
    "reduction",
    "value",
    "numerator",
    "denominator",
    "denominator_is",
    "samples",
    "by",
    "signature",
)


def render(gradient: Gradient, shown: Shown) -> str:
    """One document: the loss, and of each input's gradient its figures."""
    result = gradient.result
    return text_of(
        {
            "schema": SCHEMA,
            "losscli": __version__,
            "result": {key: jsonable(getattr(result, key)) for key in _FIGURES},
            "way": gradient.way or "closed form",
            "gradients": [_input(one, shown) for one in gradient.inputs],
            "warnings": [one._asdict() for one in result.warnings],
        }
    )


def _input(one: InputGradient, shown: Shown) -> dict[str, Any]:
    found: dict[str, Any] = {
        "input": one.name,
        "source": one.source,
        "shape": list(one.shape),
        **{key: jsonable(getattr(one, key)) for key in ("norm", "largest", "zeros", "not_finite", "size")},
        "exact": one.exact,
        "worst": [jsonable(row._asdict()) for row in one.worst],
        "classes": [jsonable(_class(row._asdict()) | {"net": row.net}) for row in one.classes],
        "groups": [jsonable(row._asdict()) for row in one.groups],
        "worst_samples": [jsonable(_sample(row._asdict())) for row in one.samples],
    }
    if shown.per_sample:
        found["per_sample"] = jsonable(one.per_sample)
    if one.checks:
        found["checks"] = [
            jsonable({**check._asdict(), "tolerance": TOLERANCE, "passed": check.passed}) for check in one.checks
        ]
    return found


def _class(row: dict[str, Any]) -> dict[str, Any]:
    return {"class": row.pop("number"), **row}


def _sample(row: dict[str, Any]) -> dict[str, Any]:
    return {"sample": row.pop("number"), **row}

"""The JSON document, for programs. ``schema`` changes when a key's meaning does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from losscli import __version__
from losscli.report.gradients import Shown
from losscli.report.json import inputs_of, result, text_of, warnings_of
from losscli.report.numbers import jsonable
from losscli.results.gradient import TOLERANCE, Gradient, InputGradient

SCHEMA = 1


def render(gradients: Sequence[Gradient], shown: Shown) -> str:
    """One document: each loss, and of each input's gradient its figures."""
    results = [each.result for each in gradients]
    return text_of(
        {
            "schema": SCHEMA,
            "losscli": __version__,
            "inputs": inputs_of(results),
            "results": [_loss(each, shown) for each in gradients],
            "warnings": warnings_of(results),
        }
    )


def _loss(each: Gradient, shown: Shown) -> dict[str, Any]:
    kept = {"kept": jsonable(each.result.kept)} if shown.per_sample and each.result.kept else {}
    gradients = [_input(one, shown) for one in each.inputs]
    return {
        **result(each.result),
        "by": each.result.by,
        "way": each.way or "closed form",
        "gradients": gradients,
        **kept,
    }


def _input(one: InputGradient, shown: Shown) -> dict[str, Any]:
    found: dict[str, Any] = {
        "input": one.name,
        "source": one.source,
        "shape": list(one.shape),
        **{key: jsonable(getattr(one, key)) for key in ("norm", "largest", "zeros", "not_finite", "size")},
        "exact": one.exact,
        "worst": [jsonable(row._asdict()) for row in one.worst],
        "class_names": list(one.class_names) or None,
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
    kept = row.pop("kept")
    return {"sample": row.pop("number"), **row, **({"kept": kept} if kept else {})}

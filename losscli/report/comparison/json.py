"""The JSON document, for programs. ``schema`` changes when a key's meaning does."""

from __future__ import annotations

from typing import Any

from losscli import __version__
from losscli.comparison.result import Comparison, Comparisons, Difference
from losscli.report.json import text_of
from losscli.report.numbers import jsonable
from losscli.results.result import Result

SCHEMA = 1
_MODEL = ("value", "numerator", "denominator", "denominator_is", "samples", "ignored", "omitted", "signature")


def render(found: Comparisons, digits: int) -> str:
    """One document: the models, the baseline first, and each comparison."""
    return text_of(
        {
            "schema": SCHEMA,
            "losscli": __version__,
            "loss": found.loss,
            "inputs": [i._asdict() | {"shape": list(i.shape), "remarks": list(i.remarks)} for i in found.inputs],
            "models": [_model(name, one) for name, one in found.models.items()],
            "baseline": found.baseline,
            "correct": found.correct,
            "comparisons": [_comparison(found, one) for one in found.comparisons],
            "runs": None if found.spread is None else jsonable(found.spread._asdict()),
            "warnings": [w._asdict() for w in found.warnings],
        }
    )


def _model(name: str, one: Result) -> dict[str, Any]:
    return {"name": name, **{key: jsonable(getattr(one, key)) for key in _MODEL}}


def _figures(one: Difference) -> dict[str, Any]:
    figures: dict[str, Any] = jsonable(one._asdict())
    return {"baseline_value": figures.pop("baseline"), **figures}


def _comparison(found: Comparisons, one: Comparison) -> dict[str, Any]:
    document = {"name": one.name, "baseline": one.baseline, **_figures(one.whole)}
    if found.by:
        document["groups"] = [
            {"names": dict(zip(found.by, group.names, strict=True)), **_figures(group.difference)}
            for group in one.groups
        ]
    document["changed"] = [
        {"sample": c.sample, "baseline": jsonable(c.baseline), "value": jsonable(c.value), "kept": c.kept}
        for c in one.changed
    ]
    return document

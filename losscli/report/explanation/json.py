"""The JSON document, for programs. ``schema`` changes when a key's meaning does."""

from __future__ import annotations

from typing import Any

from losscli import __version__
from losscli.report.explanation.rows import facts, words
from losscli.report.json import inputs_of, result, text_of
from losscli.report.numbers import jsonable
from losscli.results.explanation import Explained, Explanation, Unit

SCHEMA = 1
_FIGURES = ("place", "kept", "status", "value", "rank", "contribution", "share", "units")


def render(explanation: Explanation, digits: int) -> str:
    """One document: the loss of all, and each sample with its inputs, steps and gradients."""
    whole = explanation.result
    return text_of(
        {
            "schema": SCHEMA,
            "losscli": __version__,
            "loss": explanation.loss,
            "inputs": [] if whole is None else inputs_of([whole]),
            "result": None if whole is None else result(whole),
            "ranked": explanation.ranked,
            "samples": [_sample(explanation, one) for one in explanation.samples],
            "left_out": explanation.left_out,
            "warnings": [one._asdict() for one in explanation.warnings],
        }
    )


def _sample(explanation: Explanation, one: Explained) -> dict[str, Any]:
    grid = one.grid
    return {
        "sample": one.number,
        **{key: jsonable(getattr(one, key)) for key in _FIGURES},
        "facts": facts(explanation, one),
        "position": list(one.position),
        "worst_units": [_unit(unit) for unit in one.worst],
        "grid": None if grid is None else [jsonable(dict(zip(grid.header, row, strict=True))) for row in grid.rows],
        "steps": [{"name": s.name, "how": words(s.how), "value": jsonable(s.value)} for s in one.steps],
        "values": jsonable(one.inputs),
        "gradients": jsonable(one.gradients),
        "notes": [words(note) for note in one.notes],
    }


def _unit(unit: Unit) -> dict[str, Any]:
    return {"position": list(unit.position), "values": jsonable(unit.inputs), "value": jsonable(unit.value)}

"""The JSON document, for programs. ``schema`` changes when a key's meaning does."""

from __future__ import annotations

from typing import Any

from losscli import __version__
from losscli.report.json import inputs_of, result, text_of, warnings_of
from losscli.report.numbers import jsonable
from losscli.results.distribution import Bin, Distribution, Histogram, WorstSample

SCHEMA = 1


def render(found: Distribution, digits: int) -> str:
    """One document: the loss, how it spreads, and who has how much of it."""
    one = found.result
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "losscli": __version__,
        "inputs": inputs_of([one]),
        "result": result(one),
        "references": [line._asdict() for line in one.references],
        "shifted": None if found.shifted is None else found.shifted._asdict(),
        "class_names": found.class_names or None,
        "samples": found.samples,
        "infinite": found.infinite,
        "nan": found.nan,
        "exact": found.exact,
        "why_no_shares": found.why_no_shares or None,
        "quantiles": found.quantiles,
        "worst": [row._asdict() for row in found.worst],
        "samples_with_half": found.samples_with_half,
        "bins": [_bin(row) for row in found.bins],
        "histogram": None if found.histogram is None else _histogram(found.histogram),
        "concentration": [row._asdict() for row in found.concentration],
        "by_class": [{"class": row.number, **_without(row._asdict(), "number")} for row in found.classes],
        "wrong": None if found.wrong is None else found.wrong._asdict(),
        "confused": [row._asdict() for row in found.confused],
        "groups": [row._asdict() | {"names": dict(zip(one.by, row.names, strict=True))} for row in found.groups],
        "worst_samples": [_sample(row) for row in found.worst_samples],
        "warnings": warnings_of([one]),
    }
    return text_of({key: jsonable(value) for key, value in document.items()})


def _bin(row: Bin) -> dict[str, Any]:
    return {"from": row.low, "to": row.high, "samples": row.samples, "share": row.share}


def _histogram(one: Histogram) -> dict[str, Any]:
    below = None if one.below is None else _bin(one.below)
    return {"log": one.log, "bins": [_bin(row) for row in one.bins], "below": below}


def _without(figures: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in figures.items() if key != name}


def _sample(row: WorstSample) -> dict[str, Any]:
    told = {"sample": row.number, "loss": row.loss, "share": row.share, "position": row.position, **row.told}
    return {**told, **({"kept": row.kept} if row.kept else {})}

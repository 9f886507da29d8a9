"""The JSON document, for programs. ``schema`` changes when a key's meaning does."""

from __future__ import annotations

from typing import Any

from losscli import __version__
from losscli.report import Report
from losscli.report.numbers import jsonable
from losscli.report.rows import REDUCED
from losscli.result import Result

SCHEMA = 1


def render(report: Report) -> str:
    """One document: inputs, results, warnings."""
    import json

    document = {
        "schema": SCHEMA,
        "losscli": __version__,
        "inputs": [vars(i) | {"shape": list(i.shape), "remarks": list(i.remarks)} for i in _inputs(report)],
        "results": [_result(r, report) for r in report.results],
        "warnings": [vars(w) for w in dict.fromkeys(w for r in report.results for w in r.warnings)],
    }
    # Bytes of a file name that are no text become \udc80 to \udcff, from which Python makes the same name again.
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace").decode() + "\n"


def _inputs(report: Report) -> list[Any]:
    return list(dict.fromkeys(i for r in report.results for i in r.inputs))


def _result(one: Result, report: Report) -> dict[str, Any]:
    document: dict[str, Any] = {key: jsonable(getattr(one, key)) for key in REDUCED}
    document = {"loss": document.pop("loss"), "params": jsonable(one.params), **document}
    if one.by:
        groups = [vars(g) | {"names": dict(zip(one.by, g.names, strict=True))} for g in report.groups(one)]
        document["groups"] = [jsonable(g) for g in groups]
    if report.samples:
        document["per_sample"] = jsonable(one.per_sample)
        document |= {"kept": jsonable(one.kept)} if one.kept else {}
        if report.index is not None and len(report.index) < one.samples + one.omitted:
            document["sample_index"] = jsonable(report.index)
    return document

"""The JSON document, for programs. ``schema`` changes when a key's meaning does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from losscli import __version__
from losscli.report import Report
from losscli.report.numbers import jsonable
from losscli.report.rows import REDUCED, require_samples, status
from losscli.results.result import GroupResult, InputInfo, Result

SCHEMA = 1
_CONTROLS = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}
"""Control characters that JSON may hold as they are, and on which a terminal would act."""


def render(report: Report) -> str:
    """The document as text."""
    return text_of(document(report))


def document(report: Report) -> dict[str, Any]:
    """One document: inputs, results, warnings; and of a recorded run its request."""
    request = report.results[0].request
    return {
        "schema": SCHEMA,
        "losscli": __version__,
        **({} if request is None else {"request": jsonable(request)}),
        "inputs": inputs_of(report.results),
        "results": [whole_result(r, report) for r in report.results],
        "warnings": warnings_of(report.results),
    }


def text_of(document: dict[str, Any]) -> str:
    """A document as one line of JSON that no terminal acts on."""
    import json

    # Bytes of a file name that are no text become \udc80 to \udcff, from which Python makes the same name again.
    text = json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    return text.translate(_CONTROLS) + "\n"


def inputs_of(results: Iterable[Result]) -> list[Any]:
    """The inputs of some results, each once."""
    return [_input(i) for i in dict.fromkeys(i for r in results for i in r.inputs)]


def _input(one: InputInfo) -> dict[str, Any]:
    found = one._asdict() | {"shape": list(one.shape), "remarks": list(one.remarks)}
    content = found.pop("content")
    return found if content is None else found | content.document()


def warnings_of(results: Iterable[Result]) -> list[Any]:
    """The warnings of some results, each once."""
    return [w._asdict() for w in dict.fromkeys(w for r in results for w in r.warnings)]


def result(one: Result) -> dict[str, Any]:
    """A reduced result with its parameters."""
    document: dict[str, Any] = {key: jsonable(getattr(one, key)) for key in REDUCED}
    return {"loss": document.pop("loss"), "params": jsonable(one.params), **document}


def _samples(one: Result) -> dict[str, Any]:
    if one.per_sample is None:
        return {"per_sample": None}
    samples = require_samples([one])
    document = {"per_sample": jsonable(samples[0].losses)}
    return document | {"status": status(samples)} if one.skips else document


def _interval(one: Result | GroupResult) -> dict[str, Any]:
    return {} if one.ci is None else {"ci": jsonable(one.ci._asdict())}


def _group(one: Result, group: GroupResult) -> dict[str, Any]:
    document = group._asdict() | {"names": dict(zip(one.by, group.names, strict=True))}
    del document["ci"]
    return {key: jsonable(value) for key, value in document.items()} | _interval(group)


def whole_result(one: Result, report: Report) -> dict[str, Any]:
    """One result with all that was asked for beside it."""
    document = result(one)
    document |= _interval(one)
    if one.references:
        document["references"] = [jsonable(line._asdict()) for line in one.references]
    if one.by:
        document["groups"] = [_group(one, group) for group in one.groups]
    if report.samples:
        document |= _samples(one)
        document |= {"kept": jsonable(one.kept)} if one.kept else {}
        document |= {"told": jsonable(one.told)} if one.told else {}
        import numpy as np

        if report.index is not None and not np.array_equal(report.index, np.arange(one.samples + one.omitted)):
            document["sample_index"] = jsonable(report.index)
    return document

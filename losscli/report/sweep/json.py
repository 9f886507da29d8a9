"""The JSON document, for programs. ``schema`` changes when a key's meaning does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from losscli import __version__
from losscli.report.json import inputs_of, result, text_of, warnings_of
from losscli.report.numbers import jsonable

if TYPE_CHECKING:
    from losscli.explore.sweep import Row, Sweep

SCHEMA = 1


def render(sweep: Sweep, digits: int) -> str:
    """One document: what was swept, a row a loss and set of values, what data suggest and what was fitted."""
    results = [row.result for row in sweep.rows]
    return text_of(
        {
            "schema": SCHEMA,
            "losscli": __version__,
            "inputs": inputs_of(results),
            "over": [
                {"parameter": one.name, "values": jsonable(list(one.values)), "log": one.log} for one in sweep.over
            ],
            "rows": [_row(row) for row in sweep.rows],
            "marks": [jsonable(one._asdict()) for one in sweep.marks],
            "best": [jsonable(one._asdict()) for one in sweep.best],
            "warnings": warnings_of(results),
        }
    )


def _row(row: Row) -> dict[str, Any]:
    return {
        **result(row.result),
        "at": jsonable(row.at),
        "regimes": {name: one._asdict() for name, one in row.regimes.items()},
        "mean_gradient": jsonable(row.gradient),
        "worst": None if row.worst is None else jsonable(row.worst._asdict()),
    }

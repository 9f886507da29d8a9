"""The JSON document, for programs. ``schema`` changes when a key's meaning does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from losscli import __version__
from losscli.report.json import inputs_of, result, text_of, warnings_of
from losscli.report.numbers import jsonable

if TYPE_CHECKING:
    from losscli.explore.curve import Curve, Series
    from losscli.explore.lying import OnData

SCHEMA = 1


def render(curve: Curve, digits: int) -> str:
    """One document: x, the series, and where the data lie."""
    results = [] if curve.data is None else [curve.data.result]
    return text_of(
        {
            "schema": SCHEMA,
            "losscli": __version__,
            "inputs": inputs_of(results),
            "x": {"is": curve.x_is, "values": jsonable(curve.x)},
            "series": [_series(one) for one in curve.series],
            "data": None if curve.data is None else _data(curve.data),
            "warnings": warnings_of(results),
        }
    )


def _series(one: Series) -> dict[str, Any]:
    found: dict[str, Any] = jsonable(one._asdict())
    return found


def _data(data: OnData) -> dict[str, Any]:
    found: dict[str, Any] = jsonable(data._replace(result=None)._asdict())  # type: ignore[arg-type]
    return found | {"result": result(data.result)}

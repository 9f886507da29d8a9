"""A distribution as rows of named cells, the common ground of the tabular formats.

Its parts have columns of different names, so that one table has a row a figure: which part, of what, which figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.results.distribution import Distribution

HEADER = ("part", "of", "figure", "value")


def rows(found: Distribution) -> Iterator[list[Any]]:
    """One row a figure, under :data:`HEADER`."""
    result = found.result
    for name in ("value", "numerator", "denominator", "samples", "signature"):
        yield ["result", result.loss, name, getattr(result, name)]
    for line in result.references:
        yield from _cells("reference", line.reference, {"value": line.value, "skill": line.skill})
    if found.shifted is not None:
        by = found.shifted.by
        several = {f"by_{i}": one for i, one in enumerate(by)} if isinstance(by, list) else {"by": by}
        yield from _cells("shifted", result.loss, {**several, "value": found.shifted.value, "gain": found.shifted.gain})
    for name in ("samples", "infinite", "nan", "samples_with_half"):
        yield ["distribution", result.loss, name, getattr(found, name)]
    yield from (["quantile", f"{part:g}", "loss", value] for part, value in found.quantiles)
    for part, of, figures in _records(found):
        yield from _cells(part, of, figures)


def _records(found: Distribution) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Each record as its part, what it is of, and its figures."""
    yield from (("worst", f"{one.q:g}", one._asdict()) for one in found.worst)
    yield from (("bin", at, one._asdict()) for at, one in enumerate(found.bins))
    histogram = found.histogram
    yield from (("histogram", at, one._asdict()) for at, one in enumerate(histogram.bins if histogram else ()))
    if histogram is not None and histogram.below is not None:
        yield "histogram", "below", histogram.below._asdict()
    yield from (("concentration", one.samples, one._asdict()) for one in found.concentration)
    yield from (("class", one.number, one._asdict()) for one in found.classes)
    if found.wrong is not None:
        yield "wrong", "all", found.wrong._asdict()
    yield from (("confused", f"{one.target}>{one.predicted}", one._asdict()) for one in found.confused)
    yield from (("group", ",".join(one.names), one._asdict()) for one in found.groups)
    for one in found.worst_samples:
        figures = {"loss": one.loss, "share": one.share, **one.told}
        kept = {f"kept_{name}" if name in figures else name: text for name, text in one.kept.items()}
        yield "sample", one.number, figures | kept


_NAMED = {
    "worst": ("q",),
    "concentration": ("samples",),
    "class": ("number",),
    "confused": ("target", "predicted"),
    "group": ("names",),
}
"""Fields that say what a record is of."""


def _cells(part: str, of: Any, figures: dict[str, Any]) -> Iterator[list[Any]]:
    yield from ([part, of, name, value] for name, value in figures.items() if name not in _NAMED.get(part, ()))

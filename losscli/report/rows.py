"""Results as rows of named cells, the common ground of the tabular formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.errors import OutputError
from losscli.report import Report
from losscli.report.numbers import shortest
from losscli.result import Result

REDUCED = (
    "loss",
    "reduction",
    "value",
    "numerator",
    "denominator",
    "denominator_is",
    "samples",
    "ignored",
    "omitted",
    "clamped",
    "backend",
    "dtype",
    "signature",
)
"""The columns of a reduced result: attributes of :class:`losscli.Result`."""


def text(value: Any) -> str:
    """A cell: floats as the shortest text that reads back as the same float."""
    if value is None:
        return ""
    return shortest(value) if isinstance(value, float) else str(value)


def header_and_rows(report: Report) -> tuple[list[str], Iterator[list[Any]]]:
    """The table a report is: its reduced results, its per-sample losses or its unreduced values."""
    if report.samples:
        return per_sample(report)
    if report.unreduced:
        return unreduced(report)
    if report.results[0].by:
        return by_group(report)
    return list(REDUCED), ([getattr(r, c) for c in REDUCED] for r in report.results)


def per_sample(report: Report) -> tuple[list[str], Iterator[list[Any]]]:
    """One row a sample, one column a loss.

    Raises:
        OutputError: A loss has no per-sample value.
    """
    kept = report.results[0].kept
    columns = [column.tolist() for column in (*kept.values(), *require_samples(report.results))]
    index = report.index.tolist()
    header = ["sample", *kept, *(r.loss for r in report.results)]
    return header, ([*row] for row in zip(index, *columns, strict=True))


def by_group(report: Report) -> tuple[list[str], Iterator[list[Any]]]:
    """One row a loss and group, the total last of each loss, under the columns that part the groups."""
    by = report.results[0].by
    figures = ("value", "numerator", "denominator", "samples")

    def rows() -> Iterator[list[Any]]:
        for one in report.results:
            for group in report.groups(one):
                yield [one.loss, *group.names, *(getattr(group, f) for f in figures)]
            yield [one.loss, *["total", *[""] * (len(by) - 1)], *(getattr(one, f) for f in figures)]

    return ["loss", *by, *figures], rows()


def require_samples(results: list[Result]) -> list[Any]:
    """The per-sample losses of every result.

    Raises:
        OutputError: A loss has none.
    """
    for one in results:
        if one.per_sample is None:
            raise OutputError(f"{one.loss} is one number for the whole set; it has no per-sample losses.")
    return [one.per_sample for one in results]


def unreduced(report: Report) -> tuple[list[str], Iterator[list[Any]]]:
    """The unreduced values: one row a sample; a matrix has one column for each of its columns.

    Raises:
        OutputError: The values have more than two axes, or differ in length between losses.
    """
    header: list[str] = []
    arrays = []
    for one in report.results:
        array = one.value.reshape(-1) if one.value.ndim < 2 else one.value
        if array.ndim > 2:
            raise OutputError(
                f"{one.loss}: unreduced values of shape {one.value.shape} are no table.", "-o out.npy keeps the shape."
            )
        arrays.append(array.reshape(len(array), -1))
        width = arrays[-1].shape[1]
        header += [one.loss] if array.ndim == 1 else [f"{one.loss}_{i}" for i in range(width)]
    if len({len(a) for a in arrays}) > 1:
        raise OutputError("the losses have unreduced values of different lengths.", "ask for one loss at a time.")
    return header, ([x for a in arrays for x in a[i].tolist()] for i in range(len(arrays[0])))

"""Results as rows of named cells, the common ground of the tabular formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.errors import OutputError
from losscli.records import NamedTuple
from losscli.report import Report
from losscli.report.numbers import shortest
from losscli.results.result import GroupResult, Result

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


CI = ("low", "high", "level", "se", "df", "units", "unit", "method", "skew_k", "largest_share", "why_not")
"""The columns of an interval: attributes of :class:`losscli.stats.confidence.Confidence`, under names with ``ci_``."""


REFERENCE = ("reference", "reference_value", "skill")
"""The columns of the best constant."""


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
    referred = any(r.references for r in report.results)
    more = [*_ci_names(report.results[0]), *(REFERENCE if referred else ())]
    rows = ([*(getattr(r, c) for c in REDUCED), *_ci(r), *(_reference(r) if referred else ())] for r in report.results)
    return [*REDUCED, *more], rows


def _reference(one: Result) -> list[Any]:
    """The best constant, of a loss that has one."""
    first = one.references[0] if one.references else None
    return [None] * len(REFERENCE) if first is None else [first.reference, first.value, first.skill]


def _ci_names(one: Result) -> list[str]:
    """The columns of its interval, if that was asked for."""
    return [] if one.ci is None else [f"ci_{name}" for name in CI]


def _ci(one: Result | GroupResult) -> list[Any]:
    return [] if one.ci is None else [getattr(one.ci, name) for name in CI]


class SampleLosses(NamedTuple):
    """Per-sample losses, and which samples have none."""

    values: Any
    ignored: Any
    omitted: Any

    @property
    def losses(self) -> list[float | None]:
        """The loss of each sample, None where it has none."""
        losses: list[float | None] = self.values.tolist()
        for i in (self.ignored | self.omitted).nonzero()[0].tolist():
            losses[i] = None
        return losses


def require_samples(results: list[Result]) -> list[SampleLosses]:
    """The per-sample losses of every result.

    Raises:
        OutputError: A loss has none.
    """
    for one in results:
        if one.per_sample is None:
            raise OutputError(f"{one.loss} is one number for the whole set; it has no per-sample losses.")
    return [SampleLosses(one.per_sample, one.ignored_samples, one.omitted_samples) for one in results]


def status(samples: list[SampleLosses]) -> list[str | None]:
    """Why a sample lacks a loss, or one of several: ``ignored`` or ``omitted``; None where it lacks none."""
    words: list[str | None] = [None] * len(samples[0].values)
    for one in samples:
        for word, flags in (("ignored", one.ignored), ("omitted", one.omitted)):
            for i in flags.nonzero()[0].tolist():
                words[i] = word
    return words


def per_sample(report: Report) -> tuple[list[str], Iterator[list[Any]]]:
    """One row a sample, one column a loss; where samples may be without one, a column that says why.

    Raises:
        OutputError: A loss has no per-sample value.
    """
    samples, kept, told = require_samples(report.results), report.results[0].kept, told_columns(report)
    beside = [column.tolist() for column in (*kept.values(), *told.values())]
    columns = [report.index.tolist(), *beside, *(s.losses for s in samples)]
    header = ["sample", *kept, *told, *(r.loss for r in report.results)]
    if any(r.skips for r in report.results):
        header, columns = [*header, "status"], [*columns, status(samples)]
    return header, ([*row] for row in zip(*columns, strict=True))


def told_columns(report: Report) -> dict[str, Any]:
    """What prediction and target are at the worst samples, as columns under names of their own, places as text."""
    first = report.results[0]
    taken = {"sample", "status", *first.kept, *(r.loss for r in report.results)}
    told = {name: column if column.ndim == 1 else places(column) for name, column in first.told.items()}
    return {f"told_{name}" if name in taken else name: column for name, column in told.items()}


def places(column: Any) -> Any:
    """The places of units in their samples as text: ``2,0``."""
    import numpy as np

    return np.array([",".join(map(str, place)) for place in column.tolist()], object)


def by_group(report: Report) -> tuple[list[str], Iterator[list[Any]]]:
    """One row a loss and group, under the columns that part the groups, and last of each loss its total.

    ``scope`` tells the two apart, whatever a group is called: ``group`` or ``total``.
    """
    by = report.results[0].by
    figures = ("value", "numerator", "denominator", "samples")

    def rows() -> Iterator[list[Any]]:
        for one in report.results:
            for group in one.groups:
                yield [one.loss, "group", *group.names, *(getattr(group, f) for f in figures), *_ci(group)]
            yield [one.loss, "total", *[None] * len(by), *(getattr(one, f) for f in figures), *_ci(one)]

    intervals = _ci_names(report.results[0])
    taken = {"loss", "scope", *figures, *intervals}
    names = [f"group_{name}" if name in taken else name for name in by]
    return ["loss", "scope", *names, *figures, *intervals], rows()


def unreduced(report: Report) -> tuple[list[str], Iterator[list[Any]]]:
    """The unreduced values: one row a sample; a matrix has one column for each of its columns, called as they are.

    Raises:
        OutputError: The values have more than two axes, or differ in length between losses.
    """
    header: list[str] = []
    arrays = []
    for one in report.results:
        array = one.value.reshape(-1) if one.value.ndim < 2 else one.value
        if array.ndim > 2:
            raise OutputError(
                f"{one.loss}: unreduced values of shape {one.value.shape} are not a table.",
                "-o out.npy keeps the shape.",
            )
        arrays.append(array.reshape(len(array), -1))
        header += [one.loss] if array.ndim == 1 else _column_names(one, arrays[-1].shape[1], len(report.results) > 1)
    if len({len(a) for a in arrays}) > 1:
        raise OutputError("the losses have unreduced values of different lengths.", "ask for one loss at a time.")
    return header, ([x for a in arrays for x in a[i].tolist()] for i in range(len(arrays[0])))


def _column_names(one: Result, width: int, several: bool) -> list[str]:
    """What the columns of unreduced values are called: as in the table they come from, and of which loss they are."""
    if not one.columns:
        return [f"{one.loss}_{i}" for i in range(width)]
    return [f"{one.loss}_{name}" if several else name for name in one.columns]

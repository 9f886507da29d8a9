"""What is read beside the inputs, row by row: sample weights, groups, columns to keep, keys that must agree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import ArraySource, Source, Texts
from losscli.errors import DataError, UsageError
from losscli.inputs.inline import as_array, inline
from losscli.records import NamedTuple

if TYPE_CHECKING:
    from losscli.inputs.files import Files
    from losscli.inputs.tables import Tables
    from losscli.knobs.options import Options
    from losscli.spec.loss import Loss


class Beside(NamedTuple):
    """Sources that no loss sees.

    Attributes:
        weight: One weight a sample.
        groups: Columns whose values part the samples into groups.
        keep: Columns to carry along with per-sample losses; those of groups are among them.
        pairs: Columns of two files that must be equal row by row.
        cluster: A column whose values say which samples are one unit of an interval.
        ids: A column that may be one, since it is named like an id and its values repeat.
    """

    weight: Source | None = None
    groups: tuple[Texts, ...] = ()
    keep: tuple[Texts, ...] = ()
    pairs: tuple[tuple[Texts, Texts], ...] = ()
    cluster: Texts | None = None
    ids: Texts | None = None

    @property
    def parts(self) -> str:
        """What a loss that is one number for the whole set lacks of it, in words, or ""."""
        words = [*(["no sample weights"] if self.weight is not None else []), *(["no groups"] if self.groups else [])]
        return " and ".join(words)

    @property
    def any(self) -> bool:
        """Whether there is something to read."""
        return bool(self.weight or self.columns)

    @property
    def columns(self) -> list[Texts]:
        """All columns of text."""
        every = (*self.groups, *self.keep, *(c for pair in self.pairs for c in pair), self.cluster, self.ids)
        return [column for column in dict.fromkeys(every) if column is not None]


class Numbers(Texts):
    """Numbers as text, for what only asks which of them are equal."""

    def __init__(self, source: Source) -> None:
        super().__init__(source.name, source.name, np.empty(0, object))
        self._source, self.sequential = source, source.sequential

    def read(self, start: int, stop: int) -> NDArray[Any]:
        rows = max(0, min(stop, self._source.rows) - start)
        found = self._source.read(start, start + rows, np.empty(rows, self._source.dtype))
        return np.array(list(map(str, found.tolist())), object)


def checked_weights(source: Source, raw: NDArray[Any], start: int) -> NDArray[np.float64]:
    """A block of sample weights as float64.

    Raises:
        DataError: One is negative, infinite or NaN.
    """
    weights = raw.astype(np.float64)
    bad = np.flatnonzero(~((weights >= 0) & np.isfinite(weights)))
    if bad.size:
        at = int(bad[0])
        raise DataError(
            f"{source.name}: the weight at {source.place((start + at,))} is {weights[at]:g}.",
            "a sample's weight is 0 or more.",
        )
    return weights


def open_beside(files: Files, tables: Tables, chosen: list[Loss], options: Options) -> Beside:
    """What is read beside the inputs: sample weights, groups, columns to keep, keys that must agree."""
    given: Any = options.sample_weight
    if given is None:
        weight = None
    elif isinstance(given, str | os.PathLike):
        text = os.fspath(given)
        numbers = None if files.has_column(text) else inline(text)
        weight = tables.numbers(text) if numbers is None else ArraySource(numbers, "sample_weight")
    else:
        weight = ArraySource(as_array(given, "sample_weight"), "sample_weight")
    if weight is not None and len(weight.shape) != 1:
        raise UsageError(f"{weight.name}: sample weights have the shape {weight.shape}.", "give one number a sample.")
    columns = {text: tables.column(text) for text in (*options.by, *options.keep)}
    _label(columns, {"sample", "status", *(one.name for one in chosen)})
    groups = tuple(columns[text] for text in options.by)
    nested = next((column for column in groups if column.nested), None)
    if nested is not None:
        raise UsageError(
            f"{nested.name}: column {nested.column!r} holds lists or objects, which name no groups.",
            "--by takes a column of words or numbers; --keep takes any.",
        )
    cluster = None if options.cluster is None else _cluster(files, tables, options.cluster)
    ids = tables.repeated_id(options.by) if options.ci is not None and cluster is None else None
    return Beside(weight, groups, tuple(columns.values()), tables.pairs(), cluster, ids)


def _cluster(files: Files, tables: Tables, given: Any) -> Texts:
    """What says which samples are one unit: a column, or one value a sample."""
    if not isinstance(given, str | os.PathLike):
        return _in_memory(given)
    text = os.fspath(given)
    if files.is_file(text) and files.locate(text).text in files.sources:
        return Numbers(_one_axis(files.sources[files.locate(text).text]))
    column = tables.column(text)
    if column.nested:
        raise UsageError(f"{column.name}: column {column.column!r} holds lists or objects, which name no clusters.")
    return column


def _in_memory(given: Any) -> Texts:
    values = np.asarray(given)
    if values.dtype.kind in "biuf":
        return Numbers(_one_axis(ArraySource(values, "cluster")))
    if values.ndim != 1 or values.dtype.kind not in "UO":
        raise UsageError(f"cluster has the shape {values.shape}.", "give one name or number a sample.")
    return Texts("cluster", "cluster", np.array(list(map(str, values.tolist())), object))


def _one_axis(source: Source) -> Source:
    if len(source.shape) != 1:
        raise UsageError(f"{source.name}: clusters have the shape {source.shape}.", "give one number a sample.")
    return source


def _label(columns: dict[str, Texts], taken: set[str]) -> None:
    """Name kept columns apart from one another, from losses and from what stands beside them."""
    for text, column in columns.items():
        names = (column.column, text, f"kept_{column.column}", f"kept_{text}")
        column.label = next((name for name in names if name not in taken), text)
        taken.add(column.label)

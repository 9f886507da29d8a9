"""What is read beside the inputs, row by row: sample weights, groups, columns to keep, keys that must agree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import ArraySource, Source, Texts
from losscli.errors import DataError, UsageError
from losscli.inputs.inline import as_array, inline

if TYPE_CHECKING:
    from losscli.inputs.files import Files
    from losscli.inputs.tables import Tables
    from losscli.options import Options
    from losscli.spec.loss import Loss


class Beside(NamedTuple):
    """Sources that no loss sees.

    Attributes:
        weight: One weight a sample.
        groups: Columns whose values part the samples into groups.
        keep: Columns to carry along with per-sample losses; those of groups are among them.
        pairs: Columns of two files that must be equal row by row.
    """

    weight: Source | None = None
    groups: tuple[Texts, ...] = ()
    keep: tuple[Texts, ...] = ()
    pairs: tuple[tuple[Texts, Texts], ...] = ()

    @property
    def parts(self) -> str:
        """What a loss that is one number for the whole set lacks of it, in words, or ""."""
        words = [*(["no sample weights"] if self.weight is not None else []), *(["no groups"] if self.groups else [])]
        return " and ".join(words)

    @property
    def any(self) -> bool:
        """Whether there is something to read."""
        return bool(self.weight or self.groups or self.keep or self.pairs)

    @property
    def columns(self) -> list[Texts]:
        """All columns of text."""
        every = (*self.groups, *self.keep, *(column for pair in self.pairs for column in pair))
        return list(dict.fromkeys(every))


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
    return Beside(weight, groups, tuple(columns.values()), tables.pairs())


def _label(columns: dict[str, Texts], taken: set[str]) -> None:
    """Name kept columns apart from one another, from losses and from what stands beside them."""
    for text, column in columns.items():
        names = (column.column, text, f"kept_{column.column}", f"kept_{text}")
        column.label = next((name for name in names if name not in taken), text)
        taken.add(column.label)

"""What losses of embeddings share: directions, and similarities a slice at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from losscli.spec.arithmetic import Problem
from losscli.spec.kinds import Array, Kind

SIMILARITIES = 2**22
"""Entries of a matrix of similarities that are held at once: 32 MiB in float64."""

Identity = Annotated[Array, Kind("class or identity", dtype="label")]
"""Any whole numbers; equal ones belong together."""


def unit(xp: Any, rows: Array) -> Array:
    """Each row divided by its length; a row of zeros stays."""
    length = xp.sqrt(xp.sum(rows * rows, axis=-1, keepdims=True))
    return rows / xp.clip(length, 1e-12, None)  # the floor of torch's F.normalize


def sliced(rows: int, columns: int) -> Iterator[slice]:
    """The rows of a matrix of similarities, as many at once as may be held."""
    step = max(1, SIMILARITIES // columns)
    for start in range(0, rows, step):
        yield slice(start, start + step)


def others(xp: Any, rows: Array, some: slice, temperature: float) -> Array:
    """The dot products of some rows with every row, over the temperature; of a row with itself -inf: it is left out."""
    every = xp.arange(rows.shape[0], device=rows.device)
    products = xp.matmul(rows[some, :], xp.matrix_transpose(rows)) / temperature
    return xp.where(every[some, None] == every[None, :], -xp.inf, products)


def two_samples(shapes: dict[str, tuple[int, ...]]) -> Problem:
    """What is wrong where a sample has no other one."""
    if all(shape[0] >= 2 for shape in shapes.values()):
        return None
    return (
        "needs at least 2 samples: with one there is nothing to tell it from.",
        "give files of 2 rows or more.",
    )

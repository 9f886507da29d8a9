"""Gradients as rows of named cells, the common ground of the tabular formats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from losscli.errors import OutputError
from losscli.results.gradient import Gradient, called

FIGURES = ("loss", "input", "shape", "norm", "largest", "zeros", "not_finite", "size")


def figures(gradients: Sequence[Gradient]) -> Iterator[list[Any]]:
    """One row an input."""
    for gradient in gradients:
        for one in gradient.inputs:
            shape = "x".join(map(str, one.shape))
            figures = [one.norm, one.largest, one.zeros, one.not_finite, one.size]
            yield [gradient.result.loss, one.name, shape, *figures]


def norms(gradients: Sequence[Gradient]) -> dict[str, Any]:
    """The norm of each sample's gradient, by what the gradient is called.

    Raises:
        OutputError: An input is read whole and has none.
    """
    found = {}
    for gradient in gradients:
        for one in gradient.inputs:
            if one.per_sample is None:
                raise OutputError(f"{one.name} belongs to all samples: its gradient has no norm for each.")
            found[called(gradient.result.loss, one.name, len(gradients) > 1)] = one.per_sample
    return found


def kept(gradients: Sequence[Gradient]) -> dict[str, Any]:
    """What the columns kept beside hold for every sample, by names that no gradient has."""
    taken = norms(gradients)
    return {f"kept_{name}" if name in taken else name: texts for name, texts in gradients[0].result.kept.items()}


def header_of_samples(gradients: Sequence[Gradient]) -> list[str]:
    """The columns of per-sample norms: the sample, those that are kept, and one a gradient."""
    return ["sample", *kept(gradients), *norms(gradients)]


def samples(gradients: Sequence[Gradient]) -> Iterator[list[Any]]:
    """One row a sample."""
    columns = [column.tolist() for column in (*kept(gradients).values(), *norms(gradients).values())]
    for i, row in enumerate(zip(*columns, strict=True)):
        yield [i, *row]

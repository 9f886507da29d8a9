"""Gradients as rows of named cells, the common ground of the tabular formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from losscli.errors import OutputError
from losscli.results.gradient import Gradient, InputGradient

FIGURES = ("input", "shape", "norm", "largest", "zeros", "not_finite", "size")


def figures(gradient: Gradient) -> Iterator[list[Any]]:
    """One row an input."""
    for one in gradient.inputs:
        shape = "x".join(map(str, one.shape))
        yield [one.name, shape, one.norm, one.largest, one.zeros, one.not_finite, one.size]


def header_of_samples(gradient: Gradient) -> list[str]:
    """The columns of per-sample norms: the sample, and one an input."""
    return ["sample", *(one.name for one in require_samples(gradient))]


def samples(gradient: Gradient) -> Iterator[list[Any]]:
    """One row a sample."""
    columns = [one.per_sample.tolist() for one in require_samples(gradient) if one.per_sample is not None]
    for i, row in enumerate(zip(*columns, strict=True)):
        yield [i, *row]


def require_samples(gradient: Gradient) -> tuple[InputGradient, ...]:
    """The gradients, each with one norm a sample.

    Raises:
        OutputError: An input is read whole and has none.
    """
    for one in gradient.inputs:
        if one.per_sample is None:
            raise OutputError(f"{one.name} belongs to all samples: its gradient has no norm for each.")
    return gradient.inputs

"""Gradients in, text out. A renderer a file, each a function from Gradients and how to show them to text."""

from __future__ import annotations

from typing import NamedTuple

CLASSES = 10
"""Classes that tables show; JSON has all."""


class Shown(NamedTuple):
    """How to show gradients.

    Attributes:
        digits: Significant digits, where numbers are for reading.
        per_sample: Whether the norm of every sample is asked for.
    """

    digits: int = 6
    per_sample: bool = False

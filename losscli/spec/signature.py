"""Shapes as NumPy's generalized-ufunc signatures: ``(N,C,*),(N,*)->(N,*) | (C),()->()``.

A letter is one axis, equal wherever it stands; ``*`` is any number of further axes. Forms are
alternatives, tried in order. The sample axis is the first axis of the first form's first input;
an input that does not begin with it (a history, class centres) is not streamed but read whole.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

_GROUP = re.compile(r"\(([^()]*)\)")


class Form(NamedTuple):
    """One alternative: the axes of each input and of the unreduced result."""

    inputs: tuple[tuple[str, ...], ...]
    output: tuple[str, ...]

    def match(self, shapes: list[tuple[int, ...] | None]) -> dict[str, tuple[int, ...]] | None:
        """Bind letters to lengths, or None where ``shapes`` (None: input left out) do not fit."""
        bound: dict[str, tuple[int, ...]] = {}
        for axes, shape in zip(self.inputs, shapes, strict=False):
            if shape is not None and not _bind(axes, shape, bound):
                return None
        return bound

    def result_shape(self, bound: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
        """The shape of the unreduced result for letters bound by :meth:`match`."""
        return tuple(length for axis in self.output for length in bound.get(axis, ()))


def _bind(axes: tuple[str, ...], shape: tuple[int, ...], bound: dict[str, tuple[int, ...]]) -> bool:
    fixed = len(axes) - ("*" in axes)
    if len(shape) < fixed or ("*" not in axes and len(shape) != fixed):
        return False
    position = 0
    for axis in axes:
        width = len(shape) - fixed if axis == "*" else 1
        lengths = shape[position : position + width]
        position += width
        if bound.setdefault(axis, lengths) != lengths:
            return False
    return True


class Signature(NamedTuple):
    """All forms a loss takes, as written in its declaration."""

    text: str

    @property
    def forms(self) -> tuple[Form, ...]:
        """The alternatives, in the order they are tried."""
        return _forms(self.text)

    @property
    def sample_axis(self) -> str:
        """The letter of axis 0 of the first input, or ``*``."""
        return self.forms[0].inputs[0][0]

    def streamed(self, index: int) -> bool:
        """Whether input ``index`` has one row a sample."""
        return self.forms[0].inputs[index][:1] == (self.sample_axis,)

    def shapes(self, index: int) -> str:
        """The shapes input ``index`` may have, for help."""
        seen = dict.fromkeys(f"({', '.join(form.inputs[index])})" for form in self.forms)
        return " or ".join(seen)

    @property
    def elementwise(self) -> bool:
        """Whether the loss has one unit for each element of the prediction."""
        return self.forms[0].output == ("*",)


@cache
def _forms(text: str) -> tuple[Form, ...]:
    return tuple(_parse(form) for form in text.split("|"))


def _parse(text: str) -> Form:
    inputs, _, output = text.partition("->")
    groups = [tuple(a.strip() for a in g.split(",") if a.strip()) for g in _GROUP.findall(inputs)]
    (result,) = _GROUP.findall(output)
    return Form(tuple(groups), tuple(a.strip() for a in result.split(",") if a.strip()))

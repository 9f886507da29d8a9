"""Shapes as NumPy's generalized-ufunc signatures: ``(N,C,*),(N,*)->(N,*) | (C),()->()``.

A letter is one axis, equal wherever it stands; a number is an axis of that length; ``*`` is any number of further
axes; ``ΣS`` is the S of all samples one after the other, each as long as another input tells. ``(p,D)+`` is one
input or several, of which each has a p of its own, as every lower-case letter. Forms are alternatives, tried in
order. The sample axis is called N, or is the first axis of the first form's first input; an input without it (a
history, class centres) is not streamed but read whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from losscli.records import NamedTuple

JOINED = "Σ"
"""Begins the name of an axis along which the samples lie one after the other."""


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
        return tuple(
            length for axis in self.output for length in ((int(axis),) if axis.isdigit() else bound.get(axis, ()))
        )


def _bind(axes: tuple[str, ...], shape: tuple[int, ...], bound: dict[str, tuple[int, ...]]) -> bool:
    fixed = len(axes) - ("*" in axes)
    if len(shape) < fixed or ("*" not in axes and len(shape) != fixed):
        return False
    position = 0
    for axis in axes:
        width = len(shape) - fixed if axis == "*" else 1
        lengths = shape[position : position + width]
        position += width
        if lengths != ((int(axis),) if axis.isdigit() else bound.setdefault(axis, lengths)):
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
        """The letter of the sample axis, or ``*`` where it is the first of any number."""
        first = self.forms[0].inputs[0]
        return "N" if "N" in first else first[0]

    def place(self, index: int) -> int:
        """The axis of input ``index`` that holds the samples; -1 if none does."""
        axes = self.forms[0].inputs[index]
        return axes.index(self.sample_axis) if self.sample_axis in axes else -1

    def shapes(self, index: int) -> str:
        """The shapes input ``index`` may have, for help."""
        seen = dict.fromkeys(f"({', '.join(form.inputs[index])})" for form in self.forms)
        return " or ".join(seen)

    def is_repeated(self, index: int) -> bool:
        """Whether there may be several of an input."""
        inputs, _, _ = self.text.partition("|")[0].partition("->")
        return inputs.split(")")[1 + index].startswith("+")

    def spread(self, counts: Mapping[int, int]) -> Signature:
        """The signature with as many inputs as there are, by the place of those that may be several."""

        def form(text: str) -> str:
            inputs, _, output = text.partition("->")
            groups = []
            for i, group in enumerate(_groups(inputs)):
                each = [_numbered(group, k) for k in range(counts[i])] if i in counts else [group]
                groups += [f"({one})" for one in each]
            return f"{','.join(groups)}->{output}"

        return Signature("|".join(map(form, self.text.split("|"))))

    @property
    def elementwise(self) -> bool:
        """Whether the loss has one unit for each element of the prediction."""
        return self.forms[0].output == ("*",)


@cache
def _forms(text: str) -> tuple[Form, ...]:
    """The forms of a signature.

    Raises:
        ValueError: An axis is no letter, number or ``*``, or the output has one that no input has.
    """
    return tuple(_parse(form) for form in text.split("|"))


def _parse(text: str) -> Form:
    inputs, _, output = text.partition("->")
    groups = tuple(_axes(group, text) for group in _groups(inputs))
    (result,) = (_axes(group, text) for group in _groups(output))
    known = {axis for group in groups for axis in group}
    unknown = [axis for axis in result if not axis.isdigit() and axis not in known]
    if unknown:
        raise ValueError(f"no input of {text.strip()!r} has the axis {unknown[0]!r} of its output")
    return Form(groups, result)


def _numbered(group: str, k: int) -> str:
    return ",".join(f"{axis}{k}" if axis.islower() else axis for axis in map(str.strip, group.split(",")))


def _groups(text: str) -> list[str]:
    """What stands in each pair of brackets."""
    return [opened.partition("(")[2] for opened in text.split(")")[:-1]]


def _axes(group: str, text: str) -> tuple[str, ...]:
    axes = tuple(axis.strip() for axis in group.split(",") if axis.strip())
    for axis in axes:
        if axis != "*" and not _is_letter(axis) and not _is_length(axis):
            raise ValueError(f"{axis!r} in {text.strip()!r} is no axis: a letter, a length or *")
    return axes


def _is_letter(axis: str) -> bool:
    letter = axis.removeprefix(JOINED)
    if letter[:1].islower():  # of one of several
        letter = letter[:1] if letter[1:].isdecimal() else letter
    return len(letter) == 1 and letter.isascii() and letter.isalpha()


def _is_length(axis: str) -> bool:
    return axis.isascii() and axis.isdecimal() and axis[0] != "0"

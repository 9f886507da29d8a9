"""Logits, probabilities, log-probabilities: a prediction given as one of them, for a loss that takes another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import Source
from losscli.errors import DataError, Finding, UsageError
from losscli.inputs.views import View
from losscli.spec.kinds import SPACE_NAMES, SUM_TOLERANCE
from losscli.spec.loss import Input, Loss

_ONE = {"probs": "probability", "log-probs": "log-probability"}

Values = NDArray[np.float64]


def _log_softmax(x: Values) -> Values:
    shifted = x - x.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _sigmoid(x: Values) -> Values:
    small = np.exp(-np.abs(x))  # never above 1
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def _softmax(x: Values) -> Values:
    return np.exp(_log_softmax(x))


# Logits of classes are known up to a constant: log-probabilities are logits already.
_BY_CLASS: dict[tuple[str, str], Callable[[Values], Values]] = {
    ("probs", "logits"): np.log,
    ("probs", "log-probs"): np.log,
    ("log-probs", "logits"): np.asarray,
    ("logits", "log-probs"): _log_softmax,
    ("logits", "probs"): _softmax,
    ("log-probs", "probs"): np.exp,
}
_ALONE: dict[tuple[str, str], Callable[[Values], Values]] = {
    ("probs", "logits"): lambda p: np.log(p) - np.log1p(-p),
    ("log-probs", "logits"): lambda lp: lp - np.log(-np.expm1(lp)),
    ("logits", "probs"): _sigmoid,
    ("log-probs", "probs"): np.exp,
}
"""Yes or no: each value is a probability of its own."""


def convertible(given: str, wanted: str, by_class: bool) -> bool:
    """Whether a prediction given in one space can be converted to another, for classes or for yes and no."""
    return conversion(given, wanted, by_class) is not None


def conversion(given: str, wanted: str, by_class: bool) -> Callable[[Values], Values] | None:
    """What converts a prediction from one space to another, for classes along axis 1 or for yes and no; or None."""
    return (_BY_CLASS if by_class else _ALONE).get((given, wanted))


class Converted(View):
    """A prediction in the space that a loss takes.

    Args:
        source: The prediction as it was given.
        given: Its space.
        wanted: The space that the loss takes.
        classes: The axis along which its classes make up a distribution; 0 where there is none.
    """

    def __init__(self, source: Source, given: str, wanted: str, classes: int) -> None:
        super().__init__(source, source.row_shape, f"{SPACE_NAMES[given]}, converted to {SPACE_NAMES[wanted]}")
        self._given, self._classes = given, classes
        self._convert = (_BY_CLASS if classes else _ALONE)[given, wanted]
        self._to_logits = wanted == "logits" and not classes
        self._told = False
        self.dtype = np.dtype(np.float64)  # a logarithm of float32 has digits that float32 has not

    def seen(self, rows: NDArray[Any], start: int) -> NDArray[Any]:
        values = rows.astype(np.float64)
        missing = self._source.missing(start, start + len(rows))
        if missing is not None:
            values[missing] = 0.5 if self._given == "probs" else -1.0  # left out later; nothing to stumble over
        self._refuse(values, start)
        if self._classes and self._given == "probs":
            self._doubt(values)
        with np.errstate(all="ignore"):
            if self._classes < 2:
                return self._convert(values)
            return np.moveaxis(self._convert(np.moveaxis(values, self._classes, 1)), 1, self._classes)

    def _refuse(self, values: Values, start: int) -> None:
        """Raise on what is not of the space that was named, or has no finite logit."""
        if self._given == "logits":
            return
        bad = (values < 0) | (values > 1) if self._given == "probs" else values > 0
        if bad.any():
            raise self._error(bad, values, start, f"is no {_ONE[self._given]}", "was --pred-is meant for this file?")
        sure = (values == 0) | (values == 1) if self._given == "probs" else (values == 0) | (values == -np.inf)
        if self._to_logits and sure.any():
            raise self._error(sure, values, start, "has no finite logit", "a loss of probabilities takes it as it is.")

    def _error(self, bad: NDArray[np.bool_], values: Values, start: int, problem: str, hint: str) -> DataError:
        at = np.argwhere(bad)[0]
        place = self._source.place((int(at[0]) + start, *map(int, at[1:])))
        return DataError(f"{self.name}: {values[tuple(at)]:.6g} at {place} {problem}.", hint)

    def _doubt(self, values: Values) -> None:
        sums = values.sum(axis=self._classes)
        if not self._told and bool((np.abs(sums - 1.0) > SUM_TOLERANCE).any()):
            self._told = True
            message = f"{self.name}: the probabilities of a sample do not sum to 1."
            self.notes = (*self.notes, Finding("L203", message, "divide each row by its sum, if they should."))


def as_wanted(chosen: Sequence[Loss], sources: Mapping[str, Source], given: str) -> list[dict[str, Source]]:
    """The sources of each loss, its prediction converted from the space it was given in.

    Raises:
        UsageError: A loss takes no such prediction, or there is more than one way to convert it.
    """
    made: dict[tuple[str, str, int], Source] = {}  # one view for all losses that take the same
    return [{**sources, **_predictions(one, sources, given, made)} for one in chosen]


def _predictions(
    one: Loss, sources: Mapping[str, Source], given: str, made: dict[tuple[str, str, int], Source]
) -> dict[str, Source]:
    roles = [role for role in one.inputs if role.kind.space and role.name in sources]
    if not roles:
        raise UsageError(f"{one.name} takes neither logits nor probabilities.", "leave --pred-is out.")
    found = {}
    for role in roles:
        key = (role.name, role.kind.space, _classes(one, role, sources[role.name]))
        if key not in made:
            made[key] = _converted(one, role, sources[role.name], given)
            made[key].stated = role.kind.space
        found[role.name] = made[key]
    return found


def _converted(one: Loss, role: Input, source: Source, given: str) -> Source:
    wanted, classes = role.kind.space, _classes(one, role, source)
    if given == wanted:
        return source
    several = "C" in one.signature.forms[0].inputs[0] and len(source.shape) > 1 and source.shape[1] > 1
    if several and not classes and given == "logits":
        raise UsageError(
            f"{one.name} takes probabilities, and logits of several classes become some by sigmoid or by softmax.",
            "apply the one that your model uses, and give probabilities.",
        )
    if classes >= len(source.shape):
        return source  # whose shape the plan will refuse
    return Converted(source, given, wanted, classes)


def _classes(one: Loss, role: Input, source: Source) -> int:
    """The axis along which classes make up a distribution; 0 where each value is one of its own."""
    if not role.kind.normalised:
        return 0
    index = one.inputs.index(role)
    forms = [f.inputs[index] for f in one.signature.forms if "C" in f.inputs[index]]
    fitting = next((axes for axes in forms if "*" not in axes and len(axes) == len(source.shape)), forms[0])
    return max(1, fitting.index("C"))

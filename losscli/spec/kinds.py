"""What an input or a parameter may be: one declared domain, used for checking, for help and for random test data."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, NamedTuple

Array = Any
"""An array of whichever namespace the kernel was handed as ``xp``."""


class Interval(NamedTuple):
    """The real interval from ``low`` to ``high``; each end belongs to it or not."""

    low: float = -math.inf
    high: float = math.inf
    closed_low: bool = True
    closed_high: bool = True

    def __contains__(self, value: Any) -> bool:
        above = value >= self.low if self.closed_low else value > self.low
        below = value <= self.high if self.closed_high else value < self.high
        return bool(above and below)

    @property
    def bounded(self) -> bool:
        """Whether any finite number lies outside."""
        return self.low > -math.inf or self.high < math.inf

    @property
    def phrase(self) -> str:
        """The domain as "it must be" goes on."""
        both = math.isfinite(self.low) and math.isfinite(self.high)
        return f"in {self}" if both else str(self)

    def __str__(self) -> str:
        if not self.bounded:
            return "any real"
        if self.high == math.inf:
            return f"{'≥' if self.closed_low else '>'} {self.low:g}"
        if self.low == -math.inf:
            return f"{'≤' if self.closed_high else '<'} {self.high:g}"
        return f"{'[' if self.closed_low else '('}{self.low:g}, {self.high:g}{']' if self.closed_high else ')'}"


ANY = Interval()


Space = Literal["", "logits", "probs", "log-probs"]
"""How a prediction tells how likely something is: raw scores, probabilities or their logarithms; "" for neither."""
SPACE_NAMES: dict[str, str] = {"logits": "logits", "probs": "probabilities", "log-probs": "log-probabilities"}
"""The spaces in words."""


SUM_TOLERANCE = 5e-3
"""How far from 1 rows of probabilities may sum: ten classes written with three decimals, or float16."""


class Kind(NamedTuple):
    """A kind of input: its name in the field, the domain of its values and how blocks of it are laid out.

    Args:
        name: The field's term, shown by ``show`` and in errors.
        domain: Where values must lie; outside is an error, or with ``soft`` a warning.
        dtype: ``real`` is converted to the arithmetic dtype, ``label`` to int64.
        looks_like: What values outside the domain usually are.
        space: What a prediction of classes or of yes and no is given as.
        distribution: The values of a sample along the class axis sum to 1.
        classes_first: The kernel sees the class axis (axis 1 in files) as axis 0, so that
            reductions over classes run along it whatever the other axes are.
        picked: The kernel only picks entries, so a block may stay in the file's own float dtype.
        broadcast: The input may be smaller than the prediction and is then repeated, as torch does.
        binary: 0 and 1 stand for no and yes, which a file may also tell in words.
        ignorable: Label kinds: the parameter that names a label to leave out.
        soft_form: The kind this input has where the matched shape carries a class axis.
    """

    name: str
    domain: Interval = ANY
    dtype: Literal["real", "label"] = "real"
    soft: bool = False
    looks_like: str = ""
    space: Space = ""
    distribution: bool = False
    classes_first: bool = False
    picked: bool = False
    broadcast: bool = False
    binary: bool = False
    ignorable: str = ""
    soft_form: Kind | None = None


class Choice(NamedTuple):
    """A parameter that is one of a few words."""

    options: tuple[str, ...]


class PerClass(NamedTuple):
    """A parameter that is an array with one number a class; a file or an inline list on the command line."""

    domain: Interval = ANY


UNIT = Interval(0.0, 1.0)
"""Probabilities, and labels of yes and no."""
_NOT_NEGATIVE = Interval(0.0)

Real = Annotated[Array, Kind("real number")]
Logit = Annotated[Array, Kind("logit", space="logits")]
Probability = Annotated[Array, Kind("probability", UNIT, space="probs")]
BinaryTarget = Annotated[
    Array,
    Kind("binary label or probability", UNIT, looks_like="targets are 0 or 1, or probabilities between", binary=True),
]
Logits = Annotated[Array, Kind("logits", space="logits", classes_first=True)]
LogProbabilities = Annotated[
    Array,
    Kind(
        "log-probabilities",
        Interval(-math.inf, 0.0),
        soft=True,
        space="log-probs",
        classes_first=True,
        picked=True,
    ),
]
Label = Annotated[Array, Kind("class index", dtype="label", ignorable="ignore_index")]
LabelOrProbabilities = Annotated[
    Array,
    Kind(
        "class index, or class probabilities of the prediction's shape",
        dtype="label",
        ignorable="ignore_index",
        soft_form=Kind(
            "class probabilities",
            UNIT,
            looks_like="class probabilities lie between 0 and 1",
            distribution=True,
            classes_first=True,
        ),
    ),
]
Weight = Annotated[Array, Kind("weight", _NOT_NEGATIVE, looks_like="weights are not negative")]
BroadcastWeight = Annotated[Array, Kind("weight", _NOT_NEGATIVE, looks_like="weights are not negative", broadcast=True)]
Relevance = Annotated[Array, Kind("relevance grade", _NOT_NEGATIVE, looks_like="relevance grades are not negative")]
Embedding = Annotated[Array, Kind("embedding")]

Positive = Annotated[float, Interval(0.0, closed_low=False)]
NonNegative = Annotated[float, _NOT_NEGATIVE]
UnitFloat = Annotated[float, UNIT]
AnyInt = Annotated[int, ANY]
PositiveInt = Annotated[int, Interval(1.0)]
ClassWeights = Annotated[Array, PerClass(_NOT_NEGATIVE)]

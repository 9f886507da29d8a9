"""What an input or a parameter may be: one declared domain, used for checking, for help and for random test data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from losscli.records import NamedTuple
from losscli.spec.calls import call

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
        endless = (self.closed_low and self.low == -math.inf) or (self.closed_high and self.high == math.inf)
        if not self.bounded:
            return "any real" if endless else "finite"
        if self.high == math.inf:
            return f"{'≥' if self.closed_low else '>'} {self.low:g}{'' if endless else ' and finite'}"
        if self.low == -math.inf:
            return f"{'≤' if self.closed_high else '<'} {self.high:g}{'' if endless else ' and finite'}"
        return f"{'[' if self.closed_low else '('}{self.low:g}, {self.high:g}{']' if self.closed_high else ')'}"

    def outside(self, values: Array) -> Array:
        """Which values do not lie in it."""
        below = values < self.low if self.closed_low else values <= self.low
        above = values > self.high if self.closed_high else values >= self.high
        return below | above


class Among(NamedTuple):
    """A few numbers, such as -1 and 1, and nothing between them."""

    numbers: tuple[float, ...]

    def __contains__(self, value: Any) -> bool:
        return value in self.numbers

    @property
    def bounded(self) -> bool:
        """Whether any finite number lies outside."""
        return True

    @property
    def low(self) -> float:
        """The smallest."""
        return min(self.numbers)

    @property
    def high(self) -> float:
        """The largest."""
        return max(self.numbers)

    def __str__(self) -> str:
        return f"{{{', '.join(f'{number:g}' for number in self.numbers)}}}"

    def outside(self, values: Array) -> Array:
        """Which values are none of them."""
        found = values != self.numbers[0]
        for number in self.numbers[1:]:
            found &= values != number
        return found


ANY = Interval()


Space = Literal["", "logits", "probs", "log-probs"]
"""How a prediction tells how likely something is: raw scores, probabilities or their logarithms; "" for neither."""
SPACE_NAMES: dict[str, str] = {"logits": "logits", "probs": "probabilities", "log-probs": "log-probabilities"}
"""The spaces in words."""


SUM_TOLERANCE = 5e-3
"""How far from 1 rows of probabilities may sum: ten classes written with three decimals, or float16."""


class Rule(NamedTuple):
    """What must hold of the values of a sample together.

    Args:
        words: As "every sample must" goes on.
        broken: Which samples break it, from a block of shape (samples, ...) of NumPy numbers.
        mend: The block with every sample changed so that it holds, for drawing examples.
        hint: What helps.
    """

    words: str
    broken: Callable[[Array], Array]
    mend: Callable[[Array], Array]
    hint: str = ""


class Kind(NamedTuple):
    """A kind of input: its name in the field, the domain of its values and how blocks of it are laid out.

    Args:
        name: The field's term, shown by ``show`` and in errors.
        domain: Where values must lie; outside is an error, or with ``soft`` a warning.
        dtype: ``real`` is converted to the arithmetic dtype; ``label``, a class, and ``length``, which tells how many
            values of a sample count, to int64.
        looks_like: What values outside the domain usually are.
        space: What a prediction of classes or of yes and no is given as.
        distribution: The values of a sample along the class axis sum to 1.
        classes_first: The kernel sees the class axis (axis 1 in files) as axis 0, so that
            reductions over classes run along it whatever the other axes are.
        picked: The kernel only picks entries, so a block may stay in the file's own float dtype.
        broadcast: The input may be smaller than the prediction and is then repeated, as torch does: ``trailing``, its
            axes are the prediction's last ones, or of length 1; ``leading``, it has all of them, one
            of which may be of length 1, or all but the last, or none.
        weighs: It holds weights, of which a negative one is warned of.
        binary: 0 and 1 stand for no and yes, which a file may also tell in words.
        ignorable: Label kinds: the parameter that names a label to leave out.
        padding: Label kinds: a label that stands for no class, and ends or fills a row.
        reserved: Label kinds: the parameter that names a label that may not stand there.
        counts: Lengths: the input of which each sample has so many values. What lies beyond is padding, which nobody
            looks at; and its samples may lie one after the other, where the signature has a form for that.
        along: Lengths: the letter of the axis that they count along.
        rules: What must hold of the values of each sample together.
        soft_form: The kind this input has where the matched shape carries a class axis.
    """

    name: str
    domain: Interval | Among = ANY
    dtype: Literal["real", "label", "length"] = "real"
    soft: bool = False
    looks_like: str = ""
    space: Space = ""
    distribution: bool = False
    classes_first: bool = False
    picked: bool = False
    broadcast: Literal["", "trailing", "leading"] = ""
    weighs: bool = False
    binary: bool = False
    ignorable: str = ""
    padding: int | None = None
    reserved: str = ""
    counts: str = ""
    along: str = ""
    rules: tuple[Rule, ...] = ()
    soft_form: Kind | None = None

    @property
    def normalised(self) -> bool:
        """Whether its values along the class axis are a distribution, or become one."""
        return self.classes_first or self.space == "log-probs"


class Choice(NamedTuple):
    """A parameter that is one of a few words."""

    options: tuple[str, ...]


class KindBy(NamedTuple):
    """A kind that depends on parameters: ``choose`` names those it needs, and returns the kind."""

    choose: Callable[..., Kind]

    def kind(self, parameters: Mapping[str, Any]) -> Kind:
        """The kind for these parameters."""
        found: Kind = call(self.choose, parameters)
        return found


class Along(NamedTuple):
    """A parameter that is an array with one number for each place along an axis of the inputs, named by its letter.

    A file or an inline list on the command line. With "" its length is its own. Its numbers are ``whole``; those
    outside a ``soft`` domain are warned of.
    """

    axis: str
    domain: Interval = ANY
    whole: bool = False
    soft: bool = False


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
Probabilities = Annotated[
    Array,
    Kind("class probabilities", UNIT, space="probs", distribution=True, classes_first=True),
]
LogValues = Annotated[Array, Kind("log-probability", Interval(-math.inf, 0.0), soft=True)]
ClassIndex = Annotated[Array, Kind("class index", dtype="label")]
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
Weight = Annotated[Array, Kind("weight", _NOT_NEGATIVE, soft=True, weighs=True)]
BroadcastWeight = Annotated[Array, Kind("weight", _NOT_NEGATIVE, soft=True, weighs=True, broadcast="trailing")]
Relevance = Annotated[Array, Kind("relevance grade", _NOT_NEGATIVE, looks_like="relevance grades are not negative")]
Embedding = Annotated[Array, Kind("embedding")]


def lengths(of: str, along: str) -> Kind:
    """How many values of each sample count: of which input, and along which of its axes."""
    return Kind("length", _NOT_NEGATIVE, dtype="length", counts=of, along=along)


SIGNS = Among((-1.0, 1.0))
"""Two sides, such as alike and unlike, or first and second."""
Sign = Annotated[Array, Kind("sign", SIGNS, looks_like="it is -1 or 1")]
Distance = Annotated[Array, Kind("distance", _NOT_NEGATIVE, soft=True)]
Flag = Annotated[Array, Kind("yes or no", Among((0.0, 1.0)), looks_like="it is 0 or 1", binary=True)]

Positive = Annotated[float, Interval(0.0, closed_low=False)]
NonNegative = Annotated[float, _NOT_NEGATIVE]
UnitFloat = Annotated[float, UNIT]
AnyFloat = Annotated[float, ANY]
AnyInt = Annotated[int, ANY]
PositiveInt = Annotated[int, Interval(1.0)]
ClassWeights = Annotated[Array, Along("C", _NOT_NEGATIVE, soft=True)]

PREPARED = "prepared"
Prepared = Annotated[Any, PREPARED]
"""Not given by the user: what :meth:`losscli.spec.loss.Loss.prepare` made, by that function's name; or ``samples``,
the numbers of the samples that a block holds."""

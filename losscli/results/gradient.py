"""What a gradient comes to: the array itself, and who gets how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from losscli.results.result import Result

TOLERANCE = 1e-6
"""What a closed form may be off by, relative to the largest gradient, to pass a check."""


class Worst(NamedTuple):
    """What the samples with the largest gradients have of it.

    Attributes:
        q: Their share of all samples.
        samples: How many they are.
        share: The sum of their norms over that of all.
        loss_share: What as many samples with the largest losses have of the loss; None where that has no shares.
    """

    q: float
    samples: int
    share: float
    loss_share: float | None


class OfClass(NamedTuple):
    """One class of the scores: a step against the gradient raises them by ``up`` and lowers them by ``down``.

    Attributes:
        number: The class, as targets name it.
        targets: How many labels that count name it; None where targets are no labels.
        up: The sum of the negative entries of its column, without their sign.
        down: The sum of the positive ones.
    """

    number: int
    targets: int | None
    up: float
    down: float

    @property
    def net(self) -> float:
        """The sum of the column."""
        return self.down - self.up


class OfGroup(NamedTuple):
    """The samples that share their values in the columns of ``by``.

    Attributes:
        names: Those values.
        samples: How many they are.
        share: What they have of the sum of all norms that are finite.
        loss_share: What they have of the loss; None where that has no shares.
    """

    names: tuple[str, ...]
    samples: int
    share: float
    loss_share: float | None


class OfSample(NamedTuple):
    """One sample.

    Attributes:
        number: Which one it is.
        norm: The norm of its gradient.
        share: What that has of the sum of norms; None where it is not finite.
        loss: Its loss; None if it has none.
        kept: What the columns kept beside hold, by their names.
    """

    number: int
    norm: float
    share: float | None
    loss: float | None
    kept: dict[str, Any]


class Deviation(NamedTuple):
    """How far the closed form is from another way to the gradient, relative to the largest entry.

    Attributes:
        of: ``autograd`` or ``differences``.
        entries: How many were compared.
        largest: The largest deviation.
        sample: Where that is.
    """

    of: str
    entries: int
    largest: float
    sample: int

    @property
    def passed(self) -> bool:
        """Whether it is small enough, and a number."""
        return self.largest <= TOLERANCE


@dataclass(eq=False, repr=False)
class InputGradient:
    """The gradient to one input.

    Attributes:
        name: The input.
        source: Where it was read from.
        shape: Its shape, and the gradient's.
        array: The gradient; None if it went to a file, or was not wanted.
        norm: Its Euclidean norm, of the entries that are finite.
        largest: Its largest absolute entry that is finite.
        zeros: How many entries are 0.
        not_finite: How many are NaN or infinite.
        size: How many there are.
        per_sample: The norm of each sample's gradient; None where the input is read whole.
        worst: Who gets most of it.
        classes: By class, those with most first, where the input holds scores of classes.
        samples: The samples with the largest norms.
        groups: Groups of samples, if they were asked for.
        checks: How far the closed form is from other ways, if that was asked for.
        exact: Whether shares are; of very many samples they are right to a thousandth of themselves or better.
        class_names: The words that name the classes in the target, by their numbers; () where numbers do.
    """

    name: str
    source: str
    shape: tuple[int, ...]
    array: NDArray[Any] | None
    norm: float
    largest: float
    zeros: int
    not_finite: int
    size: int
    per_sample: NDArray[Any] | None = None
    worst: tuple[Worst, ...] = ()
    classes: tuple[OfClass, ...] = ()
    samples: tuple[OfSample, ...] = ()
    groups: tuple[OfGroup, ...] = ()
    checks: tuple[Deviation, ...] = ()
    exact: bool = True
    class_names: tuple[str, ...] = ()

    def named(self, number: int) -> str:
        """A class as the target names it."""
        return self.class_names[number] if self.class_names else str(number)


def called(loss: str, name: str, several: bool) -> str:
    """What a gradient is called: as the input that it is to, where there are several losses after the loss too."""
    return f"{loss}.{name}" if several else name


@dataclass(eq=False, repr=False)
class Gradient:
    """The gradients of a reduced loss.

    Attributes:
        result: The loss itself; where norms of samples are wanted with what the columns kept beside hold, as ``kept``.
        inputs: One gradient an input that was asked for, in the loss's order.
        way: How they were taken where that is no closed form, such as ``autograd``.
    """

    result: Result
    inputs: tuple[InputGradient, ...]
    way: str = ""

    @property
    def array(self) -> NDArray[Any] | None:
        """The gradient to the first of the inputs."""
        return self.inputs[0].array

    def __getitem__(self, name: str) -> InputGradient:
        """The gradient to the input of that name.

        Raises:
            KeyError: It was not asked for.
        """
        return {one.name: one for one in self.inputs}[name]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for one in self.inputs for check in one.checks)

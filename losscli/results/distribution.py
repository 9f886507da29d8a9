"""What a loss is made of: how it spreads over samples, which samples, classes and groups hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli.errors import UsageError

if TYPE_CHECKING:
    from losscli.reference.lines import Shift
    from losscli.results.result import Result


class Worst(NamedTuple):
    """The samples that add most.

    Attributes:
        q: Their part of all samples.
        samples: How many they are.
        above: What the least of them adds.
        share: What they have of the loss; None where it has no shares.
        without: The loss of all others; None if there are none, or a sum is asked for that has no count.
    """

    q: float
    samples: int
    above: float
    share: float | None
    without: float | None


class Bin(NamedTuple):
    """The samples whose loss lies from ``low`` to below ``high``; of the last bin up to that.

    Attributes:
        low: The lower end.
        high: The upper end.
        samples: How many they are.
        share: What they have of the loss; None where it has no shares.
    """

    low: float
    high: float
    samples: int
    share: float | None


class Histogram(NamedTuple):
    """Samples by their loss in more bins, all of one width, as a picture has them.

    Attributes:
        log: Whether from one end to the next is one factor, and not one step.
        bins: The bins.
        below: The samples with smaller losses than those of the first bin; None if there are none.
    """

    log: bool
    bins: tuple[Bin, ...]
    below: Bin | None


class Reach(NamedTuple):
    """The samples that add most, of more and more samples.

    Attributes:
        samples: How many they are.
        above: What each of them adds at least.
        share: What they have of the loss; None where it has no shares.
    """

    samples: int
    above: float
    share: float | None


class OfClass(NamedTuple):
    """The targets that name one class.

    Attributes:
        number: The class, as targets name it.
        targets: How many they are.
        right: How many of them have the highest score there.
        mean: Their loss.
        share: What they have of the whole; None where it has no shares.
    """

    number: int
    targets: int
    right: int
    mean: float
    share: float | None


class Confused(NamedTuple):
    """Targets of one class of which another has the highest score, and what they have of the loss."""

    target: int
    predicted: int
    targets: int
    share: float | None


class Wrong(NamedTuple):
    """All targets whose class has not the highest score."""

    targets: int
    mean: float | None
    share: float | None


class OfGroup(NamedTuple):
    """The samples that share their values in the columns of ``by``.

    Attributes:
        names: Those values.
        samples: How many they are.
        part: Their part of all samples.
        value: Their loss.
        share: What they have of the whole; None where it has no shares.
    """

    names: tuple[str, ...]
    samples: int
    part: float
    value: float
    share: float | None


class WorstSample(NamedTuple):
    """A sample that adds much.

    Attributes:
        number: The sample.
        loss: Its loss, as ``compute -s`` has it.
        share: What it has of the whole; None where it has no shares.
        position: Which of its values adds most, by its place in the sample; () where there is one alone.
        told: What prediction and target are there: ``pred``, ``target`` and ``error`` of numbers; ``target``,
            ``predicted`` and ``p`` of the target of classes.
        kept: The columns kept beside.
    """

    number: int
    loss: float
    share: float | None
    position: tuple[int, ...]
    told: dict[str, float | int]
    kept: dict[str, Any]


@dataclass(eq=False, repr=False)
class Distribution:
    """What a loss is made of.

    Attributes:
        result: The loss itself, with its references.
        samples: How many samples have a finite loss: all below is about them.
        infinite: How many have an infinite loss.
        nan: How many have NaN.
        quantiles: The losses of samples below which a part of them lies, with that part; 0 is the smallest, 1 the
            largest.
        worst: What the samples have that add most.
        samples_with_half: The fewest samples that have half of the loss; None where it has no shares.
        bins: Samples by their loss.
        classes: Targets by class, those with most of the loss first, where the prediction holds scores of classes.
        wrong: All targets that another class has the highest score of.
        confused: Pairs of classes, those with most of the loss first.
        groups: Groups of samples, if they were asked for.
        worst_samples: The samples that add most.
        exact: Whether every figure is; of very many samples quantiles are right to 0.4 %.
        why_no_shares: Why the loss has no shares; else "".
        class_names: The words that name the classes in the target, by their numbers; () where numbers do.
        shifted: What the loss comes to with the best constant added to all predictions, ``by`` which, and the ``gain``;
            None of what is not the loss of a real error, and without references.
        histogram: Samples by their loss, as the picture has them; None where all losses are equal.
        concentration: What the samples hold that add most, from one on to all.
    """

    result: Result
    samples: int
    infinite: int
    nan: int
    quantiles: tuple[tuple[float, float], ...]
    worst: tuple[Worst, ...]
    samples_with_half: int | None
    bins: tuple[Bin, ...]
    classes: tuple[OfClass, ...]
    wrong: Wrong | None
    confused: tuple[Confused, ...]
    groups: tuple[OfGroup, ...]
    worst_samples: tuple[WorstSample, ...]
    exact: bool = True
    why_no_shares: str = ""
    class_names: tuple[str, ...] = ()
    shifted: Shift | None = None
    histogram: Histogram | None = None
    concentration: tuple[Reach, ...] = ()

    def plot(self) -> str:
        """The picture as SVG: how losses spread, and how much of the whole the worst samples hold."""
        from losscli.results.shown import picture_of

        found = picture_of(self)
        if found is None:
            raise UsageError("there is nothing to draw: no loss is finite, or all are equal.", "it has its figures.")
        return found

    def _repr_svg_(self) -> str | None:
        from losscli.results.shown import picture_of

        return picture_of(self)

    def named(self, number: int) -> str:
        """A class as the target names it."""
        return self.class_names[number] if self.class_names else str(number)

"""Where the numbers of some samples come from, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli.spec.steps import Grid, Step, Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from losscli.results.result import Result


class Unit(NamedTuple):
    """One unit of a sample, of which it has several.

    Attributes:
        position: Its place in the sample.
        inputs: What the inputs hold there, by name, where that is one number.
        value: Its value; None where it is ignored.
    """

    position: tuple[int, ...]
    inputs: dict[str, Any]
    value: float | None


@dataclass(eq=False, repr=False)
class Explained:
    """One sample, from its inputs to its part in the loss.

    Attributes:
        number: Which sample.
        place: Where it stands in the first input, as an editor counts, or "".
        kept: What the columns hold that were asked for beside it.
        status: ``counted``, ``ignored`` or ``omitted``.
        value: Its loss, as per-sample losses have it to the last bit; None where it has none.
        rank: 1 if it has the largest loss of all, and so on; None where it has none, or none was asked for.
        position: The unit that is worked out; () where it has only one.
        units: How many units it has.
        worst: The worst of its units, where there are several, and what stands there.
        facts: What it is like.
        grid: What the steps rest on, or None.
        steps: From the inputs to the loss, to its part in the reduced loss, and to the gradient.
        worked: The unit's value as the loss's own steps come to it, before it is the engine's; None without any.
        inputs: What the inputs hold of it.
        contribution: What it adds to the loss; None where that is not known, or no sum.
        share: The same by the loss.
        gradients: Of the reduced loss by the inputs, in the shape of their rows.
        notes: What there is to compare with.
    """

    number: int
    place: str
    kept: dict[str, str]
    status: str
    value: float | None
    rank: int | None
    position: tuple[int, ...]
    units: int
    worst: tuple[Unit, ...]
    facts: tuple[Words, ...]
    grid: Grid | None
    steps: tuple[Step, ...]
    worked: float | None
    inputs: dict[str, Any]
    contribution: float | None
    share: float | None
    gradients: dict[str, NDArray[Any]]
    notes: tuple[Words, ...]


@dataclass(eq=False, repr=False)
class Explanation:
    """Some samples of a loss.

    Attributes:
        loss: Its canonical name.
        result: The loss of all samples; None where only those were read that are explained.
        ranked: How many samples have a loss; 0 where it is not known.
        samples: Those that are explained.
        left_out: How many more were meant by what was asked for.
        warnings: What looked wrong.
    """

    loss: str
    result: Result | None
    ranked: int
    samples: tuple[Explained, ...]
    left_out: int = 0
    warnings: tuple[Any, ...] = ()

    def __getitem__(self, number: int) -> Explained:
        """The sample of that number.

        Raises:
            KeyError: It is not among those that are explained.
        """
        return {one.number: one for one in self.samples}[number]

    def __iter__(self) -> Iterator[Explained]:
        return iter(self.samples)

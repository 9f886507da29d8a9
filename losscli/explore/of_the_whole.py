"""One sample of a loss that is one number for the whole set: what part it has in that, and what it is a quantile of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from losscli.engine.collect import OMITTED
from losscli.explore.explained import line_of, position_of
from losscli.results.explanation import Explained
from losscli.spec.steps import Step, Words

if TYPE_CHECKING:
    from losscli.engine.observers.without import Found, Numbers
    from losscli.knobs.exploring import ExplainOptions
    from losscli.results.result import Result

_NAMED = 3
"""Samples that are named, of those that are alike."""
_SHORT = 24
"""Letters of what a denominator is that still fit beside it; of a longer one the formula tells."""
LOSS, WITHOUT = "loss", "loss without it"
Position = tuple[int, ...]


def explained(found: Found, i: int, result: Result, options: ExplainOptions) -> Explained:
    """One sample of a run.

    Args:
        found: What the run kept.
        i: Which of its samples.
        result: The loss.
        options: What was asked for.

    Raises:
        losscli.UsageError: There is no unit where one was asked for.
    """
    sample = found.ones[i]
    one = sample.one
    at: Position = ()
    rank, value = None, None
    steps: list[Step] = []
    notes: list[Words] = []
    numbers = found.numbers
    units = 1 if numbers is None else math.prod(numbers.values.shape[1:])
    if one.status != OMITTED:
        row = int(np.searchsorted(found.used, one.number))
        if numbers is None:
            position_of((), options)
            steps = [Step(LOSS, _fraction(result), float(result))]
            notes = [("It is one number for the whole set: what samples add to it does not add up to it.",)]
        else:
            at = _unit(numbers.values[row], options)
            mine = float(numbers.values[(row, *at)])
            value = mine if units == 1 else None
            rank = _rank(numbers.values, row, at)
            source = _Source(numbers, found.used, float(result))
            where = f"[{','.join(map(str, at))}]" if units > 1 else ""
            steps = [Step(f"{numbers.name}{where}", (), mine), Step(LOSS, source.words, float(result))]
            notes = list(source.notes(row, at, mine))
        without = found.without[i]
        if without is not None:
            steps.append(Step(WITHOUT, (), without))
            if numbers is None:
                steps.append(Step("what it adds", (float(result), " - ", without), float(result) - without))
    return Explained(
        number=one.number,
        place=line_of(sample),
        kept=dict(zip(options.keep, one.texts, strict=True)),
        status="omitted" if one.status == OMITTED else "counted",
        value=value,
        rank=rank,
        position=at if units > 1 else (),
        units=units,
        worst=(),
        facts=(),
        grid=None,
        steps=tuple(steps),
        worked=None,
        inputs=sample.inputs(),
        contribution=None,
        share=None,
        gradients={},
        notes=tuple(notes),
    )


def _fraction(result: Result) -> Words:
    if result.numerator is None or result.denominator is None or result.denominator in (0, 1) or result.made_of:
        return ()
    counted = f" {result.denominator_is}" if len(result.denominator_is) <= _SHORT else ""
    return (result.numerator, " / ", result.denominator, counted)


def _unit(numbers: NDArray[np.float64], options: ExplainOptions) -> Position:
    """The unit to tell of, of the numbers of a sample: what was asked for, else the largest."""
    asked = position_of(numbers.shape, options)
    if asked is not None:
        return asked
    return tuple(map(int, np.unravel_index(int(np.argmax(numbers)), numbers.shape))) if numbers.shape else ()


def _rank(numbers: NDArray[np.float64], row: int, at: Position) -> int | None:
    """1 for the largest of all; of equal ones those of earlier samples come first."""
    mine = numbers[(row, *at)]
    if np.isnan(mine):
        return None
    flat = numbers.reshape(-1)
    place = int(np.ravel_multi_index((row, *at), numbers.shape))
    return 1 + int(np.count_nonzero(flat > mine)) + int(np.count_nonzero(flat[:place] == mine))


class _Source:
    """Whose numbers a quantile is: those that are equal to it, or else the nearest to either side.

    That is told from the value itself, so that every way to put a quantile between two numbers is told alike.

    Args:
        numbers: What it is a quantile of.
        used: The samples they belong to.
        value: The quantile.
    """

    def __init__(self, numbers: Numbers, used: NDArray[np.int64], value: float) -> None:
        self._name, self._values, self._used = numbers.name, numbers.values, used
        flat = numbers.values.reshape(-1)
        below, above = flat[flat <= value], flat[flat >= value]
        # NaN is neither, and no number is below or above it.
        self._ends = (float(below.max()), float(above.min())) if len(below) and len(above) else None

    @property
    def words(self) -> Words:
        """How the loss comes of them."""
        if self._ends is None or self._ends[0] == self._ends[1]:
            return ()
        return "between ", self._ends[0], " and ", self._ends[1]

    def notes(self, row: int, at: Position, mine: float) -> Iterator[Words]:
        """Which samples the loss comes from, and what part a unit has in it."""
        if self._ends is None or math.isnan(mine):
            return
        low, high = self._ends
        if low == high:
            yield (f"The loss is the {self._name} of {self._owners(low, row)}.",)
        else:
            first, second = self._owners(low, row), self._owners(high, row)
            yield (f"The loss lies between the {self._name} of {first} and that of {second}.",)
        if mine in self._ends:
            return
        least = mine > high
        yield (
            f"Beyond its rank this {self._name} has no part in it: at ",
            high if least else low,
            f" or {'more' if least else 'less'} the loss is the same.",
        )

    def _owners(self, number: float, row: int) -> str:
        """The samples with a number, this one before the others."""
        rows = np.unique(np.nonzero(self._values == number)[0])
        order = sorted(rows.tolist(), key=lambda r: (r != row, r))
        named = ["this sample" if r == row else f"sample {self._used[r]}" for r in order[:_NAMED]]
        more = len(order) - len(named)
        named += [f"{more} more"] if more else []
        return ", ".join(named)

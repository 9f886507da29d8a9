"""What every sample adds to a loss, and the loss it has itself: the material of their distribution."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import UNKNOWN_ROWS
from losscli.engine.collect import COUNTED
from losscli.engine.observers import Observer, Values
from losscli.engine.pooled import Pool, Pooled, pool_of, pooled
from losscli.engine.ranked import Ranked, Samples
from losscli.engine.samples import fraction, with_status
from losscli.engine.spread import EXACT
from losscli.errors import UsageError

if TYPE_CHECKING:
    from losscli.engine.observers.worst_samples import Found
    from losscli.engine.outcome import Ended, Outcome
    from losscli.engine.plan import Job, Plan
    from losscli.engine.rows import Block

OBSERVED = "contributions"
"""Where it leaves :class:`Added`; nothing of a loss that is no sum over samples."""


class Added(NamedTuple):
    """The samples of a loss.

    Attributes:
        finite: Those whose loss is a finite number.
        infinite: How many have an infinite one.
        nan: How many have NaN.
    """

    finite: Ranked | Pooled
    infinite: int
    nan: int


class Part(NamedTuple):
    """The samples of some blocks, in their order; or, of more than are kept, what is known of them."""

    samples: list[Samples]
    infinite: int = 0
    nan: int = 0
    pool: Pool | None = None


class Contributions(Observer[Part]):
    """Keeps what the samples of one loss add; of more than four million, how many lie in each bucket.

    Args:
        reduction: How a sample's units become its loss.
        required: Whether to refuse a loss whose samples have none of their own, of which else nothing is left.
    """

    whole_samples = True

    def __init__(self, reduction: str, required: bool = False) -> None:
        self._reduction, self._required, self._many = reduction, required, False

    def begin(self, plan: Plan) -> None:
        self._many = EXACT < plan.samples < UNKNOWN_ROWS

    def take(self, block: Block, losses: Sequence[Values]) -> Part:
        (one,) = losses
        if one.values is None or not block.count:
            if block.count and self._required and not one.job.loss.by_sample:
                raise _none_of_its_own(one.job)
            return Part([])
        samples = samples_of(one, self._reduction)
        if not self._many:
            return part_of(samples, copied=True)
        ends = _ends(samples)
        return Part([], pool=pool_of(samples, ends)) if ends else _pooled([part_of(samples)])

    def merge(self, parts: Sequence[Part]) -> Part:
        kept = sum(len(one.adds) for part in parts for one in part.samples)
        if kept > EXACT or any(part.pool for part in parts):
            return _pooled(parts)
        samples = [one for part in parts for one in part.samples]
        return Part(samples, sum(part.infinite for part in parts), sum(part.nan for part in parts))

    def finish(self, part: Part, ended: Ended) -> None:
        (outcome,) = ended.outcomes
        if outcome.units is None:
            finite = Ranked(part.samples) if part.pool is None else Pooled(part.pool)
            outcome.observed[OBSERVED] = Added(finite, part.infinite, part.nan)


def _pooled(parts: Sequence[Part]) -> Part:
    pools = [part.pool for part in parts if part.pool is not None]
    pools += [pool_of(one) for part in parts for one in part.samples if len(one.adds)]
    infinite, nan = sum(part.infinite for part in parts), sum(part.nan for part in parts)
    return Part([], infinite, nan, pooled(pools) if pools else None)


def samples_of(one: Values, reduction: str) -> Samples:
    """What each sample of a block adds that has a unit that counts."""
    found = _every(one, reduction)
    return found if one.ignored is None else found.only(np.logical_not(one.ignored.all(axis=1)))


def are_finite(one: Values, reduction: str) -> NDArray[np.bool_]:
    """Whether what a sample adds is finite, and its loss, for each of a block."""
    every = _every(one, reduction)
    return np.isfinite(every.adds) & np.isfinite(every.loss)


def _every(one: Values, reduction: str) -> Samples:
    assert one.adding is not None and one.weighted is not None
    adds, weights = fraction(one)
    same = one.weighted is one.adding and one.adding.shape[1] == 1 and "value" not in one.job.loss.hooks
    own = None if same else with_status(one.job, one.adding, one.ignored, reduction)[0]
    return Samples(adds, weights if isinstance(weights, int) else np.asarray(weights, np.float64), own)


def part_of(samples: Samples, copied: bool = False) -> Part:
    """The finite ones of some samples, and how many others there are.

    Args:
        samples: The samples.
        copied: Whether the arrays are to last, where those of ``samples`` are the engine's again after the block.
    """
    if _ends(samples) or not len(samples.adds):
        return Part([samples.copied() if copied else samples])
    finite = np.isfinite(samples.adds) & np.isfinite(samples.loss)
    others = samples.only(~finite)
    nan = int(np.count_nonzero(np.isnan(others.adds) | np.isnan(others.loss)))
    return Part([samples.only(finite)], len(others.adds) - nan, nan)


def _ends(samples: Samples) -> list[tuple[float, float]]:
    """The smallest and the largest of what samples add and, if these are others, of their losses; nothing of none, and
    where one is not finite."""
    if not len(samples.adds):
        return []
    found = [(float(x.min()), float(x.max())) for x in (samples.adds, samples.losses) if x is not None]
    return found if all(map(math.isfinite, itertools.chain(*found))) else []


def of_whole(outcome: Outcome, reduction: str) -> Added:
    """The same of a loss for the whole set whose samples have losses all the same.

    Raises:
        UsageError: They do not add up to it.
    """
    each = _by_sample(outcome)
    if each is None:
        raise _none_of_its_own(outcome.job)
    losses, units = each
    times = _times(units, reduction)
    found = part_of(Samples(losses * times, times if reduction == "batchmean" else units, losses))
    spread = Added(Ranked(found.samples), found.infinite, found.nan)
    total, numerator = spread.finite.total, outcome.sums.numerator
    if math.isfinite(numerator) and abs(total - numerator) > 1e-9 * max(abs(total), abs(numerator)):
        raise _none_of_its_own(outcome.job)
    return spread


def _by_sample(outcome: Outcome) -> tuple[NDArray[np.float64], int] | None:
    """The losses of the samples that have one, and of how many units each is."""
    if outcome.by_sample is None or outcome.units is None:
        return None
    losses, status = outcome.by_sample
    return losses[status == COUNTED], outcome.units.size // max(1, len(losses))


def _none_of_its_own(job: Job) -> UsageError:
    return UsageError(
        f"{job.loss.name} is one number for the whole set here: its samples have no losses that add up to it.",
        f"losscli compute {job.loss.name} has its value; dist takes apart losses that are means over samples.",
    )


def _times(units: int, reduction: str) -> int:
    """How many times its loss a sample of so many units adds."""
    return units if reduction == "mean" else 1


def worst_of_whole(outcome: Outcome, count: int, reduction: str) -> list[Found]:
    """The samples of such a loss that add most."""
    from losscli.engine.observers.worst_samples import Found

    if outcome.by_sample is None or outcome.units is None:
        return []
    losses, status = outcome.by_sample
    times = _times(outcome.units.size // max(1, len(losses)), reduction)
    at = np.flatnonzero(status == COUNTED)
    at = at[np.lexsort((at, -np.where(np.isnan(losses[at]), np.inf, losses[at])))][:count]
    return [Found(float(losses[i]) * times, int(i), float(losses[i]), (), {}, ()) for i in at]

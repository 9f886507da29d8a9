"""Where the bins of losses end: at round numbers, by factors where losses span some, else in equal steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

_MOST = 10
_FEWEST_DRAWN, _MOST_DRAWN = 4, 30
_WIDER = 5.0
"""Times as wide as the distances at which losses are told apart are the bins of a picture, at least."""
_FACTOR = 20.0
"""From the smallest loss to the largest: beyond that, bins by factors say more than bins of one width."""
_REST = 0.25
"""The part of the samples that the lowest of bins by factors may hold to be no more than a rest."""
_ROUND = (1, 2, 5)


def edges_of(low: float, high: float, samples: int, below: Callable[[float], int]) -> list[float]:
    """The ends of at most ten bins from the smallest loss to the largest; of fewer where samples are few.

    Args:
        low: The smallest.
        high: The largest.
        samples: How many there are.
        below: How many lie below a number.
    """
    if not high > low:
        return [low, high]
    most = min(_MOST, samples.bit_length() + 1)
    if low >= 0 and high > _FACTOR * low:
        found = _by_factors(low, high, most, _REST * samples, below)
        if len(found) > 2:
            return found
    return _even(low, high, most)


def fine(low: float, few: Sequence[float], high: float, samples: int, known: float = 0.0) -> tuple[list[float], bool]:
    """The ends of up to thirty bins of one width for a picture, and whether that is one factor instead of one step.

    Args:
        low: The smallest loss.
        few: Quantiles of losses: where factors are taken, the bins begin at the first of them that is above 0.
        high: The largest loss.
        samples: How many there are.
        known: To which part of itself a loss is known.
    """
    if not high > low:
        return [], False
    bins = min(_MOST_DRAWN, max(_FEWEST_DRAWN, int(2 * math.sqrt(samples))))
    first = next((x for x in few if x > 0), 0.0)
    if low >= 0 and high > _FACTOR * low and high > 2 * first > 0:
        far = math.isinf(high / first)
        span = math.log(high) - math.log(first) if far else math.log(high / first)
        bins = _told_apart(bins, span, known)
        half = math.exp(span / 2) if far else 1.0  # of a factor that no float can hold
        inner = (first * half * math.exp(span * i / bins - (span / 2 if far else 0.0)) for i in range(1, bins))
        return [first, *inner, high], True
    size = max(abs(low), abs(high))
    bins = _told_apart(bins, high / size - low / size, known)
    width = high / bins - low / bins
    return [low, *(low + width * i for i in range(1, bins)), high], False


def _told_apart(bins: int, span: float, known: float) -> int:
    """So many bins, or fewer, that moving their ends to what is known leaves them about as wide as one another."""
    return bins if span > _WIDER * known * bins else max(1, int(span / (_WIDER * known)))


def _by_factors(low: float, high: float, most: int, rest: float, below: Callable[[float], int]) -> list[float]:
    """1, 2 and 5 times powers of ten; powers of ten alone, or every few, where the finer leave many below."""
    found: list[float] = []
    for steps, every_so in ((_ROUND, 1), ((1,), 1), ((1,), 2), ((1,), 4)):
        top = math.floor(math.log10(high))
        inner = [float(f"{m}e{e}") for e in range(top, top - 4 * _MOST, -every_so) for m in reversed(steps)]
        inner = [edge for edge in inner if low < edge < high][: most - 1]
        found = [low, *reversed(inner), high]
        if not inner or below(inner[-1]) <= rest:
            break
    return found


def _even(low: float, high: float, most: int) -> list[float]:
    """Equal steps of a round width; the first and the last bin end with the losses."""
    raw = (high - low) / most
    if not (0 < raw < math.inf):
        return [low, high]
    power = 10.0 ** math.floor(math.log10(raw))
    width = next(m * power for m in (1, 2, 5, 10, 20) if m * power >= raw * (1 - 1e-9))
    first = math.floor(low / width) + 1
    inner = [float(f"{(first + i) * width:.12g}") for i in range(_MOST + 1)]
    return [low, *(edge for edge in inner if low < edge < high), high]

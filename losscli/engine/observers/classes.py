"""Targets by class: how many, how often the highest score is theirs, what they add, and what is taken for what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.exact import Expansion, grown, rounded
from losscli.engine.labels import class_labels
from losscli.engine.observers import Observer, Values
from losscli.engine.observers.contributions import are_finite
from losscli.engine.quantiles import distinct
from losscli.engine.reduce import fsum

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.plan import Job
    from losscli.engine.rows import Block

OBSERVED = "classes"
"""Where it leaves :class:`ByClass`; nothing of a loss without scores of classes or without labels."""
MOST_PAIRED = 1024
"""Classes of which pairs are told apart."""


class Pair(NamedTuple):
    """How many targets of a class were taken for another, and terms of what they add."""

    targets: int
    terms: tuple[float, ...]


class ByClass(NamedTuple):
    """Targets by class, counted from 0; NaN and infinite ones have no part in sums.

    Attributes:
        targets: How many there are of each.
        right: Of how many it has the highest score.
        adds: What they add to the numerator.
        weights: What they add to the denominator.
        wrong: What all of which another class has the highest score add to both.
        pairs: The same by class and by that other class.
    """

    targets: NDArray[np.int64]
    right: NDArray[np.int64]
    adds: NDArray[np.float64]
    weights: NDArray[np.float64]
    wrong: tuple[float, float]
    pairs: dict[tuple[int, int], tuple[int, float]]


class Part(NamedTuple):
    """What blocks show. Sums are exact: no order of the blocks changes them."""

    counts: NDArray[np.int64]
    sums: Expansion
    pairs: dict[tuple[int, int], Pair]


class Classes(Observer[list[Part]]):
    """Leaves :class:`ByClass` of one loss.

    Args:
        reduction: How a sample's units become its loss; what a sample without a finite one adds is left out.
        label_base: The number of the first class.
    """

    whole_samples = True

    def __init__(self, reduction: str, label_base: int = 0) -> None:
        self._reduction, self._base = reduction, label_base

    def take(self, block: Block, losses: Sequence[Values]) -> list[Part]:
        (one,) = losses
        found = answers(one.job, block, self._base) if block.count and one.weighted is not None else None
        if found is None or one.weighted is None or found.labels.shape != one.weighted.shape:
            return []
        classes = one.job.classes or 0
        counted = np.where(are_finite(one, self._reduction)[:, None], one.weighted, 0.0)
        labels, guesses, adds = (x.reshape(-1) for x in (found.labels, found.guesses, counted))
        weights = np.ones_like(adds) if one.weight is None else np.broadcast_to(one.weight, one.weighted.shape)
        used = (labels >= 0) & (labels < classes)
        if one.ignored is not None:
            used &= ~one.ignored.reshape(-1)
        labels, guesses, adds, weights = labels[used], guesses[used], adds[used], weights.reshape(-1)[used]
        wrong = labels != guesses
        counts = np.stack([np.bincount(labels, minlength=classes), np.bincount(labels[~wrong], minlength=classes)])
        each = [(labels, adds), (labels, weights), (labels[wrong], adds[wrong]), (labels[wrong], weights[wrong])]
        sums = np.stack([np.bincount(at, x, classes).astype(np.float64) for at, x in each])
        pairs = _pairs(labels[wrong], guesses[wrong], adds[wrong], classes) if classes <= MOST_PAIRED else {}
        return [Part(counts, [sums], pairs)]

    def merge(self, parts: Sequence[list[Part]]) -> list[Part]:
        every = [one for part in parts for one in part]
        if len(every) < 2:
            return every
        pairs: dict[tuple[int, int], Pair] = {}
        for one in every:
            for names, pair in one.pairs.items():
                before = pairs.get(names, Pair(0, ()))
                pairs[names] = Pair(before.targets + pair.targets, before.terms + pair.terms)
        counts = np.add.reduce([one.counts for one in every])
        return [Part(counts, grown([], [x for one in every for x in one.sums]), pairs)]

    def finish(self, part: list[Part], ended: Ended) -> None:
        for one in part:
            adds, weights, wrong, wrong_weights = rounded(one.sums)
            targets, right = one.counts
            pairs = {names: (pair.targets, fsum(list(pair.terms))) for names, pair in one.pairs.items()}
            of_wrong = fsum(wrong.tolist()), fsum(wrong_weights.tolist())
            ended.outcomes[0].observed[OBSERVED] = ByClass(targets, right, adds, weights, of_wrong, pairs)


def _pairs(
    labels: NDArray[np.int64], guesses: NDArray[np.int64], adds: NDArray[Any], classes: int
) -> dict[tuple[int, int], Pair]:
    codes = labels * classes + guesses
    keys = distinct(codes)
    at = np.searchsorted(keys, codes)
    sums, counts = np.bincount(at, adds, len(keys)), np.bincount(at, minlength=len(keys))
    every = zip(keys.tolist(), counts.tolist(), sums.tolist(), strict=True)
    return {divmod(key, classes): Pair(count, (total,)) for key, count, total in every}


class Answers(NamedTuple):
    """Scores of classes beside labels, of shape (samples, positions).

    Attributes:
        scores: The scores, of shape (samples, classes, positions).
        labels: The class of each, counted from 0; below 0 where it is ignored.
        guesses: The class of the highest score.
    """

    scores: NDArray[Any]
    labels: NDArray[np.int64]
    guesses: NDArray[np.int64]


def answers(job: Job, block: Block, base: int, rows: NDArray[np.int64] | slice = slice(None)) -> Answers | None:
    """What a block has of scores and labels, of all samples that are used or some of them; None of a loss without."""
    if len(job.inputs) < 2 or not job.classes:
        return None
    first, second = job.inputs[:2]
    known = all(b.source is not None and b.streamed and not b.unbatched for b in (first, second))
    if not known or not first.kind.classes_first or second.kind.dtype != "label":
        return None
    scores, raw = block.of(first), block.of(second)
    if scores.ndim < 2 or raw.shape != (len(scores), *scores.shape[2:]):
        return None
    scores, raw = scores[rows], raw[rows]
    labels = class_labels(job, second, raw, base).reshape(len(raw), -1)
    scores = scores.reshape(len(scores), scores.shape[1], -1)
    return Answers(scores, labels, scores.argmax(axis=1))

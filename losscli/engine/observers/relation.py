"""How prediction and target of the first loss go together over all rows: accuracy and confidence, or correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.labels import class_labels
from losscli.engine.observers import Observer, Values
from losscli.engine.suspicions.relation import Answers, Numbers

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.plan import Bound, Job
    from losscli.engine.rows import Block

OBSERVED = "relation"
"""Where it leaves what it found in ``Outcome.observed``."""


class Part(NamedTuple):
    """What one block shows, and where it begins."""

    start: int
    shown: Answers | Numbers


class Relation(Observer[list[Part]]):
    """Leaves :class:`Answers` for classes, and for yes and no; :class:`Numbers` for what else has equal shapes.

    Args:
        label_base: The number of the first class.
    """

    sums_only = True

    def __init__(self, label_base: int = 0) -> None:
        self._base = label_base

    def take(self, block: Block, losses: Sequence[Values]) -> list[Part]:
        if not block.count:
            return []
        job = losses[0].job
        pred, target = (_rows(bound, block) for bound in job.inputs[:2])
        shown = None if pred is None or target is None else self._shown(job, pred, target)
        return [] if shown is None else [Part(block.start, shown)]

    def _shown(self, job: Job, pred: NDArray[Any], target: NDArray[Any]) -> Answers | Numbers | None:
        first, second = job.inputs[:2]
        with np.errstate(all="ignore"):
            if second.kind.dtype == "label" and job.classes and target.shape == (len(pred), *pred.shape[2:]):
                labels = class_labels(job, second, target, self._base)
                scores = pred.astype(np.float64)
                sure = _largest(scores, first.kind.space)
                return Answers.of(sure, scores.argmax(axis=1), labels, job.classes)
            if pred.shape != target.shape:
                return None
            if first.kind.space in ("logits", "probs") and second.kind.binary:
                return _of_yes(pred.astype(np.float64), target, first.kind.space)
            if second.kind.dtype == "real" and not second.kind.distribution:
                return _numbers(pred.astype(np.float64).reshape(-1), target.astype(np.float64).reshape(-1))
        return None

    def merge(self, parts: Sequence[list[Part]]) -> list[Part]:
        return [one for part in parts for one in part]

    def finish(self, part: list[Part], ended: Ended) -> None:
        shown: Any = [one.shown for one in sorted(part, key=lambda one: one.start)]
        if shown:
            ended.outcomes[0].observed[OBSERVED] = type(shown[0]).merged(shown)


def _rows(bound: Bound, block: Block) -> NDArray[Any] | None:
    if bound.source is None or not bound.streamed or bound.unbatched:
        return None
    return block.of(bound)


def _largest(scores: NDArray[np.float64], space: str) -> NDArray[np.float64]:
    """The probability of the class with the highest score."""
    high: NDArray[np.float64] = scores.max(axis=1)
    if space == "probs":
        return high
    if space == "log-probs":
        return np.asarray(np.exp(high))
    return np.asarray(1.0 / np.exp(scores - high[:, None]).sum(axis=1))


def _of_yes(pred: NDArray[np.float64], target: NDArray[Any], space: str) -> Answers:
    odds = np.exp(-np.abs(pred))
    yes = np.where(pred >= 0, 1.0, odds) / (1.0 + odds) if space == "logits" else pred
    guesses = (yes > 0.5).astype(np.int64)
    labels = (target > 0.5).astype(np.int64)
    return Answers.of(np.maximum(yes, 1.0 - yes).reshape(-1), guesses.reshape(-1), labels.reshape(-1), 2)


def _numbers(pred: NDArray[np.float64], target: NDArray[np.float64]) -> Numbers | None:
    known = np.isfinite(pred) & np.isfinite(target)
    return Numbers.of(pred[known], target[known]) if known.any() else None

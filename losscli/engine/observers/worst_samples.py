"""The samples that add most to a loss, with what prediction and target are there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.observers import Observer, Values
from losscli.engine.observers.classes import Answers, answers
from losscli.engine.samples import fraction, with_status

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.plan import Job
    from losscli.engine.rows import Block

OBSERVED = "worst_samples"
"""Where it leaves :class:`Found`, those that add most first."""
Told = dict[str, float | int]


class Found(NamedTuple):
    """One sample.

    Attributes:
        adds: What it adds to the numerator.
        number: Which one it is.
        loss: Its loss.
        position: Which of its units adds most; () where it has one.
        told: What prediction and target are there.
        kept: The columns kept beside.
    """

    adds: float
    number: int
    loss: float
    position: tuple[int, ...]
    told: Told
    kept: tuple[Any, ...]

    @property
    def place(self) -> tuple[float, int]:
        """Where it comes: those that add most first, NaN before all, and of equal ones the first."""
        return (-math.inf if math.isnan(self.adds) else -self.adds), self.number


class WorstSamples(Observer[list[Found]]):
    """Keeps the samples of one loss that add most.

    Args:
        count: How many.
        reduction: How a sample's units become its loss.
        label_base: The number of the first class.
    """

    whole_samples = True

    def __init__(self, count: int, reduction: str, label_base: int = 0) -> None:
        self._count, self._reduction, self._base = count, reduction, label_base
        self._least = -math.inf  # whatever is known of it, what comes out is the same

    def take(self, block: Block, losses: Sequence[Values]) -> list[Found]:
        (one,) = losses
        if not self._count or one.adding is None or not block.count:
            return []
        adds = fraction(one)[0]
        if np.maximum.reduce(adds) < self._least:  # as most blocks end
            return []
        adds = _placed(adds, one)
        chosen = np.flatnonzero(adds >= self._least)
        self._least = max(self._least, _kth(adds[chosen], self._count))
        chosen = chosen[adds[chosen] >= self._least]
        chosen = chosen[np.argsort(-adds[chosen], kind="stable")[: self._count]]
        chosen = chosen[adds[chosen] > -math.inf]
        return self._found(block, one, chosen)

    def _found(self, block: Block, one: Values, chosen: NDArray[np.int64]) -> list[Found]:
        assert one.adding is not None and one.weighted is not None
        every = fraction(one)[0]
        losses = with_status(one.job, one.adding, one.ignored, self._reduction)[0]
        numbers, texts = block.samples, [block.used(text) for text in block.texts]
        shape = one.job.result_shape[1:]
        teller = _teller(one.job, block, self._base, one.weighted.shape[1])
        found = []
        for i in chosen.tolist():
            units = np.where(np.isnan(one.weighted[i]), np.inf, one.weighted[i])
            unit = int(units.argmax())
            position = tuple(int(k) for k in np.unravel_index(unit, shape)) if len(units) > 1 else ()
            kept = tuple(text[i] for text in texts)
            told = {} if teller is None else teller(i, unit)
            found.append(Found(float(every[i]), int(numbers[i]), float(losses[i]), position, told, kept))
        return found

    def merge(self, parts: Sequence[list[Found]]) -> list[Found]:
        found = sorted((one for part in parts for one in part), key=lambda one: one.place)[: self._count]
        if len(found) == self._count and found:
            self._least = max(self._least, -found[-1].place[0])
        return found

    def finish(self, part: list[Found], ended: Ended) -> None:
        ended.outcomes[0].observed[OBSERVED] = sorted(part, key=lambda one: one.place)[: self._count]


def _placed(adds: NDArray[np.float64], one: Values) -> NDArray[np.float64]:
    """What samples add, as they are placed: NaN before all, what is ignored last."""
    adds = np.where(np.isnan(adds), np.inf, adds)
    return adds if one.ignored is None else np.where(one.ignored.all(axis=1), -np.inf, adds)


def _kth(values: NDArray[np.float64], count: int) -> float:
    return -math.inf if len(values) <= count else float(np.partition(values, len(values) - count)[len(values) - count])


def _teller(job: Job, block: Block, base: int, units: int) -> Any:
    """Tells what prediction and target are at a unit of a sample, or None where a unit is of more than two numbers."""
    of_classes = answers(job, block, base)
    if of_classes is not None:
        if of_classes.labels.shape[1] != units:
            return None
        shift = 0 if job.inputs[1].source is not None and job.inputs[1].source.coded else base
        return lambda i, unit: _class_told(job, of_classes, i, unit, shift)
    if len(job.inputs) < 2:
        return None
    first, second = job.inputs[:2]
    if any(b.source is None or not b.streamed or b.unbatched or b.kind.dtype != "real" for b in (first, second)):
        return None
    pred, target = block.of(first), block.of(second)
    if first.kind.classes_first or pred.shape != target.shape or pred[0].size != units:
        return None
    pred, target = (x.reshape(len(x), -1) for x in (pred, target))
    binary = second.kind.binary and first.kind.space in ("logits", "probs")

    def told(i: int, unit: int) -> Told:
        x, y = float(pred[i, unit]), float(target[i, unit])
        if not binary:
            return {"pred": x, "target": y, "error": x - y}
        yes = _sigmoid(x) if first.kind.space == "logits" else x
        no = _sigmoid(-x) if first.kind.space == "logits" else 1.0 - x
        return {"pred": x, "target": y, "p": y * yes + (1.0 - y) * no}

    return told


def _class_told(job: Job, found: Answers, i: int, unit: int, base: int) -> Told:
    scores = found.scores[i, :, unit].astype(np.float64)
    label, guess = int(found.labels[i, unit]), int(found.guesses[i, unit])
    space = job.inputs[0].kind.space
    told: Told = {"target": label + base, "predicted": guess + base}
    with np.errstate(all="ignore"):
        if space == "logits":
            powers = np.exp(scores - scores.max())
            told["p"] = float(powers[label] / powers.sum())
        elif space:
            told["p"] = float(np.exp(scores[label]) if space == "log-probs" else scores[label])
    return told


def _sigmoid(x: float) -> float:
    power = math.exp(-abs(x))
    return (1.0 if x >= 0 else power) / (1.0 + power)

"""What prediction and target are at single units of samples, for whoever shows samples that stand out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.observers.classes import Answers, answers

if TYPE_CHECKING:
    from losscli.engine.observers import Values
    from losscli.engine.plan import Job
    from losscli.engine.rows import Block

POSITION = "position"
"""The column of units, by their places in the sample: whole numbers of shape (samples, axes)."""
OF_CLASSES = ("target", "predicted")
"""The columns that hold classes, where they hold whole numbers."""
Told = Mapping[str, NDArray[Any]]
"""Columns by name, a row a sample: ``position`` where samples have more than one unit; of numbers ``pred``, ``target``
and, where both are of one kind, ``error``, with the ``p`` of the target where it is yes or no; of classes ``target``,
``predicted`` and the ``p`` of the target. None but the position where a unit is made of no prediction and its target.
"""


def told(block: Block, one: Values, rows: NDArray[np.int64], base: int) -> dict[str, NDArray[Any]]:
    """What is told of some samples, each at the unit of it that adds most.

    Args:
        block: A block.
        one: A loss on it, which is a sum over samples.
        rows: Which of its samples that are used.
        base: The number of the first class.
    """
    assert one.weighted is not None
    units, shape = one.weighted.shape[1], one.job.result_shape[1:]
    most = _adding_most(one, rows)
    found = {} if units == 1 else {POSITION: np.stack(np.unravel_index(most, shape), axis=1)}
    of_classes = answers(one.job, block, base, rows)
    if of_classes is not None:
        return found | (_of_classes(one.job, of_classes, most, base) if of_classes.labels.shape[1] == units else {})
    return found | _of_numbers(one.job, block, rows, most, units)


def _adding_most(one: Values, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The unit of each sample that adds most: the first that is NaN, if one is, and none that is ignored."""
    assert one.weighted is not None
    if one.weighted.shape[1] == 1:
        return np.zeros(len(rows), np.int64)
    adds = one.weighted[rows]
    adds = np.where(np.isnan(adds), np.inf, adds)
    if one.ignored is not None:
        adds = np.where(one.ignored[rows], -np.inf, adds)
    return np.asarray(adds.argmax(axis=1))


def _of_numbers(
    job: Job, block: Block, rows: NDArray[np.int64], unit: NDArray[np.int64], units: int
) -> dict[str, NDArray[Any]]:
    if len(job.inputs) < 2:
        return {}
    first, second = job.inputs[:2]
    if any(b.source is None or not b.streamed or b.unbatched or b.kind.dtype != "real" for b in (first, second)):
        return {}
    pred, target = block.of(first), block.of(second)
    if not second.role.truth or first.kind.classes_first or pred.shape != target.shape or pred[0].size != units:
        return {}
    x, y = (values.reshape(len(values), -1)[rows, unit].astype(np.float64) for values in (pred, target))
    if not (second.kind.binary and first.kind.space in ("logits", "probs")):
        alike = first.kind.domain == second.kind.domain  # the logarithm of a rate less a count is no error
        return {"pred": x, "target": y} | ({"error": x - y} if alike else {})
    z = x / job.temperature
    yes, no = (_sigmoid(z), _sigmoid(-z)) if first.kind.space == "logits" else (x, 1.0 - x)
    return {"pred": x, "target": y, "p": y * yes + (1.0 - y) * no}


def _of_classes(job: Job, found: Answers, unit: NDArray[np.int64], base: int) -> dict[str, NDArray[Any]]:
    each = np.arange(len(unit))
    scores = found.scores[each, :, unit].astype(np.float64)
    label, guess = found.labels[each, unit], found.guesses[each, unit]
    space, source = job.inputs[0].kind.space, job.inputs[1].source
    shift = 0 if source is not None and source.coded else base
    columns: dict[str, NDArray[Any]] = {"target": label + shift, "predicted": guess + shift}
    with np.errstate(all="ignore"):
        if space == "logits":
            powers = np.exp((scores - scores.max(axis=1, keepdims=True)) / job.temperature)
            columns["p"] = powers[each, label] / powers.sum(axis=1)
        elif space:
            mine = scores[each, label]
            columns["p"] = np.exp(mine) if space == "log-probs" else mine
    return columns


def in_words(job: Job, columns: Told, names: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
    """The same with classes as the target names them, where words do, and with columns of a table for positions.

    Args:
        job: The loss.
        columns: What is told.
        names: What the units of a sample are called; () where they have no names.
    """
    found = {**columns}
    source = job.inputs[1].source if len(job.inputs) > 1 else None
    if source is not None and source.coded:
        words = np.array(source.coded, object)
        found |= {name: words[found[name]] for name in OF_CLASSES if name in found and found[name].dtype.kind == "i"}
    if names and POSITION in found:
        found[POSITION] = np.array(names, object)[found[POSITION][:, 0]]
    return found


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    power = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, power) / (1.0 + power)

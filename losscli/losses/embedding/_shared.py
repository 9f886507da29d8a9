"""What losses of embeddings share: directions and similarities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from losscli.spec.arithmetic import Problem
from losscli.spec.kinds import Array, Kind
from losscli.spec.loss import Doubt
from losscli.spec.steps import VALUE, Step, Steps, Words

Identity = Annotated[Array, Kind("class or identity", dtype="label")]
"""Any whole numbers; equal ones belong together."""


def unit(xp: Any, rows: Array) -> Array:
    """Each row divided by its length; a row of zeros stays."""
    length = xp.sqrt(xp.sum(rows * rows, axis=-1, keepdims=True))
    return rows / xp.clip(length, 1e-12, None)  # the floor of torch's F.normalize


def others(xp: Any, rows: Array, some: slice, temperature: float) -> Array:
    """The dot products of some rows with every row, over the temperature; of a row with itself -inf: it is left out."""
    every = xp.arange(rows.shape[0], device=rows.device)
    products = xp.matmul(rows[some, :], xp.matrix_transpose(rows)) / temperature
    return xp.where(every[some, None] == every[None, :], -xp.inf, products)


def below_highest(xp: Any, x: Array) -> tuple[Array, Array]:
    """How far every entry is below the highest of its row, and log Σ eˣ of that, with all digits where it is tiny."""
    at = xp.expand_dims(xp.argmax(x, axis=1), axis=1)
    shifted = x - xp.take_along_axis(x, at, axis=1)  # of equals one is the highest: so torch's gradients go to it alone
    highest = xp.arange(x.shape[1], device=x.device)[None, :] == at
    return shifted, xp.log1p(xp.sum(xp.where(highest, 0.0, xp.exp(shifted)), axis=1))


def two_samples(shapes: dict[str, tuple[int, ...]]) -> Problem:
    """What is wrong where a sample has no other one."""
    if all(shape[0] >= 2 for shape in shapes.values()):
        return None
    return (
        "needs at least 2 samples: with one there is nothing to tell it from.",
        "give files of 2 rows or more.",
    )


def triplet_slopes(
    xp: Any, back: Array, margin: float, distances: Sequence[Array], slopes: Sequence[tuple[Array, Array]]
) -> tuple[Array, Array, Array]:
    """The gradients to anchor, positive and negative.

    Args:
        xp: The namespace.
        back: The gradient by the losses.
        margin: The wanted gap.
        distances: From anchor to positive, to negative and, with a swap, from positive to negative.
        slopes: The gradients of each to the two it is between.
    """
    near, far, *others = distances
    between = others[0] if others else None
    lacks = margin + near - (far if between is None else xp.minimum(far, between)) >= 0
    pull = xp.where(lacks, back, 0.0)[..., None]
    (anchor, positive), (anchor_too, negative) = slopes[:2]
    if between is None:
        return pull * (anchor - anchor_too), pull * positive, -pull * negative
    # Of two that are equal each has half a part in the smaller one.
    swapped = pull * xp.where(between < far, 1.0, xp.where(between == far, 0.5, 0.0))[..., None]
    own, (positive_too, negative_too) = pull - swapped, slopes[2]
    by_positive = pull * positive - swapped * positive_too
    return pull * anchor - own * anchor_too, by_positive, -own * negative - swapped * negative_too


def of_distances(distances: Sequence[float], margin: float, how: str = "") -> Steps:
    """The steps of a triplet: from its distances, the third of which may take the place of the second, to the hinge."""
    near, far, *between = distances
    lines = [Step("d(a, p)", (f"anchor to positive{how}",), near), Step("d(a, n)", ("anchor to negative",), far)]
    facts: list[Words] = []
    if between:
        swapped = between[0] < far
        facts.append(("swapped: the negative is nearer to the positive",) if swapped else ("not swapped",))
        how_far = ("min(", far, ", ", between[0], ")")
        far = between[0] if swapped or between[0] != between[0] else far
        lines += [Step("d(p, n)", ("positive to negative",), between[0]), Step("d(n)", how_far, far)]
    beyond = margin + near - far
    facts.append(("the hinge is on",) if beyond > 0 else ("the hinge is off: apart by the margin or more",))
    lines.append(Step("margin + d(a, p) - d(n)", (margin, " + ", near, " - ", far), beyond))
    return Steps([*lines, Step(VALUE, ("max(0, ", beyond, ")"), 0.0 if beyond <= 0 else beyond)], facts)


def collapsed(mean: float, margin: float) -> Doubt:
    """Of triplets that all lose the margin itself: no embedding is nearer than another."""
    if mean != margin or not margin:
        return None
    return (
        "that is the margin itself: all are equally far apart.",
        "one file given twice, or embeddings that collapsed?",
    )

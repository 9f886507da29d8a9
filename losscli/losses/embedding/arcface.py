from __future__ import annotations

import math
from typing import Annotated, Any

from losscli.losses.embedding._shared import unit
from losscli.spec.arithmetic import log_sum_exp, sliced, softplus
from losscli.spec.kinds import ClassIndex, Embedding, Interval, Prepared
from losscli.spec.loss import loss


@loss(aliases=("ArcFaceLoss", "additive_angular_margin"), shapes="(N,D),(N),(C,D)->(N)")
def arcface(
    xp: Any,
    pred: Embedding,
    target: ClassIndex,
    centers: Embedding,
    *,
    margin: Annotated[float, Interval(0.0, 90.0)] = 28.6,
    scale: Annotated[float, Interval(0.0, math.inf, closed_low=False, closed_high=False)] = 64.0,
    directions: Prepared,
) -> Any:
    """ArcFace additive angular margin loss.

    Softmax cross-entropy of the cosines of angles. Each class has a direction, and an embedding must be nearer in
    angle to that of its own class than to any other, by the margin at least.

    Formula:
        θ_c = angle between the embedding and the vector of class c
        a_y = cos(θ_y + m)             where θ_y ≤ π - m
        a_y = cos θ_y - m · sin m      beyond, so that it goes on falling
        ℓ = -log( e^(s·a_y) / ( e^(s·a_y) + Σ_(c ≠ y) e^(s·cos θ_c) ) )
        mean = Σ ℓ / N
        with s = scale and m = margin, in radians here

    Inputs:
        pred: embeddings, one row a sample; only their directions matter.
        target: true class as an index from 0: the row of centers.
        centers: vectors of the classes, one row a class: the learnt weights of the head.

    Parameters:
        margin: m, the angle that is added to that of the true class, in degrees; 28.6 is half a radian.
        scale: s, what cosines are multiplied by before softmax.

    Use when:
        Faces, voices or other identities are to be told apart by the angle between embeddings.

    Avoid when:
        The vectors of the classes are not at hand, or classes are not those of the training: judge pairs or triplets.

    Pitfalls:
        - centers are learnt along with the embeddings; with others, such as class means, it is another number.
        - The margin is in degrees. Much code has it in radians, where 0.5 is usual.
        - At a scale of 64 a sample is either next to 0 or several units: the mean tells how many are wrong.
        - A row of zeros has no direction; it is at right angles to all others.

    Gradient:
        with q the softmax: ∂ℓ/∂cos θ_c = s · q_c for c ≠ y, and ∂ℓ/∂θ_y = s · (1 - q_y) · sin(θ_y + m), where θ_y ≤ π - m

    References:
        - J. Deng, J. Guo, N. Xue, S. Zafeiriou, ArcFace: Additive Angular Margin Loss for Deep Face Recognition, 2018

    Example:
        losscli compute arcface sample_data/voices_pred.csv sample_data/voices_target.csv sample_data/voices_centers.csv
    """
    embedding, m = unit(xp, pred), math.radians(margin)
    angle = _angle(xp, embedding, xp.take(directions, target, axis=0))
    own = scale * xp.where(angle <= math.pi - m, xp.cos(angle + m), xp.cos(angle) - m * math.sin(m))
    slices = sliced(embedding.shape[0], directions.shape[0])
    others = [_others(xp, embedding[some, :], target[some], directions, scale) for some in slices]
    return softplus(xp, xp.concat(others) - own)


@arcface.prepare
def directions(xp: Any, centers: Any) -> Any:
    """The vectors of the classes, each of length 1."""
    return unit(xp, centers)


def _angle(xp: Any, u: Any, v: Any) -> Any:
    """Between unit vectors; it has all its digits where they are nearly parallel, and arc cosines lose half."""
    return 2.0 * xp.atan2(_length(xp, u - v), _length(xp, u + v))


def _length(xp: Any, x: Any) -> Any:
    square = xp.sum(x * x, axis=-1)
    none = square == 0.0  # where a root has no derivative
    return xp.where(none, 0.0, xp.sqrt(xp.where(none, 1.0, square)))


def _others(xp: Any, embedding: Any, target: Any, directions: Any, scale: float) -> Any:
    """log Σ e^(s·cos θ) over the classes but the true one."""
    cosines = xp.matmul(embedding, xp.matrix_transpose(directions))
    every = xp.arange(directions.shape[0], device=directions.device)
    return log_sum_exp(xp, xp.where(target[:, None] == every[None, :], -xp.inf, scale * cosines), axis=1)

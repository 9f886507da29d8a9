from __future__ import annotations

from typing import Annotated, Any

from losscli.spec.kinds import Embedding, Interval, Sign
from losscli.spec.loss import loss
from losscli.spec.steps import VALUE, Step, Steps

_SMALLEST = 9.999999960041972e-13
"""What torch adds to the square of each length: 1e-12 as float32 has it, whatever the dtype."""


@loss(
    aliases=("CosineEmbeddingLoss", "cosine_embedding_loss", "CosineEmbedding"),
    torch="cosine_embedding_loss",
    shapes="(N,D),(N,D),(N)->(N) | (D),(D),()->()",
    mean_over="pairs",
)
def cosine_embedding(
    xp: Any,
    input1: Embedding,
    input2: Embedding,
    target: Sign,
    *,
    margin: Annotated[float, Interval(-1.0, 1.0)] = 0.0,
) -> Any:
    """Cosine embedding loss.

    Pairs that are alike pay what the cosine of their angle lacks of 1; pairs that are not pay what it has above the
    margin.

    Formula:
        c = x₁·x₂ / √( (‖x₁‖² + ε) · (‖x₂‖² + ε) ), with ε = 10⁻¹²
        y = 1: ℓ = 1 - c
        y = -1: ℓ = max(0, c - margin)
        mean = Σ ℓ / number of pairs

    Inputs:
        input1: embeddings x₁ of the first members, one row a pair; only their directions matter.
        input2: embeddings x₂ of the second members, in the shape of input1.
        target: 1 where they are alike, -1 where they are not, one for each pair.

    Parameters:
        margin: cosine up to which pairs that are not alike cost nothing; 0 to 0.5 is usual.

    Use when:
        Pairs are labelled as alike or not, and vectors are compared by direction whatever their length: texts, faces.

    Avoid when:
        Lengths matter (hinge_embedding of distances), or a near item is to be told from a far one (triplet_margin).

    Pitfalls:
        - With margin 0 pairs that are not alike need only be at right angles.
        - A row of zeros has no direction: its cosine is 0, and it costs 1 where it should be alike.
        - Labels of 0 and 1 are refused here. In torch a 0 is taken, costs nothing and lowers the mean;
          so does a NaN here, too, where it is let through.

    Gradient:
        y = 1: -∂c/∂x₁, with ∂c/∂x₁ = x₂/(‖x₁‖·‖x₂‖) - c · x₁/‖x₁‖² (with ε); y = -1: ∂c/∂x₁ where c ≥ margin, else 0

    References:
        - J. Bromley, I. Guyon, Y. LeCun, E. Säckinger, R. Shah, Signature Verification using a "Siamese" Time Delay
          Neural Network, 1993

    Example:
        losscli compute cosine_embedding sample_data/pairs_first.csv sample_data/pairs_second.csv sample_data/pairs.csv::alike --margin 0.2
    """
    squares = (_square(xp, input1) + _SMALLEST) * (_square(xp, input2) + _SMALLEST)
    cosine = xp.sum(input1 * input2, axis=-1) / xp.sqrt(squares)
    unlike = xp.where(target == -1, xp.clip(cosine - margin, 0.0, None), 0.0)
    return xp.where(target == 1, 1.0 - cosine, unlike)


def _square(xp: Any, rows: Any) -> Any:
    return xp.sum(rows * rows, axis=-1)


@cosine_embedding.gradient
def _by_angle(xp: Any, back: Any, input1: Any, input2: Any, target: Any, margin: float) -> Any:
    first, second = (_square(xp, x) + _SMALLEST for x in (input1, input2))
    length = xp.sqrt(first * second)
    cosine = xp.sum(input1 * input2, axis=-1) / length
    by_cosine = back * xp.where(target == 1, -1.0, xp.where(cosine - margin >= 0, 1.0, 0.0))

    def slope(mine: Any, other: Any, square: Any) -> Any:
        return (by_cosine / length)[..., None] * other - (by_cosine * cosine / square)[..., None] * mine

    return slope(input1, input2, first), lambda: slope(input2, input1, second)


@cosine_embedding.steps
def _of_two_directions(xp: Any, input1: Any, input2: Any, target: float, margin: float) -> Steps:
    product = float(xp.sum(input1 * input2))
    first, second = (float(xp.sqrt(_square(xp, x) + _SMALLEST)) for x in (input1, input2))
    cosine = product / (first * second)
    lines = [
        Step("u · v", (), product),
        Step("‖u‖", (), first),
        Step("‖v‖", (), second),
        Step("cos", (product, " / (", first, " · ", second, ")"), cosine),
    ]
    if target == 1:
        return Steps([*lines, Step(VALUE, ("1 - cos = 1 - ", cosine), 1.0 - cosine)], [("alike",)])
    beyond = cosine - margin
    facts = [("unlike, and nearer than the margin",) if beyond > 0 else ("unlike, and apart by the margin or more",)]
    how = ("max(0, cos - margin) = max(0, ", cosine, " - ", margin, ")")
    return Steps([*lines, Step(VALUE, how, 0.0 if beyond <= 0 else beyond)], facts)

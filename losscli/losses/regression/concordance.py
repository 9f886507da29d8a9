from __future__ import annotations

from typing import Any

from losscli.spec.arithmetic import Problem
from losscli.spec.kinds import Real
from losscli.spec.loss import loss
from losscli.spec.units import Counts, Statistic, Units, moments


@loss(
    aliases=("CCC", "ccc_loss", "lin_concordance", "concordance_corrcoef"),
    shapes="(N),(N)->()",
    reductions=("mean",),
    mean_over="squared difference if unrelated",
    symmetric=True,
)
def concordance(xp: Any, pred: Real, target: Real) -> Statistic:
    """One minus the concordance correlation coefficient.

    How far pairs lie from the line on which prediction and target are equal, against how far they would lie if
    the two had nothing to do with each other. Unlike correlation it also asks for the same mean and spread.

    Formula:
        L = 1 - 2 s_xy / (s_x² + s_y² + (x̄ - ȳ)²)
        the fraction shown: (s_(x-y)² + (x̄ - ȳ)²) / (s_x² + s_y² + (x̄ - ȳ)²)
        x̄, ȳ = means; s² and s_xy = variances and covariance, over n - 1

    Inputs:
        pred: predicted values x.
        target: true values y, as many as pred.

    Use when:
        Two ratings of the same things should agree: emotion, quality or pain scores, or two instruments.

    Avoid when:
        Values are few, or all but constant: the denominator is then an accident. For an error in the units of the
        target take l1 or rmse.

    Pitfalls:
        - Some define the variances over n and not n - 1, which moves the value of small samples wherever the
          means differ.
        - A constant prediction has loss 1 however near it is. Where both are constant and equal the value is 0/0, NaN.
        - It is one number for the whole set: the average over batches is another one.
        - Below 1 prediction and target rise together, above 1 they run against each other; 2 is the most.

    Gradient:
        with A/B the fraction: ∂L/∂xᵢ = 2 ( (xᵢ - yᵢ - x̄ + ȳ)/(n - 1) + (x̄ - ȳ)/n )/B
        - 2 A ( (xᵢ - x̄)/(n - 1) + (x̄ - ȳ)/n )/B²

    References:
        - L. I.-K. Lin, A Concordance Correlation Coefficient to Evaluate Reproducibility, 1989

    Example:
        losscli compute concordance sample_data/diabetes_pred.csv sample_data/diabetes_target.csv
    """
    return Statistic(moments={"of": moments(xp, xp.stack([pred, target, pred - target], axis=1))})


@concordance.finish
def _agreement(xp: Any, statistic: Statistic) -> Units:
    size, mean, rest, products = statistic.moments["of"]
    of_x, of_y, of_difference = (products[k, k] / (size - 1) for k in range(3))
    apart = (mean[2] + rest[2]) ** 2
    return Units(of_difference + apart, Counts(share=of_x + of_y + apart))


@concordance.refuse
def _two_samples(shapes: dict[str, tuple[int, ...]]) -> Problem:
    if shapes["pred"][0] >= 2:
        return None
    return "needs at least 2 samples: one has no variance.", "give files of 2 rows or more."

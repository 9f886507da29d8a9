from __future__ import annotations

from typing import Any

from losscli.spec.arithmetic import sigmoids
from losscli.spec.constants import log_odds
from losscli.spec.kinds import Logit, Sign
from losscli.spec.loss import loss
from losscli.spec.steps import VALUE, Step, Steps


@loss(
    aliases=("SoftMarginLoss", "SoftMargin", "logistic_loss", "deviance_loss", "binary_logistic_loss"),
    torch="soft_margin_loss",
)
def soft_margin(xp: Any, pred: Logit, target: Sign) -> Any:
    """Soft margin loss: logistic loss with labels -1 and 1.

    Binary cross-entropy of the sigmoid of a raw score, written for labels -1 and 1: a score is right by as much as
    it has the sign of its label.

    Formula:
        ℓᵢ = log(1 + e^(-yᵢ · xᵢ))
        mean = Σ ℓᵢ / n

    Inputs:
        pred: logits x, raw scores of any size.
        target: labels y, -1 or 1, in the shape of pred.

    Use when:
        Binary classification with labels -1 and 1, as in boosting and support vector machines.

    Avoid when:
        Labels are 0 and 1, or scores are huge: bce_with_logits is the same loss without the limit named below.

    Pitfalls:
        - As in torch the exponential is taken as it stands: a wrong score beyond 709 (88 in float32) costs infinity,
          where bce_with_logits gives the score itself.
        - Labels of 0 and 1 are refused here. In torch a 0 is taken, and costs log 2 whatever the score.
        - It never reaches 0, only comes near it.

    Gradient:
        ∂ℓᵢ/∂xᵢ = -yᵢ · sigmoid(-yᵢ · xᵢ), where the loss is infinite too: torch has NaN there

    References:
        - D. R. Cox, The Regression Analysis of Binary Sequences, 1958
        - J. Friedman, T. Hastie, R. Tibshirani, Additive Logistic Regression: a Statistical View of Boosting, 2000

    Example:
        losscli compute soft_margin sample_data/pairs.csv::score sample_data/pairs.csv::alike
    """
    return xp.log1p(xp.exp(-target * pred))


@soft_margin.gradient
def _by_wrong_answer(xp: Any, back: Any, pred: Any, target: Any) -> Any:
    return -target * back * sigmoids(xp, target * pred)[1]


@soft_margin.regimes
def _answers(pred: Any, target: Any) -> dict[str, Any]:
    return {"wrong": (pred > 0.0) != (target > 0.0)}


@soft_margin.constant
def _rate(xp: Any, mean: Any) -> Any:
    return [("base rate", log_odds(xp, 1.0 + mean, 1.0 - mean))]


@soft_margin.steps
def _by_agreement(xp: Any, pred: float, target: float) -> Steps:
    agreement = target * pred
    how = ("log (1 + e^", -agreement, ")")
    value = float(xp.log1p(xp.exp(-agreement)))
    return Steps([Step("y · x", (target, " · ", pred), agreement), Step(VALUE, how, value)])

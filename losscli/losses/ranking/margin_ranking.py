from __future__ import annotations

from typing import Any

from losscli.spec.kinds import AnyFloat, Real, Sign
from losscli.spec.loss import loss
from losscli.spec.steps import VALUE, Step, Steps


@loss(aliases=("MarginRankingLoss", "MarginRanking"), torch="margin_ranking_loss", mean_over="pairs")
def margin_ranking(xp: Any, input1: Real, input2: Real, target: Sign, *, margin: AnyFloat = 0.0) -> Any:
    """Margin ranking loss.

    Of two scores the one that should be higher must lead by the margin. A pair that does so costs nothing; any
    other costs what is missing.

    Formula:
        ℓᵢ = max(0, -yᵢ · (x₁ᵢ - x₂ᵢ) + margin)
        mean = Σ ℓᵢ / number of pairs

    Inputs:
        input1: scores x₁ of the first items.
        input2: scores x₂ of the second items, in the shape of input1.
        target: 1 where the first should score higher, -1 where the second should, in the shape of input1.

    Parameters:
        margin: wanted lead of the better item, in units of the scores.

    Use when:
        Preferences are known pair by pair: which of two is better, but not by how much.

    Avoid when:
        Whole lists are graded (ranknet), or a smooth loss is wanted that never stops at 0.

    Pitfalls:
        - With margin 0 equal scores cost nothing, so that a constant score is perfect: set a margin.
        - The margin only has meaning relative to the scale of the scores.
        - Pairs that lead by the margin stay in the mean.
        - Labels of 0 and 1 are refused here. In torch a 0 is taken, and costs the margin whatever the scores.

    Gradient:
        where margin - yᵢ · (x₁ᵢ - x₂ᵢ) ≥ 0: ∂ℓᵢ/∂x₁ᵢ = -yᵢ, ∂ℓᵢ/∂x₂ᵢ = yᵢ; else 0

    References:
        - R. Herbrich, T. Graepel, K. Obermayer, Support Vector Learning for Ordinal Regression, 1999

    Example:
        losscli compute margin_ranking sample_data/preferences.csv::first sample_data/preferences.csv::second sample_data/preferences.csv::better --margin 0.5
    """
    return xp.clip(margin - target * (input1 - input2), 0.0, None)


@margin_ranking.gradient
def _where_it_lacks(xp: Any, back: Any, input1: Any, input2: Any, target: Any, margin: float) -> Any:
    slope = xp.where(margin - target * (input1 - input2) >= 0, -target * back, 0.0)
    return slope, lambda: -slope


@margin_ranking.steps
def _in_the_right_order(input1: float, input2: float, target: float, margin: float) -> Steps:
    apart = input1 - input2
    lacking = margin - target * apart
    facts = [("it lacks some of the margin",) if lacking > 0 else ("in the right order by the margin or more",)]
    lines = [
        Step("x1 - x2", (input1, " - ", input2), apart),
        Step("margin - y · (x1 - x2)", (margin, " - ", target, " · ", apart), lacking),
    ]
    return Steps([*lines, Step(VALUE, ("max(0, ", lacking, ")"), 0.0 if lacking <= 0 else lacking)], facts)

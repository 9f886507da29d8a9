from __future__ import annotations

from typing import Annotated, Any

from losscli.losses.classification._shared import in_float32
from losscli.spec.arithmetic import of_class, of_own_class, pick
from losscli.spec.kinds import AnyFloat, Array, ClassIndex, ClassWeights, Interval, Kind
from losscli.spec.loss import loss
from losscli.spec.steps import Entry, Grid, Step, Steps, weighted

_Scores = Annotated[Array, Kind("class scores", classes_first=True)]


@loss(
    aliases=("MultiMarginLoss", "multi_margin_loss", "MultiMargin", "multiclass_svm_loss", "weston_watkins"),
    torch="multi_margin_loss",
    shapes="(N,C),(N)->(N) | (C),()->()",
)
def multi_margin(
    xp: Any,
    pred: _Scores,
    target: ClassIndex,
    *,
    p: Annotated[int, Interval(1, 2)] = 1,
    margin: AnyFloat = 1.0,
    weight: ClassWeights | None = None,
) -> Any:
    """Multi-class margin loss.

    The true class must lead every other by the margin. A sample pays what is missing, summed over the other classes
    and divided by the number of all.

    Formula:
        ℓ = (w_y / C) · Σ_(j ≠ y) max(0, margin - x_y + x_j)^p
        mean = Σ ℓ / N
        w_c = 1 unless weights are given

    Inputs:
        pred: scores x of the classes, one row a sample.
        target: class indices y from 0 to C-1, one for each sample.

    Parameters:
        p: power of what is missing, 1 or 2.
        margin: wanted lead of the true class, in units of the scores.
        weight: weight w of each class.

    Use when:
        Only the order of the scores matters, and a class that leads by enough should cost nothing.

    Avoid when:
        Probabilities are wanted (cross_entropy), or several classes may hold for a sample (multilabel_margin).

    Pitfalls:
        - It divides by C, not by the C - 1 classes that it sums over.
        - It sums over all wrong classes; other definitions of a multi-class hinge take the strongest alone.
        - Weighted, the mean still divides by N, unlike that of cross_entropy.
        - The margin only has meaning relative to the scale of the scores.
        - A score that is NaN, where it is let through, lacks nothing: the loss is smaller, not NaN. So it is in torch.

    Gradient:
        g_j = margin - x_y + x_j > 0, j ≠ y: ∂ℓ/∂x_j = w_y · p · g_j^(p-1) / C; ∂ℓ/∂x_y = minus the sum of those

    References:
        - J. Weston, C. Watkins, Support Vector Machines for Multi-Class Pattern Recognition, 1999

    Example:
        losscli compute multi_margin sample_data/classes_logits.csv sample_data/classes_target.csv
    """
    classes = xp.reshape(xp.arange(pred.shape[0], device=pred.device), (-1,) + (1,) * target.ndim)
    lacking = margin - pick(xp, pred, target) + pred
    counted = (classes != target) & (lacking > 0)
    value = xp.sum(xp.where(counted, lacking, 0.0) ** p, axis=0) / pred.shape[0]
    return value if weight is None else value * of_class(xp, weight, target)


@multi_margin.gradient
def _pairs_that_lack(xp: Any, back: Any, pred: Any, target: Any, p: int, margin: float, weight: Any) -> Any:
    own = of_own_class(xp, pred, target)
    lacking = margin - pick(xp, pred, target) + pred
    back = (back if weight is None else back * of_class(xp, weight, target)) / pred.shape[0]
    push = xp.where(~own & (lacking > 0), back * (2.0 * lacking if p == 2 else 1.0), 0.0)
    return xp.where(own, -xp.sum(push, axis=0), push)


@multi_margin.native
def _wider(functional: Any, pred: Any, target: Any, p: int, margin: float, weight: Any) -> Any:
    return in_float32(functional.multi_margin_loss, pred, target, p=p, margin=margin, weight=weight)


@multi_margin.steps
def _class_by_class(xp: Any, pred: Any, target: int, p: int, margin: float, weight: Any) -> Steps:
    classes, label = len(pred), int(target)
    lacking = [float(margin - pred[label] + pred[c]) for c in range(classes)]
    counted = [0.0 if c == label or x <= 0 else x**p for c, x in enumerate(lacking)]
    rows = [(c, float(pred[c]), x, y) for c, (x, y) in enumerate(zip(lacking, counted, strict=True))]
    grid = Grid(("class", "score x", f"margin - x_{label} + x", "what counts"), rows, marked=label)
    lines = [Step("Σ over other classes", (), float(xp.sum(xp.asarray(counted))))]
    own = None if weight is None else float(weight[label])
    how = (lines[0].value, f" / {classes} classes")
    lines = weighted(lines, how, lines[0].value / classes, own, f"w_{label}")
    facts = [(f"true class {label}, predicted {int(xp.argmax(pred))}",)]
    return Steps(lines, facts, grid, Entry("pred", label, f"x_{label}"))

"""What several losses of the family share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from losscli.spec.arithmetic import (
    Problem,
    along_classes,
    exp_shifted,
    log_softmax,
    of_class,
    of_own_class,
    pick,
    without_ignored,
)
from losscli.spec.units import Counts

NONE_TO_IGNORE: Problem = (
    "the target holds class probabilities, of which none can be ignored.",
    "leave --ignore-index out.",
)


def surprise(xp: Any, log_p: Any, target: Any, weight: Any, ignore_index: int, label_smoothing: float) -> Any:
    """Minus the log-probability of each target, from log-probabilities of the classes, which are axis 0."""
    classes = log_p.shape[0]
    weighted = log_p if weight is None else log_p * along_classes(xp, weight, log_p)
    if target.ndim == log_p.ndim:
        share = (1.0 - label_smoothing) * target + label_smoothing / classes if label_smoothing > 0 else target
        return -xp.sum(share * weighted, axis=0)
    ignored, label = without_ignored(xp, target, ignore_index)
    value = -pick(xp, weighted, label)
    if label_smoothing > 0:  # or 0 times an infinity
        value = (1.0 - label_smoothing) * value - label_smoothing / classes * xp.sum(weighted, axis=0)
    return value if ignored is None else xp.where(ignored, 0.0, value)


def slope(xp: Any, back: Any, logits: Any, target: Any, weight: Any, ignore_index: int, label_smoothing: float) -> Any:
    """The gradient of :func:`surprise` to the logits, whose classes are axis 0, given that by the values."""
    by_class = None if weight is None else along_classes(xp, weight, logits)
    mass, total = exp_shifted(xp, logits)
    if target.ndim == logits.ndim:
        share = (1.0 - label_smoothing) * target + label_smoothing / logits.shape[0]
        share = share if by_class is None else share * by_class
        return back * (mass / total * xp.sum(share, axis=0) - share)
    ignored, label = without_ignored(xp, target, ignore_index)
    back = back if ignored is None else xp.where(ignored, 0.0, back)
    own = of_own_class(xp, logits, label)
    if label_smoothing > 0:
        share = (1.0 - label_smoothing) * xp.astype(own, logits.dtype) + label_smoothing / logits.shape[0]
        share = share if by_class is None else share * by_class
        return back * (mass / total * xp.sum(share, axis=0) - share)
    back = back if weight is None else back * of_class(xp, weight, label)
    # 1 - p of the own class as the sum of all others: it keeps its digits where the answer is sure.
    rest = xp.sum(xp.where(own, 0.0, mass), axis=0)
    return xp.where(own, -rest, mass) * (back / total)


def slope_by_share(xp: Any, back: Any, logits: Any, weight: Any, label_smoothing: float) -> Any:
    """The same to class probabilities of the target."""
    surprises = -log_softmax(xp, logits)
    return (
        back
        * (1.0 - label_smoothing)
        * (surprises if weight is None else surprises * along_classes(xp, weight, logits))
    )


def target_weights(xp: Any, pred: Any, target: Any, weight: Any, ignore_index: int) -> Counts:
    """The weight of each target's class, and which targets are ignored."""
    if target.ndim == pred.ndim:  # class probabilities
        return Counts()
    return label_weights(xp, target, weight, ignore_index)


def label_weights(xp: Any, target: Any, weight: Any, ignore_index: int) -> Counts:
    """The same for a target of class indices."""
    ignored, label = without_ignored(xp, target, ignore_index)
    if weight is not None:
        share = of_class(xp, weight, label)
        share = share if ignored is None else xp.where(ignored, 0.0, share)
        return Counts(share=share, ignored=ignored, of="sum of target weights")
    if ignored is None:
        return Counts()
    return Counts(ignored=ignored)


def in_float32(function: Callable[..., Any], pred: Any, target: Any, weight: Any = None, **named: Any) -> Any:
    """A function of torch that has no float16 on a CPU: computed in float32 there, and given back as pred is."""
    wide = pred if pred.element_size() > 2 else pred.float()
    if weight is not None:
        named["weight"] = weight.to(wide.dtype)
    return function(wide, target, **named, reduction="none").to(pred.dtype)


def wrong_class(xp: Any, pred: Any, target: Any) -> dict[str, Any]:
    """Where another class than the true one has the highest score; classes along axis 0."""
    true = xp.argmax(target, axis=0) if target.ndim == pred.ndim else target
    return {"wrong": xp.argmax(pred, axis=0) != true}

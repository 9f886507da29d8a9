"""What several losses of the family share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from losscli.spec.arithmetic import of_class, without_ignored
from losscli.spec.units import Counts


def target_weights(xp: Any, pred: Any, target: Any, weight: Any, ignore_index: int) -> Counts:
    """The weight of each target's class, and which targets are ignored."""
    if target.ndim == pred.ndim:  # class probabilities
        return Counts()
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

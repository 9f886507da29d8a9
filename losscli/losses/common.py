"""Arithmetic that several kernels share, over the array API standard."""

from __future__ import annotations

import math
from typing import Any

Problem = tuple[str, str] | None


def pick(xp: Any, values: Any, label: Any) -> Any:
    """``values[label[i], i]`` for every position i: the entry of its own class, classes along axis 0."""
    count = math.prod(label.shape)
    flat = xp.reshape(values, (values.shape[0], count))
    position = xp.arange(count, device=values.device)
    label_of = xp.reshape(label, (count,))
    layout = getattr(flat, "flags", None)
    # One flat take costs NumPy half of two-array indexing, where flattening copies nothing. In torch it is slower.
    if layout is not None and layout.c_contiguous:
        found = xp.take(xp.reshape(flat, (-1,)), label_of * count + position)
    elif layout is not None and layout.f_contiguous:
        found = xp.take(xp.reshape(flat.T, (-1,)), position * len(flat) + label_of)
    else:
        found = flat[label_of, position]
    return xp.reshape(found, label.shape)


def of_class(xp: Any, weight: Any, label: Any) -> Any:
    """The weight of each position's class, in the shape of ``label``."""
    return xp.reshape(xp.take(weight, xp.reshape(label, (-1,)), axis=0), label.shape)


def along_classes(xp: Any, weight: Any, like: Any) -> Any:
    """A vector with one entry a class, shaped to broadcast along axis 0 of ``like``."""
    return xp.reshape(weight, (-1,) + (1,) * (like.ndim - 1))


def without_ignored(xp: Any, target: Any, ignore_index: int) -> tuple[Any, Any]:
    """Where a label is ignored (None if none is), and labels that are safe to index with."""
    ignored = target == ignore_index
    if not xp.any(ignored):
        return None, target
    return ignored, xp.where(ignored, 0, target)


def log_sum_exp(xp: Any, shifted: Any) -> Any:
    """log Σ exp over axis 0 of values whose maximum there is already 0, so that nothing overflows."""
    return xp.log(xp.sum(xp.exp(shifted), axis=0))


def softplus(xp: Any, x: Any) -> Any:
    """log(1 + eˣ) without overflow, and to full precision where it is tiny."""
    return xp.log1p(xp.exp(-xp.abs(x))) + xp.clip(x, 0.0, xp.inf)

"""Arithmetic that several kernels share, over the array API standard."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

Problem = tuple[str, str] | None

PRODUCTS = 2**22
"""Entries of a product of two matrices that are held at once: 32 MiB in float64."""


def sliced(rows: int, columns: int) -> Iterator[slice]:
    """The rows of a matrix of so many columns, as many at once as may be held."""
    step = max(1, PRODUCTS // columns)
    for start in range(0, rows, step):
        yield slice(start, start + step)


def pick(xp: Any, values: Any, label: Any) -> Any:
    """``values[label[i], i]`` for every position i: the entry of its own class, classes along axis 0."""
    if label.ndim != 1:
        flat = xp.reshape(values, (values.shape[0], -1))
        return xp.reshape(pick(xp, flat, xp.reshape(label, (-1,))), label.shape)
    classes, count = values.shape
    layout = getattr(values, "flags", None)
    # One flat take costs NumPy half of two-array indexing, where flattening copies nothing. In torch it is slower.
    if layout is not None and layout.c_contiguous:
        at = label * count + _steps(xp, count, 1, values.device)
        return xp.take(xp.reshape(values, (-1,)), at)
    if layout is not None and layout.f_contiguous:
        at = label + _steps(xp, count, classes, values.device)
        return xp.take(xp.reshape(values.T, (-1,)), at)
    return values[label, _steps(xp, count, 1, values.device)]


@lru_cache(maxsize=4)
def _steps(xp: Any, count: int, step: int, device: Any) -> Any:
    """``count`` integers from 0 on in steps; kept, since blocks are nearly all of one size."""
    return xp.arange(0, count * step, step, device=device)


def of_class(xp: Any, weight: Any, label: Any) -> Any:
    """The weight of each position's class, in the shape of ``label``."""
    return xp.reshape(xp.take(weight, xp.reshape(label, (-1,)), axis=0), label.shape)


def along_classes(xp: Any, weight: Any, like: Any) -> Any:
    """A vector with one entry a class, shaped to broadcast along axis 0 of ``like``."""
    return xp.reshape(weight, (-1,) + (1,) * (like.ndim - 1))


def in_rows(xp: Any, values: Any, lengths: Any) -> Any:
    """Values of samples that lie one after the other as a row for each; what follows its length is of no meaning."""
    begins = xp.cumulative_sum(lengths) - lengths
    width = max(1, int(xp.max(lengths)))
    at = begins[:, None] + xp.arange(width, device=values.device)
    some = values if values.shape[0] else xp.zeros_like(begins[:1])
    return xp.reshape(xp.take(some, xp.reshape(xp.clip(at, 0, some.shape[0] - 1), (-1,))), at.shape)


def without_ignored(xp: Any, target: Any, ignore_index: int) -> tuple[Any, Any]:
    """Where a label is ignored (None if none is), and labels that are safe to index with."""
    ignored = target == ignore_index
    if not xp.any(ignored):
        return None, target
    return ignored, xp.where(ignored, 0, target)


def log_sum_exp(xp: Any, x: Any, axis: int = 0) -> Any:
    """log Σ eˣ along an axis, without overflow."""
    highest = xp.max(x, axis=axis, keepdims=True)
    finite = xp.where(xp.isfinite(highest), highest, 0.0)
    return xp.squeeze(finite, axis=axis) + xp.log(xp.sum(xp.exp(x - finite), axis=axis))


def log_softmax(xp: Any, x: Any, axis: int = 0) -> Any:
    """The logarithm of softmax along an axis."""
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=axis, keepdims=True))


def softplus(xp: Any, x: Any) -> Any:
    """log(1 + eˣ) without overflow, and to full precision where it is tiny."""
    return xp.log1p(xp.exp(-xp.abs(x))) + xp.clip(x, 0.0, xp.inf)


def sigmoids(xp: Any, x: Any) -> tuple[Any, Any]:
    """1/(1 + e⁻ˣ) and 1/(1 + eˣ), both to full precision, whatever the sign of x."""
    small = xp.exp(-xp.abs(x))
    nearer = 1.0 / (1.0 + small)
    other = small * nearer
    return xp.where(x >= 0, nearer, other), xp.where(x >= 0, other, nearer)


def exp_shifted(xp: Any, x: Any) -> tuple[Any, Any]:
    """eˣ of every class relative to the largest, and their sum over the classes along axis 0."""
    mass = xp.exp(x - xp.max(x, axis=0, keepdims=True))
    return mass, xp.sum(mass, axis=0)


def of_own_class(xp: Any, values: Any, label: Any) -> Any:
    """Where each position's own class is, classes along axis 0."""
    classes = xp.arange(values.shape[0], device=values.device)
    return xp.reshape(classes, (-1,) + (1,) * label.ndim) == label


def norm(xp: Any, difference: Any, p: float) -> Any:
    """The p-norms of the last axis."""
    # Sums and no dot products: their bits would depend on the BLAS library and its threads.
    if p == 2:
        return xp.sqrt(xp.sum(xp.square(difference), axis=-1))
    size = xp.abs(difference)
    if p == 1:
        return xp.sum(size, axis=-1)
    if p == math.inf:
        return xp.max(size, axis=-1)
    if p == 0:
        return xp.sum(xp.astype(difference != 0, difference.dtype), axis=-1)
    # Relative to the largest, so that no power under- or overflows.
    largest = xp.max(size, axis=-1, keepdims=True)
    scale = xp.where((largest > 0) & (largest < xp.inf), largest, 1.0)
    return xp.sum((size / scale) ** p, axis=-1) ** (1.0 / p) * scale[..., 0]


def norm_and_slope(xp: Any, difference: Any, p: float) -> tuple[Any, Any]:
    """The p-norms of the last axis and their gradients by it, as torch has them: 0 where a norm is, or its kink."""
    length = norm(xp, difference, p)
    signs = xp.sign(difference)
    if p == 0:
        return length, xp.zeros_like(difference)
    if p == 1:
        return length, signs
    size = xp.abs(difference)
    if p == math.inf:  # shared by those that are equally large
        largest = xp.astype(size == length[..., None], difference.dtype)
        return length, signs * largest / xp.sum(largest, axis=-1, keepdims=True)
    if p == 2:
        return length, xp.where(length[..., None] == 0, 0.0, difference / length[..., None])
    nothing = (length[..., None] == 0) | (difference == 0 if p < 1 else False)
    return length, xp.where(nothing, 0.0, signs * (size / length[..., None]) ** (p - 1.0))

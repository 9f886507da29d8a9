"""Inputs seen as another convention has them: converted, converted once too often, clipped, rounded, scaled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import Source
from losscli.inputs.spaces import conversion
from losscli.inputs.views import View

Array = NDArray[np.float64]
Function = Callable[[Array], Array]


class Seen(View):
    """A source of which every block is changed by a function of its rows.

    Args:
        source: What is read.
        function: From an array of float64 to one of the same shape.
    """

    def __init__(self, source: Source, function: Function) -> None:
        super().__init__(source, source.row_shape, "")
        self.remarks, self.notes = (), ()
        self.stated = "logits"  # it is what it is: no suspicion is asked of it
        self._function = function
        self.dtype = np.dtype(np.float64)

    def seen(self, rows: NDArray[Any], start: int) -> Array:
        with np.errstate(all="ignore"):
            return self._function(rows.astype(np.float64))


Way = tuple[int, tuple[tuple[str, Any], ...], Function | None]
"""The cost, what is said of it, and the function; None for a prediction as it is."""


def spaces(given: str, wanted: str, by_class: bool) -> Iterator[Way]:
    """Ways in which a prediction may have been taken, the right one first."""
    yield 0, (), conversion(given, wanted, by_class) if given != wanted else None
    if given != wanted and wanted != "probs":  # of which none lies beyond [0, 1]
        yield 1, (("input", f"{given} taken for {wanted}"),), None
    name = "softmax-twice" if by_class else "sigmoid-twice"
    again = None if wanted == "logits" else conversion("logits", wanted, by_class)
    if given == "logits":
        once = conversion("logits", "probs", by_class)
        assert once is not None
        if wanted == "logits":
            yield 1, (("input", name),), once
        elif again is not None:
            yield 1, (("input", name),), _after(once, again)
    elif given == "probs" and again is not None:
        yield 1, (("input", name),), again


def _after(first: Function, then: Function) -> Function:
    return lambda x: then(first(x))


def clipped(function: Function | None, space: str, eps: float, added: bool) -> Function:
    """Probabilities clipped to [eps, 1 - eps], or with eps added inside the logarithm, after ``function``."""

    def seen(x: Array) -> Array:
        x = x if function is None else function(x)
        p = np.exp(x) if space == "log-probs" else x
        p = np.minimum(p + eps, 1.0) if added else np.clip(p, eps, 1.0 - eps)
        return np.log(p) if space == "log-probs" else p

    return seen


def rounded_to(dtype: str) -> Function:
    """Numbers as they are after they were stored in another dtype."""
    if dtype != "bfloat16":
        return lambda x: x.astype(dtype).astype(np.float64)

    def seen(x: Array) -> Array:
        bits = x.astype(np.float32).view(np.uint32).astype(np.uint64)
        bits = (bits + 0x7FFF + ((bits >> np.uint64(16)) & np.uint64(1))) & np.uint64(0xFFFF0000)  # ties to even
        return bits.astype(np.uint32).view(np.float32).astype(np.float64)

    return seen


def scaled(origin: float, unit: float) -> Function:
    """Numbers counted from an origin in a unit."""
    return lambda x: (x - origin) / unit

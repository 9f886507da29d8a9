"""Arithmetic for tuned kernels, written over what is needed no more. No formula calls it: a tuned kernel alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def over(function: Callable[..., Any], spent: Any, *others: Any) -> Any:
    """``function(spent, *others)``, written over ``spent`` where that may be: the kernel needs it no more.

    A temporary may be written over, an input where the engine left it writeable. NumPy then touches half the
    memory, which is a third of the time of a cheap loss.
    """
    writeable = getattr(getattr(spent, "flags", None), "writeable", False)
    return function(spent, *others, out=spent) if writeable else function(spent, *others)


def log1p_exp_minus_abs(xp: Any, x: Any) -> Any:
    """log(1 + e^-|x|): what of log(1 + eˣ) is left beside max(x, 0), to full precision; ``x`` stays."""
    return over(xp.log1p, over(xp.exp, over(xp.negative, xp.abs(x))))


def norm_of_spent(xp: Any, spent: Any, p: float) -> Any:
    """The p-norms of the last axis."""
    if p == 2:
        return xp.sqrt(xp.sum(over(xp.square, spent), axis=-1))
    from losscli.spec.arithmetic import norm  # not for the losses that need no norm

    return norm(xp, spent, p)

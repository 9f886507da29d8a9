"""Predictions that are the same for every sample, made of what the targets are; see :meth:`Loss.constant`."""

from __future__ import annotations

from typing import Any

_TINY = 1e-300
"""The probability of what never occurs: its logarithm is finite, and no digit of another one changes."""


def log_odds(xp: Any, yes: Any, no: Any) -> Any:
    """The logit of the share that ``yes`` is of both; finite where one of them is 0."""
    return xp.log(xp.clip(yes, _TINY, None)) - xp.log(xp.clip(no, _TINY, None))


def class_shares(xp: Any, counts: Any) -> list[tuple[str, Any]]:
    """Log-probabilities, which are logits too: those of the shares of classes, and those of a guess among all."""
    shares = counts / xp.sum(counts)
    uniform = xp.zeros_like(shares) - xp.log(xp.asarray(float(len(shares))))
    return [("class shares", xp.log(xp.clip(shares, _TINY, None))), ("uniform", uniform)]

"""What helps where a prediction is given as something else than its loss takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losscli.spec.kinds import SPACE_NAMES

if TYPE_CHECKING:
    from losscli.spec.kinds import Space
    from losscli.spec.loss import Loss


def way_out(loss: Loss, given: Space) -> str:
    """How to compute ``loss`` from a prediction that was given as ``given``."""
    option = f"--pred-is {given} takes them for what they are"
    return f"{loss.instead[given]} takes {SPACE_NAMES[given]}, or {option}." if given in loss.instead else f"{option}."


def looks_like(low: float, high: float) -> Space:
    """What values outside [0, 1] are that should be probabilities."""
    return "log-probs" if high <= 0.0 and low < 0.0 else "logits"

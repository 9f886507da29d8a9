"""What inputs look like as a whole: confusions that no single value shows, each found by one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from losscli.engine.suspicions.together import Counting, Together
from losscli.engine.suspicions.values import (
    Distribution,
    LogitsWanted,
    LogProbabilitiesWanted,
    Negative,
    Rounded,
    Suspicion,
)

if TYPE_CHECKING:
    from losscli.engine.plan import Bound, Job


_TEXT = ("csv", "json", "ndjson")
"""Formats in which whole numbers may have been read as floats: by what stands beside them."""


def of_input(bound: Bound, job: Job) -> list[Suspicion[Any]]:
    """What is to be suspected of one input of a loss."""
    if bound.source is None:
        return []
    name, kind = bound.source.name, bound.kind
    whole = bound.source.dtype.kind in "iu" and bound.source.dtype.itemsize == 8
    rounds: list[Suspicion[Any]] = [Rounded(name)] if whole or bound.source.format in _TEXT else []
    if kind.dtype == "length":
        return []
    if kind.dtype == "label":  # whole numbers stay so, but for those that a text was read as
        return rounds if job.classes is None and not whole else []
    found: list[Suspicion[Any]] = [*rounds]
    if kind.space == "logits" and bound.source.stated != "logits":
        found.append(LogitsWanted(name, job.loss, "C" in job.axes(bound), _floor(job)))
    if kind.space == "log-probs":
        found.append(LogProbabilitiesWanted(name, job.loss))
    if kind.weighs:
        found.append(Negative(name))
    if kind.distribution:
        found.append(Distribution(name, kind.name))
    return found


def of_pair(job: Job, counting: Counting, cut: bool) -> Together | None:
    """What is to be suspected of prediction and target beside each other; None where a loss has no such two."""
    two = job.inputs[:2]
    if len(two) < 2 or any(b.source is None or not b.streamed or b.unbatched for b in two):
        return None
    return Together(job, counting, cut)


def _floor(job: Job) -> tuple[str, float] | None:
    weighted = any(b.role.optional and b.source is not None for b in job.inputs)
    if weighted:
        return None
    found: tuple[str, float] | None = job.loss.ask("floor", {"classes": job.classes, **job.parameters})
    return found

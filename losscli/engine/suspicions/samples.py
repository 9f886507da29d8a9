"""Samples that are odd though each of their inputs is sound, as a loss itself tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losscli.errors import Finding
from losscli.records import NamedTuple
from losscli.spec.loss import Loss
from losscli.spec.units import Odd


class OddOnes(NamedTuple):
    """How many samples are odd, of how many, which is the first, and what is said of it."""

    odd: int = 0
    of: int = 0
    first: int = 0
    words: str = ""
    about: str = ""
    hint: str = ""


def look(
    loss: Loss, arguments: Mapping[str, Any], samples: NDArray[np.int64], host: Callable[[Any], NDArray[Any]]
) -> OddOnes:
    """What a block shows.

    Args:
        loss: Which tells.
        arguments: What a kernel may name.
        samples: The numbers of the block's samples.
        host: Makes a NumPy array of one of the backend.
    """
    found: Odd | None = loss.ask("odd", arguments)
    if found is None:
        return OddOnes()
    which = np.flatnonzero(host(found.which))
    if not len(which):
        return OddOnes(of=len(samples))
    facts = {name: host(fact)[which[0]] for name, fact in found.facts.items()}
    return OddOnes(
        len(which), len(samples), int(samples[which[0]]), found.words, found.about.format(**facts), found.hint
    )


def merge(shown: Sequence[OddOnes]) -> OddOnes:
    """What blocks show together, in any order."""
    first = min((s for s in shown if s.odd), key=lambda s: s.first, default=OddOnes())
    return first._replace(odd=sum(s.odd for s in shown), of=sum(s.of for s in shown))


def finding(loss: Loss, shown: OddOnes) -> list[Finding]:
    """L216."""
    if not shown.odd:
        return []
    first = f"the first is row {shown.first}: {shown.about}"
    return [Finding("L216", f"{loss.name}: {shown.odd} of {shown.of} samples {shown.words}; {first}.", shown.hint)]

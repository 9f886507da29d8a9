"""How far two numbers are apart: in units in the last place, and relative to their size."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

CLOSE = 1e-12
"""A relative difference that other versions and other processors account for; sums never differ, exp and log do."""
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Difference(NamedTuple):
    """One thing of a result that is not what was recorded.

    Attributes:
        what: Its name, with places in brackets: ``per_sample[3]``.
        recorded: As it stands in the record.
        computed: As it comes out now.
        ulps: Numbers of float64 between the two, of equal bits 0; None where they are not both numbers.
        close: Whether they differ no more than versions and processors do.
    """

    what: str
    recorded: Any
    computed: Any
    ulps: int | None
    close: bool


def differences(recorded: Any, computed: Any, what: str = "") -> Iterator[Difference]:
    """What differs between two values as JSON has them; keys that only one of two objects has are told too."""
    if isinstance(recorded, dict) and isinstance(computed, dict):
        for key, value in recorded.items():
            yield from differences(value, computed.get(key), f"{what}.{key}" if what else key)
    elif isinstance(recorded, list) and isinstance(computed, list) and len(recorded) == len(computed):
        for i, (one, other) in enumerate(zip(recorded, computed, strict=True)):
            yield from differences(one, other, f"{what}[{i}]")
    else:
        left, right = _number(recorded), _number(computed)
        if left is None or right is None:
            if recorded != computed:
                yield Difference(what, recorded, computed, None, False)
        elif _bits(left) != _bits(right):
            apart = abs(_bits(left) - _bits(right))
            yield Difference(what, recorded, computed, apart, _close(left, right))


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _WORDS.get(value)
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _bits(number: float) -> int:
    """A number's place among all of float64 in their order; -0 and 0 stand side by side."""
    found: int = struct.unpack("<q", struct.pack("<d", math.nan if math.isnan(number) else number))[0]
    return found if found >= 0 else -(found + 2**63) - 1


def _close(left: float, right: float) -> bool:
    finite = math.isfinite(left) and math.isfinite(right)
    return finite and abs(left - right) <= CLOSE * max(abs(left), abs(right))

"""A number as somebody typed it, which carries its precision."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from losscli.errors import UsageError

_ROUNDING = 1e-12
"""What sums in another order and other processors' logarithms differ by, relative to the number."""


class Typed(NamedTuple):
    """A reported number.

    Attributes:
        text: As it was typed.
        value: The number; of a percentage a hundredth.
        tolerance: Half a unit of its last digit: what rounding may have changed. Of all digits of a float, what the
            order of a sum may have changed.
        digits: How many significant digits it has.
    """

    text: str
    value: float
    tolerance: float
    digits: int


def typed(text: str) -> Typed:
    """Read a number and its precision.

    Raises:
        UsageError: It is no finite number.
    """
    bare = text.strip().removesuffix("%")
    try:
        number = Decimal(bare)
    except InvalidOperation as error:
        raise UsageError(f"{text!r} is not a number.", "losscli reconcile 0.2765 PRED TARGET") from error
    if not number.is_finite():
        raise UsageError(f"{text} is not finite, and agrees with anything.", "give the number with its digits.")
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    scale = Decimal("0.01") if text.strip().endswith("%") else Decimal(1)
    significant = len("".join(map(str, digits)).lstrip("0")) or 1
    value, half = float(number * scale), float(Decimal(5).scaleb(exponent - 1) * scale)
    if not math.isfinite(value) or (number and not value):
        raise UsageError(f"{text} is no number that a float can hold.", "losscli reconcile 0.2765 PRED TARGET")
    return Typed(text.strip(), value, max(half, _ROUNDING * abs(value)), significant)

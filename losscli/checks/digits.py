"""Numbers in sentences: never rounded until they look alike."""

from __future__ import annotations

DIGITS = 6
"""Significant digits of a number that is compared with no other."""
_MOST = 17
"""As many as tell any two floats apart."""


def told_apart(*numbers: float, digits: int = DIGITS) -> list[str]:
    """Numbers with ``digits`` significant digits, or with as many as it takes for unequal ones to look unequal."""
    for most in range(digits, _MOST + 1):
        texts = [f"{number + 0.0:.{most}g}" for number in numbers]
        if len(set(texts)) == len(set(numbers)):
            break
    return texts

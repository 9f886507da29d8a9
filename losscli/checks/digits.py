"""Numbers in sentences: never rounded until they look alike."""

from __future__ import annotations

DIGITS = 6
"""Significant digits of a number that is compared with no other."""
_MOST = 17
"""As many as tell any two floats apart."""


def of_p(p: float, form: str) -> str:
    """A p-value; one that is too small for a float is not 0."""
    return f"{p:{form}}" if p else "< 1e-300"


def told_apart(*numbers: float, digits: int = DIGITS) -> list[str]:
    """Numbers with ``digits`` significant digits, or with as many as it takes for unequal ones to look unequal."""
    for most in range(digits, _MOST + 1):
        texts = [f"{number + 0.0:.{most}g}" for number in numbers]
        if len(set(texts)) == len(set(numbers)):
            break
    return texts

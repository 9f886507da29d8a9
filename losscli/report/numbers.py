"""Numbers and names as text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

# Text, which re compiles where it is used: few starts need it.
_DECIMAL = r"-?\d*\.\d+([eE][+-]?\d+)?"
_NUMBER = r"-?\d+(\.\d+)?([eE][+-]?\d+)?"


def shortest(value: Any) -> str:
    """The shortest text that reads back as the same float."""
    return repr(float(value))


_WHOLE_BELOW = 1e6
"""Numbers up to here are never in powers of ten: with few digits, all before the point are shown."""


def rounded(value: Any, digits: int) -> str:
    """A number for reading, with so many significant digits; counts stay whole."""
    if isinstance(value, int):
        return str(value)
    # Adding 0.0 turns -0.0, which a log of 1 leaves behind, into the 0 that a reader expects.
    number = float(value) + 0.0
    text = f"{number:.{digits}g}"
    return f"{number:.0f}" if "e+" in text and abs(number) < _WHOLE_BELOW else text


def for_reading(text: str, digits: int) -> str:
    """Kept text; a decimal number with more digits than tables have is rounded to them."""
    if len(text) <= digits + 1 or not re.fullmatch(_DECIMAL, text):
        return text
    return rounded(float(text), digits)


def are_numbers(texts: Iterable[str]) -> bool:
    """Whether texts are decimal numbers, of which some may be missing."""
    given = [text for text in texts if text]
    return bool(given) and all(re.fullmatch(_NUMBER, text) for text in given)


def jsonable(value: Any) -> Any:
    """A value as JSON can hold it; what is not finite becomes ``"NaN"``, ``"Infinity"`` or ``"-Infinity"``."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [jsonable(x) for x in value]
    if isinstance(value, dict):
        return {k: jsonable(v) for k, v in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def plain(text: str, kept: str = "\n") -> str:
    """Text without control characters but ``kept``: what a terminal would act on is shown as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in text)

"""Numbers and names as text."""

from __future__ import annotations

import math
from typing import Any


def shortest(value: Any) -> str:
    """The shortest text that reads back as the same float."""
    return repr(float(value))


def rounded(value: Any, digits: int) -> str:
    """A number for reading, with so many significant digits; counts stay whole."""
    # Adding 0.0 turns -0.0, which a log of 1 leaves behind, into the 0 that a reader expects.
    return str(value) if isinstance(value, int) else f"{float(value) + 0.0:.{digits}g}"


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

"""Shares as bars, in eighths of a character."""

from __future__ import annotations

_PARTS = " ▏▎▍▌▋▊▉"


def bar(share: float, columns: int = 20) -> str:
    """A bar of so many columns for all, and as long as its share of it; nothing where there is no share."""
    eighths = round(min(max(share, 0.0), 1.0) * columns * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + _PARTS[rest]).rstrip()

"""Several p-values at once, each adjusted for the number of them."""

from __future__ import annotations

from collections.abc import Sequence

METHODS = ("holm", "bh", "none")
"""``holm`` holds the chance of any false alarm, ``bh`` the share of false ones among the alarms, ``none`` neither."""


def adjusted(p_values: Sequence[float | None], method: str = "holm") -> list[float | None]:
    """The p-values, adjusted; None stays None, and counts for none.

    Args:
        p_values: Of one family of tests.
        method: One of :data:`METHODS`.

    Source:
        S. Holm, A simple sequentially rejective multiple test procedure, 1979; Y. Benjamini and Y. Hochberg,
        Controlling the false discovery rate, 1995.
    """
    if method not in METHODS:
        raise ValueError(f"{method!r} is none of {', '.join(METHODS)}")
    if method == "none":
        return list(p_values)
    present = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    found: list[float | None] = [None] * len(p_values)
    m = len(present)
    if method == "holm":
        running = 0.0
        for rank, (p, i) in enumerate(present):
            running = max(running, (m - rank) * p)
            found[i] = min(1.0, running)
        return found
    running = 1.0
    for rank, (p, i) in reversed(list(enumerate(present))):
        running = min(running, m / (rank + 1) * p)
        found[i] = running
    return found

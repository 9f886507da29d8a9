"""The values alone, for shell scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losscli.report.numbers import shortest

if TYPE_CHECKING:
    from losscli.explore.sweep import Sweep


def render(sweep: Sweep, digits: int) -> str:
    """One line a loss and set of values; of a temperature that was fitted, that temperature alone."""
    if sweep.best:
        return "".join(f"{shortest(one.temperature)}\n" for one in sweep.best)
    return "".join(f"{shortest(row.result.value)}\n" for row in sweep.rows)

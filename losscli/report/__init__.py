"""Results in, text out. A renderer a file, each a function from a Report to text; nothing here computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from losscli.results.result import Result


@dataclass(eq=False, repr=False)
class Report:
    """What there is to show.

    Attributes:
        results: One a loss, of one run.
        index: The samples whose losses the results carry, or None.
        samples: Whether per-sample losses were asked for.
        digits: Significant digits, where numbers are for reading.
        by_loss: Whether the samples are the worst, in order of loss, those of each group together.
    """

    results: list[Result]
    index: Any = None
    samples: bool = False
    digits: int = 6
    by_loss: bool = False

    @property
    def unreduced(self) -> bool:
        """Whether the values are arrays."""
        return self.results[0].reduction == "none"

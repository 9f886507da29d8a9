"""A loss of two parts, such as a parabola and a line, of which the data meet one alone: its threshold does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from losscli.errors import Finding
from losscli.records import NamedTuple

if TYPE_CHECKING:
    from losscli.engine.plan import Job


class Met(NamedTuple):
    """How many of the first units are in a part, and how many there are."""

    part: str
    units: int
    of: int


class OnePart:
    """Looks at the first rows of a loss that says in which of its parts units are, and where a parameter parts them."""

    LEAST = 100

    def __init__(self, job: Job) -> None:
        self._loss, self._parameters = job.loss, job.parameters
        self._parameter = next(iter(job.loss.marks))
        self._pred, self._target = (bound.role.name for bound in job.inputs[:2])

    @classmethod
    def of(cls, job: Job) -> OnePart | None:
        """One for this job; None where its parts depend on no parameter, or on more than prediction and target."""
        two = len([role for role in job.loss.inputs if not role.optional]) == 2
        return cls(job) if two and job.loss.marks and "regimes" in job.loss.hooks else None

    def take(self, pred: NDArray[np.float64], target: NDArray[np.float64]) -> Met | None:
        """What the first rows show."""
        arguments: dict[str, Any] = {"xp": np, self._pred: pred, self._target: target, **self._parameters}
        found = self._loss.ask("regimes", arguments) or {}
        return next((Met(part, int(np.count_nonzero(mask)), mask.size) for part, mask in found.items()), None)

    def finding(self, shown: Met) -> Finding | None:
        """L217."""
        part, units, of = shown
        if of < self.LEAST or 0 < units < of:
            return None
        name, value = f"--{self._parameter.replace('_', '-')}", self._parameters[self._parameter]
        text = f"{self._loss.name}: {'all' if units else 'none'} of the first {of} errors are in its {part} part."
        sweep = f"losscli sweep {self._loss.name} PRED TARGET {name} 0.01:100:log"
        hint = f"{name} {value:g} parts nothing here: {sweep} shows at which sizes it would."
        return Finding("L217", text, hint)

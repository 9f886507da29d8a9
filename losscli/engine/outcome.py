"""What a run came to, loss by loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.reduce import Sums
from losscli.errors import Finding
from losscli.records import NamedTuple

if TYPE_CHECKING:
    from losscli.engine.collect import Sink
    from losscli.engine.plan import Job
    from losscli.engine.prepare import Prepared


class Group(NamedTuple):
    """The samples that share their values in the columns they were grouped by."""

    names: tuple[str, ...]
    numerator: float
    denominator: float
    samples: int


@dataclass(eq=False, repr=False)
class Outcome:
    """Everything one loss came to. Observers fill it in; ``observed`` is for those that have no place of their own.

    ``units`` are those of a loss of the whole set, and ``by_sample`` what they come to for each sample, if they do:
    its loss and its status. ``told`` is what prediction and target are at the samples that are shown, see
    :mod:`losscli.engine.told`.
    """

    job: Job
    sums: Sums = field(default_factory=Sums)
    units: NDArray[Any] | None = None
    by_sample: tuple[NDArray[np.float64], NDArray[np.uint8]] | None = None
    sink: Sink | None = None
    samples: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]] | None = None
    texts: dict[str, NDArray[Any]] = field(default_factory=dict)
    told: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    remarks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    infinite_inputs: bool = False
    observed: dict[str, Any] = field(default_factory=dict)


class Ended(NamedTuple):
    """A run of which every block was seen.

    Attributes:
        prepared: What was run.
        samples: How many samples there were, which a stream tells only at its end.
        outcomes: One a loss, for observers to fill in.
    """

    prepared: Prepared
    samples: int
    outcomes: list[Outcome]

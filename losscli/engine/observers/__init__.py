"""What looks at values as they pass: each observer takes from every block, merges what it took, and finishes.

A new one is a file here and nothing else: a class that derives from :class:`Observer`, handed to the engine as one of
``Wanted.observers``. It sees the same blocks as all others, and leaves what it found in ``Outcome.observed``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from losscli.records import NamedTuple

if TYPE_CHECKING:
    from losscli.engine.outcome import Ended
    from losscli.engine.plan import Job, Plan
    from losscli.engine.reduce import Sums
    from losscli.engine.rows import Block
    from losscli.spec.loss import Loss
    from losscli.spec.units import Statistic

REGIMES = "regimes"
"""Where ``Outcome.observed`` has the units in each part of a loss, if they are counted."""
WITHOUT = "without"
"""Where it has samples of a loss that is one number for the whole set, and what that would be without each."""
Part = TypeVar("Part")
"""What an observer takes from a block. It travels between processes."""


class Values(NamedTuple):
    """One loss on the samples of one block that are used.

    Attributes:
        job: The loss, with its inputs and parameters.
        sums: What the block adds to the loss.
        values: Unreduced values of shape (samples, units); None for a loss that is no sum over samples, and where all
            look at sums only. They are the engine's again after the block: what is to last longer must be copied.
        adding: The same as the reduction adds them: a mean may weigh each by a factor that a sum does not know.
        weighted: The same times the weights of the samples.
        weight: What each adds to what the mean divides by; None where that is 1, or 0 for what is ignored.
        ignored: Where a value is left out on purpose; None where none is.
        probed: What observers asked to see beside, see :meth:`Observer.probe`.
        again: Computes the statistic of some of the samples alone, of a loss that is no sum over samples.
        gradients: By input, if some observer asked for them: those of what the reduction adds up, weights of samples
            included; samples along axis 0, in the shape of the input's rows.
    """

    job: Job
    sums: Sums
    values: NDArray[Any] | None = None
    adding: NDArray[Any] | None = None
    weighted: NDArray[Any] | None = None
    weight: NDArray[Any] | None = None
    ignored: NDArray[Any] | None = None
    probed: Mapping[str, NDArray[Any]] = MappingProxyType({})
    again: Callable[[NDArray[np.bool_]], Statistic] | None = None
    gradients: Mapping[str, NDArray[Any]] | None = None


class Observer(ABC, Generic[Part]):
    """Takes from every block, and makes something of it at the end.

    Attributes:
        in_order: Whether parts must be delivered in the order of their blocks.
        sums_only: Whether it looks at the sums of blocks alone. If all do, the values of a loss are not kept until the
            next one is computed, which then takes their place in the cache.
        whole_samples: Whether it must see samples whole, so that one that is larger than a block is not cut.
        wrt: The inputs whose gradients it looks at, by the number of the loss.
    """

    in_order = False
    sums_only = False
    whole_samples = False
    wrt: Mapping[int, tuple[str, ...]] = MappingProxyType({})

    def begin(self, plan: Plan) -> None:
        """Learn what is about to be computed, before the first block and wherever blocks are computed."""

    def probe(self, loss: Loss, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """What it wants to see of a block beside the values, by name: arrays in their shape, or numbers.

        Called with what the kernel is handed, before that may write over it; the arrays are those of the backend. They
        come back in :attr:`Values.probed`, of shape (samples, units). Not called for losses that are no sum.
        """
        return {}

    @abstractmethod
    def take(self, block: Block, losses: Sequence[Values]) -> Part:
        """What it keeps of a block, of which at least one sample was read.

        A pure function, called from several threads or processes; the part may be a view of ``losses``.
        """

    def deliver(self, part: Part) -> Part:
        """Take a part to a place of its own, such as a file; return what is left of it to merge.

        Called once for each part, in the process that asked for the run, from several threads, before the values of
        the block are gone. An observer whose parts are views must not return them.
        """
        return part

    @abstractmethod
    def merge(self, parts: Sequence[Part]) -> Part:
        """One part of parts that follow one another: one at least. Any grouping of them gives the same result."""

    @abstractmethod
    def finish(self, part: Part, ended: Ended) -> None:
        """Add to the outcomes what the blocks came to."""


class ByLoss(Observer[list[Part]]):
    """Looks at each loss alone, and takes a part of each.

    If all observers do, the values of a loss are not kept until the next one is computed: many losses on one block then
    take no more memory than one.
    """

    @abstractmethod
    def of(self, block: Block, number: int, one: Values) -> Part:
        """What it keeps of a block and one loss, as :meth:`take` of all; a view of its values keeps these, too."""

    def take(self, block: Block, losses: Sequence[Values]) -> list[Part]:
        return [self.of(block, number, one) for number, one in enumerate(losses)]

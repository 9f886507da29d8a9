"""What a run is asked for: how to compute, what is read beside the inputs, and what is wanted beside the numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli.inputs.beside import Beside

if TYPE_CHECKING:
    from losscli.engine.collect import SampleWriter, Selection, Sink
    from losscli.engine.observers import Observer
    from losscli.options import Options


class Wanted(NamedTuple):
    """What is wanted beside the numbers, and where it is to go.

    Attributes:
        selection: The samples whose losses are wanted, or None.
        sink: Makes the place for unreduced values from (shape, dtype); None keeps them in memory.
        samples: Makes the place for per-sample losses that are written as they come, from (names of losses,
            names of columns kept, whether samples may be without a loss, samples); None collects them.
        progress: Told how many samples each block held, and how many there are (or about; None if unknown).
        observers: What else looks at values as they pass, see :mod:`losscli.engine.observers`.
    """

    selection: Selection | None = None
    sink: Callable[[tuple[int, ...], str], Sink] | None = None
    samples: Callable[[list[str], list[str], bool, int], SampleWriter] | None = None
    progress: Callable[[int, int | None], None] | None = None
    observers: tuple[Observer[Any], ...] = ()


class Request(NamedTuple):
    """All that a run is asked for, beside its plan."""

    options: Options
    beside: Beside = Beside()
    wanted: Wanted = Wanted()

    @property
    def elsewhere(self) -> Request:
        """The same for another process: where values go and who is told of progress stays with the one that asked."""
        # The weights themselves travel with what is read beside the inputs.
        return Request(self.options.but(sample_weight=None), self.beside)

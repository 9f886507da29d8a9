"""What a run is asked for: how to compute, what is read beside the inputs, and what is wanted beside the numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from losscli.inputs.beside import Beside
from losscli.records import NamedTuple

if TYPE_CHECKING:
    from losscli.engine.collect import SampleWriter, Selection, Sink
    from losscli.engine.observers import Observer
    from losscli.knobs.options import Options


class Gradients(NamedTuple):
    """The gradients that are wanted.

    Attributes:
        wrt: The inputs to take them to; none named: the first, or all embeddings that stand beside it.
        sink: Makes the place for each from (loss, input, shape, dtype); None keeps them in memory.
        figures: Whether it is wanted what they come to, and who gets how much of them: samples and classes.
        every: Whether the norm of every sample's is wanted, however many there are, and what is kept beside.
        worst: How many of the samples with the largest are wanted.
        kept: Whether the gradients themselves are.
        check: Whether closed forms are held to other ways to the gradient.
    """

    wrt: tuple[str, ...] = ()
    sink: Callable[[str, str, tuple[int, ...], str], Sink] | None = None
    figures: bool = True
    every: bool = False
    worst: int = 5
    kept: bool = True
    check: bool = False


class Wanted(NamedTuple):
    """What is wanted beside the numbers, and where it is to go.

    Attributes:
        selection: The samples whose losses are wanted, or None.
        sink: Makes the place for unreduced values from (shape, dtype); None keeps them in memory.
        samples: Makes the place for per-sample losses that are written as they come, from (names of losses,
            names of columns kept, whether samples may be without a loss, samples); None collects them.
        progress: Told how many samples each block held, and how many there are (or about; None if unknown).
        gradients: Which gradients are wanted, and where they are to go; or None.
        observers: What else looks at values as they pass, see :mod:`losscli.engine.observers`.
        only: Samples of which the blocks alone are computed, where blocks can be read in any order; none: all. What
            is known of the whole then is that of these blocks.
    """

    selection: Selection | None = None
    sink: Callable[[tuple[int, ...], str], Sink] | None = None
    samples: Callable[[list[str], list[str], bool, int], SampleWriter] | None = None
    progress: Callable[[int, int | None], None] | None = None
    gradients: Gradients | None = None
    observers: tuple[Observer[Any], ...] = ()
    only: tuple[int, ...] = ()


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

"""What the block loop knows of its inputs: which source is which input of which loss, and in which blocks it comes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from losscli.data.source import Source
from losscli.errors import Finding
from losscli.records import NamedTuple
from losscli.spec.kinds import Kind
from losscli.spec.loss import Input, Loss
from losscli.spec.several import gathered
from losscli.spec.signature import Form

BLOCK_ELEMENTS = 524_288
"""Elements of the widest input of a block, or of two where two are as wide: 4 MiB of float64. Measured: with half of
that, the short calls of two threads wait for each other, which costs cross entropy a tenth to a half; with twice,
bce_with_logits takes a third longer.
"""


class Bound(NamedTuple):
    """An input of a loss tied to a source.

    Attributes:
        streamed: Whether it is read block by block; otherwise whole, once.
        unbatched: Whether the source is one sample without a sample axis.
        row_shape: What the kernel sees of one sample (of a whole input: all of it).
        axis: Where kernels have the samples.
        number: Where a streamed source stands among those of its plan (:attr:`Plan.sources`).
    """

    role: Input
    kind: Kind
    source: Source | None
    streamed: bool = False
    unbatched: bool = False
    row_shape: tuple[int, ...] = ()
    number: int = -1
    axis: int = 0

    @property
    def samples(self) -> int:
        """The length of the sample axis."""
        return 1 if self.unbatched or self.source is None else self.source.rows


class Job(NamedTuple):
    """One loss of a plan, its inputs bound and its parameters resolved.

    Attributes:
        temperature: What its logits are divided by before it sees them.
    """

    loss: Loss
    parameters: dict[str, Any]
    inputs: tuple[Bound, ...]
    result_shape: tuple[int, ...]
    classes: int | None
    form: Form
    letters: dict[str, tuple[int, ...]]
    temperature: float = 1.0

    def axes(self, bound: Bound) -> tuple[str, ...]:
        """The letters of an input's axes, in the form of the signature that matched."""
        return self.form.inputs[self.inputs.index(bound)]

    @property
    def lengths_first(self) -> tuple[Bound, ...]:
        """The inputs in the order in which they are looked at: a wrong length shows what is no value."""
        return tuple(sorted(self.inputs, key=lambda b: b.kind.dtype != "length"))

    @property
    def width(self) -> int:
        """Elements of a sample in the widest required input, twice if another one is as wide."""
        required = [math.prod(b.row_shape) for b in self.inputs if b.streamed and not b.role.optional]
        widest = max(required)
        return widest * min(2, required.count(widest))

    @property
    def ignores(self) -> bool:
        """Whether its units may be left out on purpose."""
        return any(b.source is not None and b.kind.ignorable for b in self.inputs)

    def complaint(self, samples: int) -> tuple[str, str] | None:
        """What its loss has against so many samples: a sentence and a hint, or nothing."""
        shapes = {b.role.name: (samples, *b.row_shape) if b.streamed else b.row_shape for b in self.inputs if b.source}
        found: tuple[str, str] | None = self.loss.ask(
            "refuse", {"shapes": gathered(self.loss, shapes), **self.parameters}
        )
        return found

    @property
    def arrays(self) -> dict[str, Any]:
        """The parameters that are arrays."""
        return {p.name: self.parameters[p.name] for p in self.loss.parameters if p.type == "array"}


@dataclass(eq=False, repr=False)
class Plan:
    """All that the block loop needs to know about the inputs.

    Attributes:
        jobs: The losses; they share one pass over the sources.
        samples: The length of the sample axis; UNKNOWN_ROWS until the end of a stream was seen.
        width: Elements of a sample (:attr:`Job.width`). The blocks follow from it alone, so that the same data
            gives the same blocks, and the same bits, whatever the threads, the backend or the losses.
        sources: What is read block by block, each source once, by the number that inputs know it by.
        findings: Notes on how the inputs were read.
        whole: Whether all samples are one block.
        cut: The positions of one of the user's samples, where the plan's samples are positions (see
            :mod:`losscli.engine.tiles`); else 0.
    """

    jobs: list[Job]
    samples: int
    width: int
    sources: list[Source]
    findings: list[Finding] = field(default_factory=list)
    cut: int = 0
    whole: bool = False

    @property
    def block_rows(self) -> int:
        """Samples in a block."""
        if self.whole:
            return self.samples
        return max(1, BLOCK_ELEMENTS // self.width)

    @property
    def oversized(self) -> bool:
        """Whether a sample is larger than a block."""
        return self.width > BLOCK_ELEMENTS

    def blocks(self) -> Iterator[tuple[int, int]]:
        """The block grid, as (start, stop) samples; no block reaches over the end of a sample that is cut."""
        whole = self.cut or self.samples
        for first in range(0, self.samples, whole):
            for start in range(0, whole, self.block_rows):
                yield first + start, first + min(start + self.block_rows, whole)

    @property
    def sequential(self) -> bool:
        """Whether a source can only be read in order."""
        return any(s.sequential for s in self.sources)

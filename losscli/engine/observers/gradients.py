"""Gradients: they go to their place block by block, and what they come to for samples, classes and as a whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.data.source import UNKNOWN_ROWS
from losscli.engine.backward import chosen, scale_of
from losscli.engine.collect import Memory
from losscli.engine.exact import Expansion, grown, rounded
from losscli.engine.labels import class_labels
from losscli.engine.observers import Observer, Values
from losscli.engine.observers.groups import GroupSums, merged_groups, sums_by_group
from losscli.engine.parted import Names
from losscli.engine.reduce import sums_by_row
from losscli.engine.samples import columns_of, scattered
from losscli.engine.spread import EXACT, Spread, merged, spread_of

if TYPE_CHECKING:
    from losscli.backends.base import Backend
    from losscli.engine.collect import Sink
    from losscli.engine.outcome import Ended
    from losscli.engine.plan import Bound, Plan
    from losscli.engine.request import Gradients, Request
    from losscli.engine.rows import Block


_SAFE = (1e-140, 1e140)
"""Lengths whose squares neither under- nor overflow."""


class Top(NamedTuple):
    """Some samples, those with the largest norms first.

    Attributes:
        figures: Their norms, their places and their losses (NaN without one), of shape (3, samples).
        texts: What the columns kept beside hold.
    """

    figures: NDArray[np.float64] = np.empty((3, 0))
    texts: tuple[NDArray[Any], ...] = ()


class Figures(NamedTuple):
    """What the gradient to one input comes to over some blocks, before it is scaled.

    Attributes:
        lengths: Euclidean norms of the blocks' parts.
        largest: The largest absolute value, of those that are finite.
        zeros: How many are 0.
        bad: How many are not finite.
        size: How many there are.
        norms: How the norms of the samples' parts spread; empty of an input that is read whole.
        top: The samples with the largest norms.
        groups: By group of samples, sums of the norms of their parts that are finite.
        up: By class, the exact sum of what pushes it up: of the negative values.
        down: By class, that of the positive ones.
        targets: How many labels that count name each class.
        whole: The exact sum of the gradients of an input that is read whole, which every block adds to.
    """

    lengths: tuple[float, ...] = ()
    largest: float = 0.0
    zeros: int = 0
    bad: int = 0
    size: int = 0
    norms: Spread = Spread()
    top: Top = Top()
    groups: dict[Names, GroupSums] = {}  # noqa: RUF012
    up: Expansion = []  # noqa: RUF012 (never changed)
    down: Expansion = []  # noqa: RUF012
    targets: NDArray[np.int64] | None = None
    whole: Expansion = []  # noqa: RUF012


class Part(NamedTuple):
    """What blocks add: figures by input, what each sample adds to the loss, and the rows that are still to be written.

    Attributes:
        start: The first sample.
        rows: The rows of each input, by name.
        figures: By input.
        added: How what the samples add to the loss spreads; empty for a loss that is no sum.
        texts: What the columns kept beside hold, if all of it is wanted: block by block.
    """

    start: int
    rows: dict[str, NDArray[Any]]
    figures: dict[str, Figures]
    added: Spread
    texts: tuple[list[NDArray[Any]], ...] = ()


class Found(NamedTuple):
    """The gradient to one input.

    Attributes:
        bound: The input.
        scale: What the figures are multiplied by.
        figures: Its figures.
        array: The gradient itself, unless it went elsewhere.
        first: The number of the first class, as targets have it.
        words: The words that they have for classes; () where they have numbers.
    """

    bound: Bound
    scale: float
    figures: Figures
    array: NDArray[Any] | None
    first: int = 0
    words: tuple[str, ...] = ()


class Slopes(Observer[Part]):
    """Takes the gradients of one loss.

    Args:
        plan: What is computed.
        number: Which of its losses.
        backend: What computes it.
        request: How.
        wanted: Which gradients, and where they are to go.
    """

    def __init__(self, plan: Plan, number: int, backend: Backend, request: Request, wanted: Gradients) -> None:
        self._number, self._job = number, plan.jobs[number]
        wrt = chosen(self._job, wanted.wrt, backend.autograd)
        self.wrt = {number: wrt}
        self.sums_only = not wanted.figures
        self._wanted, self._dtype, self._reduction = wanted, backend.arithmetic, request.options.reduction
        self._many = EXACT < plan.samples < UNKNOWN_ROWS
        self._bounds = {b.role.name: b for b in self._job.inputs if b.role.name in wrt}
        self._labels = _labels(self._job.inputs[1:])
        self._base = 0 if self._labels is None else request.options.label_base
        self._first = scale_of(plan, self._job, request)
        self._sinks = self._placed(wanted) if wanted.kept else {}
        # Asked now, as some sources know at their end how long they are.
        self._grows = {n for n, b in self._bounds.items() if b.source and b.source.given_shape[:1] >= (UNKNOWN_ROWS,)}

    def _placed(self, wanted: Gradients) -> dict[str, Sink]:
        found: dict[str, Sink] = {}
        for name, bound in self._bounds.items():
            assert bound.source is not None
            shape = bound.source.given_shape
            if wanted.sink is None:
                found[name] = Memory(shape, self._dtype)
            else:
                found[name] = wanted.sink(self._job.loss.name, name, shape, self._dtype)
        return found

    def __getstate__(self) -> dict[str, Any]:
        # A place belongs to the process that asked for it.
        return self.__dict__ | {"_sinks": {}, "_wanted": self._wanted._replace(sink=None)}

    def take(self, block: Block, losses: Sequence[Values]) -> Part:
        one = losses[self._number]
        rows: dict[str, NDArray[Any]] = {}
        figures = {}
        losses_of = np.full(block.rows, np.nan)
        added = Spread()
        if self._wanted.figures and one.weighted is not None:
            added = spread_of(scattered(sums_by_row(one.weighted), block.keep, 0.0), many=self._many)
            losses_of = columns_of(block, [one], self._reduction)[0][0]
        for name, bound in self._bounds.items():
            gradient = None if one.gradients is None else one.gradients[name]
            if not bound.streamed:
                whole = [] if gradient is None else [np.asarray(gradient, np.float64)]
                figures[name] = Figures(whole=whole)
                continue
            if gradient is None:  # every sample was omitted
                gradient = np.zeros((block.count, *bound.row_shape), self._dtype)
            figures[name] = self._figures(bound, block, gradient, losses_of)
            rows[name] = scattered(gradient, block.keep, 0.0)
        texts = tuple([text] for text in block.texts) if self._wanted.every else ()
        return Part(block.start, rows, figures, added, texts)

    def _figures(self, bound: Bound, block: Block, gradient: NDArray[Any], losses: NDArray[np.float64]) -> Figures:
        if not self._wanted.figures:
            return Figures()
        found = figures_of(gradient)
        lengths = norms_of(gradient)
        norms = scattered(lengths, block.keep, 0.0)
        at = np.arange(block.start, block.start + block.rows, dtype=np.float64)
        top = _top(Top(np.stack([norms, at, losses]), tuple(block.texts)), self._wanted.worst)
        found = found._replace(norms=spread_of(norms, self._wanted.every, self._many), top=top)
        if block.groups:
            parted = block.parted
            found = found._replace(groups=sums_by_group(parted, np.where(np.isfinite(lengths), lengths, 0.0), 1))
        if not bound.kind.classes_first or gradient.ndim < 2:
            return found
        axes = tuple(i for i in range(gradient.ndim) if i != 1)
        up, down = ([np.add.reduce(sign(gradient, 0.0), axes, np.float64)] for sign in (np.minimum, np.maximum))
        targets = None
        if self._labels is not None:
            labels = class_labels(self._job, self._labels, block.of(self._labels), self._base)
            classes = self._job.classes or 0
            inside = labels[(labels >= 0) & (labels < classes)]
            targets = np.bincount(inside.reshape(-1), minlength=classes)
        return found._replace(up=up, down=down, targets=targets)

    def deliver(self, part: Part) -> Part:
        for name, rows in part.rows.items():
            if name in self._sinks:
                source = self._bounds[name].source
                assert source is not None
                scaled = rows if self._first == 1.0 else rows * rows.dtype.type(self._first)
                source.scatter(self._sinks[name].write, part.start, scaled)
        return part._replace(rows={})

    def merge(self, parts: Sequence[Part]) -> Part:
        each = {name: [part.figures[name] for part in parts] for name in parts[0].figures}
        figures = {name: _merged(mine, self._wanted.worst) for name, mine in each.items()}
        texts = tuple([x for some in column for x in some] for column in zip(*(p.texts for p in parts), strict=True))
        return Part(parts[0].start, {}, figures, merged([part.added for part in parts]), texts)

    def finish(self, part: Part, ended: Ended) -> None:
        outcome = ended.outcomes[self._number]
        true = derivative(ended, self._number)
        target = None if self._labels is None else self._labels.source
        found, words = {}, () if target is None else target.coded
        for name, bound in self._bounds.items():
            figures, sink = part.figures[name], self._sinks.get(name)
            assert bound.source is not None
            if not bound.streamed:
                values = rounded(figures.whole).reshape(bound.source.given_shape).astype(self._dtype)
                figures = figures_of(values.reshape(1, -1)) if self._wanted.figures else Figures()
                if sink is not None:
                    sink.write(0, values.reshape(1, -1) * values.dtype.type(self._first))
            if sink is not None:
                if name in self._grows:
                    sink.close(ended.samples)
                if true != self._first:
                    sink.scale(true / self._first)
            array = sink.array if isinstance(sink, Memory) else None
            found[name] = Found(bound, true, figures, array, 0 if words else self._base, words)
        outcome.observed["gradients"] = found
        outcome.observed["added"] = part.added
        labels = [column.label for column in ended.prepared.request.beside.keep]
        outcome.texts = {name: np.concatenate(text) for name, text in zip(labels, part.texts, strict=False)}


def _labels(others: Sequence[Bound]) -> Bound | None:
    return next((b for b in others if b.streamed and b.kind.dtype == "label"), None)


def derivative(ended: Ended, number: int) -> float:
    """That of the reduced loss by what the gradients are of: the sum of all that the reduction adds up."""
    outcome = ended.outcomes[number]
    options, job = ended.prepared.request.options, outcome.job
    if options.reduction == "sum" or (job.loss.whole and outcome.units is not None):
        return 1.0
    denominator = outcome.sums.denominator
    by_mean = 1.0 / denominator if denominator else 0.0  # where nothing counts nothing has a gradient, as in torch
    if not job.loss.made_of:
        return by_mean
    total = outcome.sums.numerator
    with np.errstate(all="ignore"):
        arguments = {"xp": np, "mean": np.float64(total * by_mean), "total": np.float64(total), **job.parameters}
        slope = ended.prepared.backend.slope(job.loss, arguments)
    return slope * by_mean if job.loss.made_of == "mean" else slope


def figures_of(gradient: NDArray[Any]) -> Figures:
    """The figures of some values, but for those of samples and classes."""
    size = np.abs(gradient)
    finite = np.isfinite(size)
    good = size if finite.all() else np.where(finite, size, 0.0)
    largest = float(good.max(initial=0.0))
    length = _length(good.reshape(-1), largest)
    return Figures((length,), largest, int(size.size - np.count_nonzero(size)), int((~finite).sum()), int(size.size))


def norms_of(gradient: NDArray[Any]) -> NDArray[np.float64]:
    """The Euclidean norm of each row."""
    rows = np.abs(gradient.reshape(len(gradient), math.prod(gradient.shape[1:]))).astype(np.float64, copy=False)
    if rows.shape[1] == 1:
        return np.asarray(rows[:, 0])
    plain = np.sqrt(np.add.reduce(rows * rows, axis=1))
    if ((plain > _SAFE[0]) & (plain < _SAFE[1])).all():
        return np.asarray(plain)
    largest = rows.max(axis=1, initial=0.0)
    # Relative to the largest, so that no square under- or overflows.
    unit = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)[:, None]
    scaled = rows / unit
    return np.asarray(np.sqrt(np.add.reduce(scaled * scaled, axis=1)) * unit[:, 0])


def _length(values: NDArray[Any], largest: float) -> float:
    if not largest:
        return 0.0
    scaled = values.astype(np.float64) / largest
    return largest * math.sqrt(float(np.add.reduce(scaled * scaled)))


def _top(samples: Top, most: int) -> Top:
    """Those with the largest norms, of those that are equal the first; what is no finite number before all."""
    figures = samples.figures
    norms = np.where(np.isfinite(figures[0]), figures[0], np.inf)
    near = np.arange(len(norms))
    if 0 < most < len(norms):
        near = np.flatnonzero(norms >= np.partition(norms, -most)[-most])
    near = near[np.lexsort((figures[1, near], -norms[near]))[:most]]
    return Top(figures[:, near], tuple(text[near] for text in samples.texts))


def _joined(tops: Sequence[Top]) -> Top:
    texts = zip(*(top.texts for top in tops), strict=True)
    return Top(np.concatenate([top.figures for top in tops], axis=1), tuple(map(np.concatenate, texts)))


def _merged(parts: Sequence[Figures], worst: int) -> Figures:
    counts = [p.targets for p in parts if p.targets is not None]
    return Figures(
        tuple(x for p in parts for x in p.lengths),
        max(p.largest for p in parts),
        sum(p.zeros for p in parts),
        sum(p.bad for p in parts),
        sum(p.size for p in parts),
        merged([p.norms for p in parts]),
        _top(_joined([p.top for p in parts]), worst),
        merged_groups([p.groups for p in parts]),
        grown([], [x for p in parts for x in p.up]),
        grown([], [x for p in parts for x in p.down]),
        np.add.reduce(counts) if counts else None,
        grown([], [x for p in parts for x in p.whole]),
    )

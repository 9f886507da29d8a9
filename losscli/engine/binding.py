"""From losses, sources and parameters to a plan: inputs are bound to sources, and what does not fit is refused."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from losscli.data.source import UNKNOWN_ROWS, Source
from losscli.engine.axes import SamplesFirst
from losscli.engine.lengths import Joined, Padded, kind_within
from losscli.engine.plan import Bound, Job, Plan
from losscli.engine.shapes import fit, shape_text
from losscli.engine.suspicions.shapes import masks, square
from losscli.engine.suspicions.values import negative_weights
from losscli.errors import DataError, Finding, ShapeError
from losscli.inputs.roles import refuse_missing
from losscli.records import NamedTuple
from losscli.spec.kinds import Along, Kind
from losscli.spec.loss import Input, Loss
from losscli.spec.several import gathered
from losscli.spec.signature import JOINED


def make_plan(losses: list[tuple[Loss, dict[str, Any], dict[str, Source]]]) -> Plan:
    """Bind to each loss, beside its parameters, its sources by input name.

    Raises:
        UsageError: A required input is missing.
        ShapeError: Shapes do not fit, naming both shapes and both files.
    """
    findings: list[Finding] = []
    jobs = [_bind(*one, findings) for one in losses]
    streamed = [(b, b.source) for job in jobs for b in job.inputs if b.streamed and b.source is not None]
    samples = min([_common_samples(jobs), *(b.samples for b, _ in streamed)])
    for bound, source in streamed:
        no_labels = isinstance(source, Padded) and bound.kind.dtype == "label"  # as their lengths say
        if samples == 0 or (math.prod(bound.row_shape) == 0 and not no_labels):
            raise DataError(f"{source.name}: holds no values (shape {shape_text(source.shape)}).")
    sources = list(dict.fromkeys(source for _, source in streamed))
    return Plan(_numbered(jobs, sources), samples, _common_width(jobs), sources, list(dict.fromkeys(findings)))


def _numbered(jobs: list[Job], sources: list[Source]) -> list[Job]:
    numbers = {source: number for number, source in enumerate(sources)}

    def numbered(bound: Bound) -> Bound:
        if bound.source is None or not bound.streamed:
            return bound
        return bound._replace(number=numbers[bound.source])

    return [job._replace(inputs=tuple(map(numbered, job.inputs))) for job in jobs]


def _common_samples(jobs: list[Job]) -> int:
    counts = {job.loss.name: job.inputs[0].samples for job in jobs}
    if len(set(counts.values())) > 1:
        seen = ", ".join(f"{count} for {name}" for name, count in counts.items())
        raise ShapeError(f"the inputs are not as many samples for every loss: {seen}.", "compute them one by one.")
    return jobs[0].inputs[0].samples


def _common_width(jobs: list[Job]) -> int:
    # Were the inputs of all losses together to decide, a loss would have other blocks, and other last digits,
    # in company than alone.
    widths = {job.loss.name: job.width for job in jobs}
    if len(set(widths.values())) > 1:
        seen = ", ".join(f"{size} for {name}" for name, size in widths.items())
        raise ShapeError(
            f"the losses would cut the samples into blocks of different sizes (elements a sample: {seen}).",
            "compute them one by one.",
        )
    return jobs[0].width


def _bind(one: Loss, parameters: dict[str, Any], sources: dict[str, Source], findings: list[Finding]) -> Job:
    given = [sources.get(role.name) for role in one.inputs]
    by_row = [r.streamed and not r.axis and not r.kind.broadcast for r in one.inputs]
    rows = min((s.rows for s, row in zip(given, by_row, strict=True) if s and row), default=UNKNOWN_ROWS)
    refuse_missing(one, sources)
    shapes = [_shape(s, rows) if s and not r.kind.broadcast else None for r, s in zip(one.inputs, given, strict=True)]
    form, matched = fit(one, given, shapes, findings)
    letters = form.match(matched)
    assert letters is not None
    axis = one.signature.sample_axis
    unbatched = axis not in form.inputs[0] or matched[0] == ()
    inputs = tuple(
        _bound(role, role.kind_for(parameters), source, shape, _Form(unbatched, axes, axis, matched[0] or ()))
        for role, source, shape, axes in zip(one.inputs, given, matched, form.inputs, strict=True)
    )
    inputs = tuple(_within_lengths(b, axes, axis, inputs) for b, axes in zip(inputs, form.inputs, strict=True))
    named = gathered(one, {r.name: s for r, s in zip(one.inputs, matched, strict=True) if s is not None})
    classes = letters["C"][0] if "C" in letters else one.ask("classes", {"shapes": named})
    _check_arrays(one, parameters, letters, inputs[0].row_shape)
    findings.extend(_negative(one, parameters))
    _check_words(one, given, classes)
    complaint = one.ask("refuse", {"shapes": named, **parameters})
    if complaint:
        raise ShapeError(f"{one.name}: {complaint[0]}", complaint[1])
    job = Job(one, parameters, inputs, form.result_shape(letters), classes, form, letters)
    findings.extend([*masks(job), *square(job)])
    return job


def _shape(source: Source, rows: int) -> tuple[int, ...]:
    """A source's shape; a stream is taken to be as long as the others, until its end is seen."""
    return (rows, *source.row_shape) if source.endless else source.shape


class _Form(NamedTuple):
    """What the form that matched says of an input: its axes, that of the samples, and the prediction's shape."""

    unbatched: bool
    axes: tuple[str, ...]
    samples: str
    pred: tuple[int, ...]


def _bound(role: Input, kind: Kind, source: Source | None, shape: tuple[int, ...] | None, form: _Form) -> Bound:
    if kind.soft_form is not None and "C" in form.axes:
        kind = kind.soft_form
    if source is None:
        return Bound(role, kind, None)
    if kind.broadcast:
        return _broadcast(role, source, form.pred, form.unbatched)
    assert shape is not None
    if form.unbatched and role.streamed:
        return Bound(role, kind, source, True, True, shape, axis=role.axis)
    if form.samples not in form.axes:
        return Bound(role, kind, source, row_shape=shape)
    axis = form.axes.index(form.samples)
    source = SamplesFirst(source, axis) if axis else source
    return Bound(role, kind, source, True, False, source.row_shape if axis else shape[1:], axis=axis)


def _within_lengths(bound: Bound, axes: tuple[str, ...], samples: str, inputs: tuple[Bound, ...]) -> Bound:
    """An input without what lies beyond each sample's length, if there is another one that tells lengths."""
    telling = next((b for b in inputs if b.role.kind.counts == bound.role.name), None)
    if telling is None or telling.source is None or bound.source is None:
        return bound
    kind, along, label = kind_within(bound.kind), telling.role.kind.along, bound.kind.dtype == "label"
    if axes == (JOINED + along,):
        source: Source = Joined(bound.source, telling.source, label)
        return bound._replace(kind=kind, source=source, streamed=True, row_shape=source.row_shape)
    place = [axis for axis in axes if axis != samples].index(along)
    return bound._replace(kind=kind, source=Padded(bound.source, telling.source, place, label, bound.unbatched))


def _broadcast(role: Input, source: Source, pred: tuple[int, ...], unbatched: bool) -> Bound:
    shape = _shape(source, pred[0]) if pred else source.shape
    given = len(shape)
    if role.kind.broadcast == "leading" and given == len(pred) - 1:
        shape = (*shape, 1)  # one number a row, never one a column, however many there are
    if pred[:1] == (UNKNOWN_ROWS,) and len(shape) == len(pred) and shape[0] != 1:
        pred = (shape[0], *pred[1:])  # one row a sample: the stream is as long, as its end will tell
    leading = role.kind.broadcast == "leading"
    if not _repeats_to(shape, pred) or (leading and not _repeats_once(shape[:given], pred)):
        shapes = f"shape {shape_text(shape)} does not broadcast to the prediction's {shape_text(pred)}"
        raise ShapeError(f"{source.name}: {role.name} of {shapes}.")
    streamed = not unbatched and len(shape) == len(pred) and shape[0] == pred[0]
    return Bound(role, role.kind, source, streamed, row_shape=shape[1:] if streamed else shape)


def _repeats_to(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether an array of ``shape`` broadcasts to exactly ``whole``."""
    aligned = zip(shape[::-1], whole[::-1], strict=False)
    return len(shape) <= len(whole) and all(length in (1, full) for length, full in aligned)


def _repeats_once(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether it is one number, or repeats along one axis alone: the last, left out, or one of length 1."""
    if len(shape) != len(whole):
        return shape in ((), whole[:-1])
    return sum(length != full for length, full in zip(shape, whole, strict=True)) <= 1


def _check_arrays(
    one: Loss, parameters: dict[str, Any], letters: dict[str, tuple[int, ...]], row_shape: tuple[int, ...]
) -> None:
    for p in one.parameters:
        array, option = parameters[p.name], f"{one.name}: --{p.name.replace('_', '-')}"
        if not isinstance(p.domain, Along) or array is None or not p.domain.axis:
            continue
        shape, along = array.shape, letters.get(p.domain.axis)
        if along is not None and shape != along:
            what = "classes" if p.domain.axis == "C" else f"values along {p.domain.axis}"
            raise ShapeError(
                f"{option} has shape {shape_text(shape)}, the prediction {along[0]} {what}.",
                f"give one number a {'class' if p.domain.axis == 'C' else 'value'}.",
            )
        if along is None and math.prod(shape) != 1 and not _repeats_to(shape, row_shape):
            raise ShapeError(
                f"{option} has shape {shape_text(shape)}, a sample {shape_text(row_shape)}.",
                "give one number, or one for each label of a sample.",
            )


def _negative(one: Loss, parameters: dict[str, Any]) -> Iterator[Finding]:
    for p in one.parameters:
        array = parameters[p.name]
        if isinstance(p.domain, Along) and p.domain.soft and array is not None and array.size and array.min() < 0:
            yield negative_weights(f"--{p.name.replace('_', '-')}", float(array.min()))


def _check_words(one: Loss, given: list[Source | None], classes: int | None) -> None:
    for source in given:
        if source is not None and source.coded and classes is not None and len(source.coded) != classes:
            raise ShapeError(
                f"{one.name}: {len(source.coded)} classes are named for {source.name}, "
                f"and the prediction has {classes}.",
                "--classes names one class for each column of the prediction, in their order.",
            )

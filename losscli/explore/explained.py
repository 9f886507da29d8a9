"""One sample, explained: the loss's own steps for a unit, then those that all losses share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from losscli.engine.collect import COUNTED, OMITTED
from losscli.errors import UsageError
from losscli.explore.typical import typical
from losscli.results.explanation import Explained, Unit
from losscli.spec.steps import VALUE, Entry, Step, Steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from losscli.engine.explained import Sample
    from losscli.knobs.exploring import ExplainOptions
    from losscli.results.result import Result

UNITS = 8
"""Units of a sample that are shown."""
Position = tuple[int, ...]


def explained(
    sample: Sample, rank: int | None, result: Result | None, options: ExplainOptions, median: float | None = None
) -> Explained:
    """One sample of a run.

    Args:
        sample: The sample, while the inputs are open.
        rank: By its loss.
        result: The loss of all; None where they were not read.
        options: What was asked for.
        median: The median of all losses, if it is known.
    """
    with np.errstate(all="ignore"):  # what comes out is shown
        return _explained(sample, rank, result, options, median)


def _explained(
    sample: Sample, rank: int | None, result: Result | None, options: ExplainOptions, median: float | None
) -> Explained:
    one = sample.one
    status = "counted" if one.status == COUNTED else "omitted" if one.status == OMITTED else "ignored"
    at = _position(sample, options)
    steps, worked, own = _worked(sample, at, status)
    contribution, share = None, None
    gradients: dict[str, NDArray[Any]] = {}
    if status == "counted" and one.weighted is not None:
        contribution, share, more = _into(sample, result, options)
        steps += more
        gradients, more = _slopes(sample, at, result, options, own)
        steps += more
    return Explained(
        number=one.number,
        place=line_of(sample),
        kept=dict(zip(options.keep, one.texts, strict=True)),
        status=status,
        value=one.value if status == "counted" else None,
        rank=rank,
        position=at if _several(sample) else (),
        units=math.prod(sample.shape),
        worst=_worst(sample) if _several(sample) and status != "omitted" else (),
        facts=() if own is None else tuple(own.facts),
        grid=None if own is None else own.grid,
        steps=tuple(steps),
        worked=worked,
        inputs=sample.inputs(),
        contribution=contribution,
        share=share,
        gradients=gradients,
        notes=(*(() if own is None else own.notes), *(typical(sample, own, median) if gradients else ())),
    )


def _several(sample: Sample) -> bool:
    return sample.one.units is not None and math.prod(sample.shape) > 1


def line_of(sample: Sample) -> str:
    """Where the sample stands in a text file."""
    bound = sample.job.inputs[0]
    if bound.source is None or bound.unbatched or bound.axis:
        return ""
    first = (0,) * len(bound.source.row_shape)
    place = bound.source.place((sample.one.number, *first)).partition(",")[0]
    return f"{place} of {bound.source.name}" if place.startswith("line ") else ""


def position_of(shape: Position, options: ExplainOptions) -> Position | None:
    """The unit that was asked for, of a sample of units in some shape; None where none was.

    Raises:
        UsageError: There is no such unit.
    """
    if options.at is not None:
        at: Position = tuple(options.at)
        if len(at) != len(shape) or any(i >= n for i, n in zip(at, shape, strict=True)):
            called, text = options.called("at"), ",".join(map(str, at))
            if math.prod(shape) == 1:
                raise UsageError(f"{called} is {text}, and a sample has one unit.", "leave it out.")
            last = ",".join(str(n - 1) for n in shape)
            raise UsageError(f"{called} is {text}, which no sample has.", f"units are numbered from 0 to {last}.")
        return at
    return None


def _position(sample: Sample, options: ExplainOptions) -> Position:
    """The unit to work out: what was asked for, else the worst that counts."""
    shape, one = sample.shape, sample.one
    asked = position_of(shape, options)
    if asked is not None:
        return asked
    if one.adding is None:
        return (0,) * len(shape)
    return _places(shape, _falling(sample)[:1])[0]


def _falling(sample: Sample) -> NDArray[np.int64]:
    """The numbers of the units, the largest first; ignored ones last."""
    adding, ignored = sample.one.adding, sample.one.ignored
    assert adding is not None
    key = np.nan_to_num(-adding.astype(np.float64), nan=-math.inf)
    return np.argsort(key if ignored is None else np.where(ignored, math.inf, key), kind="stable")


def _places(shape: Position, numbers: NDArray[np.int64]) -> list[Position]:
    return [tuple(int(i) for i in np.unravel_index(n, shape)) if shape else () for n in numbers.tolist()]


def _number(shape: Position, at: Position) -> int:
    return int(np.ravel_multi_index(at, shape)) if shape else 0


def _worst(sample: Sample) -> tuple[Unit, ...]:
    one, found = sample.one, []
    assert one.adding is not None
    numbers = _falling(sample)[:UNITS]
    for number, at in zip(numbers.tolist(), _places(sample.shape, numbers), strict=True):
        values = {role.name: sample.of_unit(at)[role.name] for role in sample.job.loss.inputs}
        scalars = {name: value for name, value in values.items() if isinstance(value, int | float)}
        ignored = one.ignored is not None and bool(one.ignored[number])
        found.append(Unit(at, scalars, None if ignored else float(one.adding[number])))
    return tuple(found)


def _worked(sample: Sample, at: Position, status: str) -> tuple[list[Step], float | None, Steps | None]:
    """From the inputs to the loss of the sample; the same as the loss's own steps have it, and these."""
    one = sample.one
    if status != "counted":
        return [], None, None
    if one.units is None or one.adding is None:
        return [Step(VALUE, (), one.value)], None, None
    number = _number(sample.shape, at)
    own = None if one.ignored is not None and one.ignored[number] else sample.steps(at)
    lines = [] if own is None else list(own.lines)
    name = f"{VALUE}[{','.join(map(str, at))}]" if _several(sample) else VALUE
    if lines:
        lines[-1] = Step(name, lines[-1].how, float(one.units[number]))
    elif not _several(sample):
        lines = [Step(name, (), float(one.units[number]))]
    worked = None if own is None else own.value
    if sample.job.loss.weighs_values and one.adding[number] != one.units[number] and not _several(sample):
        lines[-1] = lines[-1]._replace(name=f"{VALUE} of the unit")
        lines.append(Step(VALUE, ("as a mean weighs it, of ", lines[-1].value), one.value))
    if _several(sample):
        lines += _of_units(sample)
    elif lines[-1].value != one.value and not math.isnan(one.value):
        lines[-1] = lines[-1]._replace(name=f"{VALUE} of the unit")
        lines.append(Step(VALUE, ("as the loss makes it of ", lines[-1].value), one.value))
    return lines, worked, own


def _of_units(sample: Sample) -> list[Step]:
    """From the units to the loss of the sample, as per-sample losses have it."""
    one = sample.one
    assert one.adding is not None
    used = len(one.adding) - (0 if one.ignored is None else int(np.count_nonzero(one.ignored)))
    total = float(np.add.reduce(one.adding, dtype=np.float64))
    if one.value == total:
        return [Step(VALUE, (f"Σ of {used} units",), one.value)]
    if sample.job.loss.made_of:
        return [Step(VALUE, ("as the loss makes it of Σ = ", total, f" over {used} units"), one.value)]
    return [Step(VALUE, ("Σ / count = ", total, f" / {used} units"), one.value)]


def _into(
    sample: Sample, result: Result | None, options: ExplainOptions
) -> tuple[float | None, float | None, list[Step]]:
    """What the sample adds to the reduced loss, and its share of that."""
    one, steps = sample.one, []
    assert one.weighted is not None and one.adding is not None
    added = float(np.add.reduce(one.weighted, dtype=np.float64))
    if one.weight is not None:
        unweighted = float(np.add.reduce(one.adding, dtype=np.float64))
        steps.append(Step("times its weight", (one.weight, " · ", unweighted), added))
    if result is None or result.numerator is None or result.denominator is None:
        return None, None, steps
    if one.share is not None and options.reduction == "mean":
        steps.append(Step("in the denominator", (), float(np.add.reduce(one.share, dtype=np.float64))))
    total = result.numerator
    share = added / total if total and math.isfinite(total) else None
    if options.reduction == "sum":
        if share is not None:
            steps.append(Step("of the sum", (added, " / ", total), share))
        return added, share, steps
    part = added / result.denominator if result.denominator else math.nan
    steps.append(Step("into the mean", (added, " / ", result.denominator, f" {result.denominator_is}"), part))
    if share is not None:
        steps.append(Step("of the mean", (part, " / ", total / result.denominator), share))
    return part, share, steps


def _slopes(
    sample: Sample, at: Position, result: Result | None, options: ExplainOptions, own: Steps | None
) -> tuple[dict[str, NDArray[Any]], list[Step]]:
    """The gradients of the reduced loss, and a line for that of the unit to each input."""
    if not sample.gradients:
        return {}, []
    scale = 1.0 if result is None else sample.scale
    where = f"[{','.join(map(str, at))}]" if _several(sample) else ""
    of = (
        f"{VALUE}{where}"
        if result is None
        else "loss"
        if result.made_of
        else "sum"
        if options.reduction == "sum"
        else "mean"
    )
    steps = []
    for name in sample.gradients:
        mine = sample.gradient_of(name, at)
        if mine.ndim == 0:
            steps.append(_slope(f"∂{of}/∂{name}{where}", float(mine), scale, result))
        elif own is not None and own.entry is not None and own.entry.of == name:
            entry: Entry = own.entry
            steps.append(_slope(f"∂{of}/∂{entry.name}{where}", float(mine[entry.at]), scale, result))
        else:
            length = float(np.sqrt(np.add.reduce(np.square(mine.astype(np.float64)), axis=None)))
            steps.append(_slope(f"|∂{of}/∂{name}{where}|", length, abs(scale), result))
    return {name: np.asarray(array * scale) for name, array in sample.gradients.items()}, steps


def _slope(name: str, gradient: float, scale: float, result: Result | None) -> Step:
    if scale == 1.0:
        return Step(name, (), gradient)
    if result is not None and result.denominator and scale == 1.0 / result.denominator:
        return Step(name, (gradient, " / ", result.denominator), gradient * scale)
    return Step(name, (gradient, " · ", scale), gradient * scale)

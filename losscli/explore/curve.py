"""``curve``: a loss and its gradient as functions of one number, and where the samples of files lie on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli import backends, losses
from losscli.api import document, refuse_unknown
from losscli.engine.quantiles import distinct
from losscli.errors import UsageError
from losscli.explore.axis import CLASSES, Asked, Axis, Side, axis_of, plainly
from losscli.explore.lying import OnData, lying
from losscli.explore.opened import Opened, Setting, opened
from losscli.explore.values import Range, grid, ranges
from losscli.inputs.parameters import resolve
from losscli.knobs.options import CurveOptions, GradOptions, Options
from losscli.spec.loss import Loss
from losscli.wording import spoken

if TYPE_CHECKING:
    from losscli.results.result import Result

    Numbers = NDArray[np.float64]

CLOSED, AUTOGRAD, DIFFERENCES = "closed form", "autograd", "differences"
MOST_CURVES = 8
"""More cannot be told apart in one picture."""
_STEP = 1e-6
_HALVINGS = 44
"""Of the distance between two numbers of the grid, until nothing is between the sides of a jump."""


class Series(NamedTuple):
    """One curve.

    Attributes:
        loss: The loss.
        at: The values that this curve has and others may not, by parameter.
        side: What else tells it apart, such as ``target 0``; or "".
        values: The loss at each x.
        gradient: Its derivative by x at each.
        gradient_is: ``closed form``, as torch has it at kinks too, ``autograd`` or ``differences``.
        params: All parameters.
        signature: How it was computed.
    """

    loss: str
    at: dict[str, Any]
    side: str
    values: list[float]
    gradient: list[float]
    gradient_is: str
    params: dict[str, Any]
    signature: str


@dataclass(eq=False)
class Curve:
    """A loss, or several, along one axis.

    Attributes:
        x_is: What x is.
        ends: How far it goes.
        x: Where the loss was computed.
        series: The curves.
        data: Where the samples of files lie, if files were given.
        table: Whether x was chosen by hand, for a table and not for a picture.
    """

    x_is: str
    ends: tuple[float, float]
    x: list[float]
    series: tuple[Series, ...]
    data: OnData | None = None
    table: bool = False

    def plot(self) -> str:
        """The picture as SVG."""
        from losscli.report.curve.picture import picture
        from losscli.report.plot.svg import render

        found = picture(self)
        if found is None:
            raise UsageError("a table of numbers chosen by hand has no picture.", "leave `at` out.")
        return render(found)

    def _repr_svg_(self) -> str | None:
        return None if self.table else self.plot()


@spoken
def curve(loss: str | Loss | Sequence[str | Loss], *inputs: Any, **named: Any) -> Curve:
    """Compute a loss, or several, and their gradients as functions of one number.

    Args:
        loss: A name or alias; ``"mse,l1"`` or a sequence takes several.
        *inputs: Arrays, or paths of files, to see where samples lie; none for the curve alone.
        OPTIONS
        **named: Inputs by name (``target=...``) and the losses' parameters, of which one may have several values
            (``beta=[0.1, 1, 5]``, ``beta="0.1,1,5"``).

    Returns:
        The curves, and where the samples lie.

    Raises:
        losscli.LossCLIError: With a sentence that names the input and the place, and a hint.
    """
    chosen, _ = losses.asked(loss)
    options, own = CurveOptions.out_of(named)
    refuse_unknown(chosen, own, CurveOptions)
    return curve_on(chosen, inputs, own, options)


document(curve, CurveOptions.offered())


def curve_of(setting: Setting, inputs: Opened | None, options: Options) -> Curve:
    """The curve of one loss, and where the units of inputs lie on it that are open already.

    Raises:
        losscli.LossCLIError: It is no function of one number, or the inputs cannot be computed.
    """
    axis = own_axis(setting)
    drawn = [_Drawn(setting._replace(temperature=1.0), {}, axis)]  # it moves the data along the curve
    if inputs is None or axis.of_data is None:
        return _along(drawn, (axis.low, axis.high), None, options)
    found = lying(inputs, setting, axis)
    return _along(drawn, (found.edges[0], found.edges[-1]), None, options, found)


def own_axis(setting: Setting) -> Axis:
    """What a loss is a function of, with the values of its parameters.

    Raises:
        losscli.UsageError: It is no function of one number.
    """
    one, parameters = setting.loss, setting.parameters
    given = tuple(float(v) for v in parameters.values() if isinstance(v, int | float) and not isinstance(v, bool))
    return axis_of(one, Asked(parameters, given), plainly(one, parameters))


def places_of(setting: Setting, inputs: Opened, number: int) -> list[float]:
    """Where the units of one sample lie along the curve of a loss; none where data have no place on it.

    Raises:
        losscli.LossCLIError: It is no function of one number, or the inputs cannot be computed.
    """
    from losscli.engine.observers.along import PLACES, Places
    from losscli.engine.request import Wanted

    axis = own_axis(setting)
    if axis.of_data is None:
        return []
    observer = Places(axis.of_data, number)
    found = inputs.compute([setting], Wanted(observers=(observer,), only=(number,)))
    places: list[float] = found.outcomes[0].observed[PLACES]
    return places


class _Drawn(NamedTuple):
    """A loss with the parameters of one curve, or of one on either side."""

    setting: Setting
    at: dict[str, Any]
    axis: Axis


def curve_on(
    chosen: Sequence[Loss],
    positional: Sequence[Any],
    named: Mapping[str, Any],
    options: CurveOptions,
    progress: Callable[[int, int | None], None] | None = None,
) -> Curve:
    """Compute curves; the work behind both front ends.

    Args:
        chosen: The losses.
        positional: Inputs by position, or none.
        named: Inputs by name, and parameters, of which some may have several values.
        options: How to compute, and where.
        progress: Told how far a pass over data is.

    Raises:
        losscli.LossCLIError: The request makes no sense, or the inputs cannot be computed.
    """
    over = ranges(chosen, named)
    rest = {name: value for name, value in named.items() if name not in {one.name for one in over}}
    target = _target(chosen, positional, rest)
    given = bool(positional) or any(rest.get(role.name) is not None for one in chosen for role in one.inputs)
    if target is not None:
        given = False
    drawn = _drawn(chosen, over, rest, options, 1.0 if target is None else target)
    named_range, at = _range(options.range), _numbers(options.at)
    for flag, text, x in (("--range", options.range, named_range), ("--at", options.at, at)):
        if x is not None:
            _refuse_outside(flag, text, min(x), max(x), drawn[0].axis)
    if not given:
        ends = named_range or (min(d.axis.low for d in drawn), max(d.axis.high for d in drawn))
        return _along(drawn, ends, at, options)
    with opened([d.setting for d in drawn], positional, rest, options) as inputs:
        last = drawn[-1]
        found = lying(inputs, last.setting, last.axis, named_range, progress)
    return _along(drawn, (found.edges[0], found.edges[-1]), at, options, found)


def _along(
    drawn: Sequence[_Drawn], ends: tuple[float, float], at: Numbers | None, options: Options, data: OnData | None = None
) -> Curve:
    axis = drawn[0].axis
    x = _with_kinks(drawn, axis.grid(*ends), options) if at is None else at
    return Curve(axis.name, ends, x.tolist(), tuple(_series(drawn, x, options)), data, at is not None)


def _target(chosen: Sequence[Loss], positional: Sequence[Any], named: Mapping[str, Any]) -> float | None:
    """The one number that was given for the target, and nothing for the prediction; else None."""
    names = {role.name for one in chosen for role in one.inputs if not role.optional}
    given = {name: named[name] for name in names if named.get(name) is not None}
    seconds = {one.inputs[1].name for one in chosen if len(one.inputs) > 1}
    if positional or len(given) != 1 or not given.keys() <= seconds:
        return None
    try:
        return float(next(iter(given.values())))
    except (TypeError, ValueError):
        return None


def _drawn(
    chosen: Sequence[Loss], over: list[Range], named: Mapping[str, Any], options: CurveOptions, target: float
) -> list[_Drawn]:
    """Every curve that is wanted, each with its axis, which all share."""
    several = {one.name for one in over if len(one.values) > 1}
    found = []
    for one in chosen:
        own = {p.name for p in one.parameters}
        mine = [r for r in over if r.name in own]
        numbers = tuple(float(v) for r in mine for v in r.values if isinstance(v, int | float))
        for values in grid(mine):
            parameters = resolve(one, {**named, **values})
            asked = Asked(parameters, numbers, target, options.classes_count or CLASSES)
            axis = axis_of(one, asked, plainly(one, parameters))
            at = {name: parameters[name] for name in values if name in several}
            found.append(_Drawn(Setting(one, parameters), at, axis))
    if len(found) > MOST_CURVES and options.at is None:
        raise UsageError(f"these are {len(found)} curves.", f"{MOST_CURVES} are the most; --at has a table of any.")
    other = next((d for d in found if d.axis.name != found[0].axis.name), None)
    if other is not None:
        first = found[0]
        raise UsageError(
            f"{first.setting.loss.name} is a function of {first.axis.name}, "
            f"and {other.setting.loss.name} of {other.axis.name}.",
            "draw them one by one.",
        )
    return found


def _range(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    low, colon, high = text.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = math.nan, math.nan
    if not colon or not all(map(math.isfinite, ends)) or not 0 < ends[1] - ends[0] < math.inf:
        raise UsageError(f"--range is {text!r}.", "it is typed as -5:5, the smaller end first.")
    return ends


def _numbers(given: Any) -> Numbers | None:
    if given is None:
        return None
    parts = given.split(",") if isinstance(given, str) else given if isinstance(given, Iterable) else [given]
    try:
        found = np.array([float(part) for part in parts])
    except (TypeError, ValueError):
        found = np.array([math.nan])
    if not found.size or not np.isfinite(found).all():
        raise UsageError(f"--at is {given!r}.", "it is typed as -3,0,2.5.")
    return found


def _refuse_outside(flag: str, text: Any, low: float, high: float, axis: Axis) -> None:
    """Refuse what is no probability. Its ends, which curves leave out, may be asked for; other domains are soft."""
    ends = axis.domain._replace(closed_low=True, closed_high=True)
    if math.isfinite(ends.high - ends.low) and (low not in ends or high not in ends):
        raise UsageError(f"{flag} is {text}, outside {ends}: x is {axis.name}.", f"{flag} takes what lies inside.")


# The curves


def _series(drawn: Sequence[_Drawn], x: Numbers, options: Options) -> list[Series]:
    return [_one(d, side, x, options) for d in drawn for side in d.axis.sides]


def _one(drawn: _Drawn, side: Side, x: Numbers, options: Options) -> Series:
    result = _computed(drawn.setting, side, x, options)
    gradient, how = _gradient(drawn.setting, side, x, options)
    one = drawn.setting.loss
    name = side.name if len(drawn.axis.sides) > 1 else ""
    values = np.asarray(result.value, np.float64).reshape(-1).tolist()
    return Series(one.name, drawn.at, name, values, gradient.tolist(), how, result.params, result.signature)


def _computed(setting: Setting, side: Side, x: Numbers, options: Options) -> Result:
    """The unreduced loss at each x, by the engine."""
    from losscli.engine.request import Wanted

    how = Options(reduction="none", backend=options.backend, device=options.device, dtype=options.dtype)
    with opened([setting], side.inputs(x), {}, how) as inputs:
        return inputs.compute([setting], Wanted()).results[0]


def _gradient(setting: Setting, side: Side, x: Numbers, options: Options) -> tuple[Numbers, str]:
    """The derivative by x: of each input's gradient, as much as that input changes with x."""
    arrays = side.inputs(x)
    with np.errstate(all="ignore"):
        found = setting.loss.gradients(np.ones(len(x)), *arrays, **setting.parameters)
    slopes = side.slopes(x)
    how = CLOSED
    if not slopes.keys() <= found.keys() and backends.find(options.backend).autograd:
        found, how = _by_autograd(setting, arrays, tuple(slopes), options), AUTOGRAD
    if slopes.keys() <= found.keys():
        parts = [(found[name] * slope).reshape(len(x), -1).sum(axis=1) for name, slope in slopes.items()]
        return np.add.reduce(parts), how
    step = _STEP * np.maximum(1.0, np.abs(x))
    ends = np.concatenate([x - step, x + step])
    low, high = np.asarray(_computed(setting, side, ends, options).value, np.float64).reshape(2, -1)
    with np.errstate(all="ignore"):
        return (high - low) / (2 * step), DIFFERENCES


def _by_autograd(
    setting: Setting, arrays: Sequence[NDArray[Any]], wrt: tuple[str, ...], options: Options
) -> dict[str, NDArray[Any]]:
    """The gradients of the sum to some inputs, which are those of each value."""
    from losscli.engine.request import Gradients, Wanted
    from losscli.explore.grad import gradients_of

    how = GradOptions(reduction="sum", backend=options.backend, device=options.device, dtype=options.dtype, wrt=wrt)
    (found,) = gradients_of(
        [setting.loss], arrays, setting.parameters, how, Wanted(gradients=Gradients(wrt, figures=False))
    )
    return {one.name: np.asarray(one.array, np.float64) for one in found.inputs}


def _with_kinks(drawn: Sequence[_Drawn], x: Numbers, options: Options) -> Numbers:
    """Numbers, and those on either side of every place where a gradient jumps between two of them."""
    more = [x]
    for d in drawn:
        for side in d.axis.sides:
            gradient, how = _gradient(d.setting, side, x, options)
            if how == CLOSED and np.isfinite(gradient).all():
                more.extend(_sides_of_jumps(d.setting, side, x, gradient, options))
    return distinct(np.concatenate(more))


def _sides_of_jumps(
    setting: Setting, side: Side, x: Numbers, gradient: Numbers, options: Options
) -> tuple[Numbers, Numbers]:
    """The last number before each jump of a gradient, and the first after it."""
    steps = np.abs(np.diff(gradient))
    beside = np.maximum(np.r_[0.0, steps[:-1]], np.r_[steps[1:], 0.0])
    (jumps,) = np.nonzero((steps > 8 * beside) & (steps > 0.01 * np.ptp(gradient)))
    low, high = x[jumps], x[jumps + 1]
    before, after = gradient[jumps], gradient[jumps + 1]
    for _ in range(_HALVINGS if len(jumps) else 0):
        middle = low / 2 + high / 2
        here, _how = _gradient(setting, side, middle, options)
        first = np.abs(here - before) <= np.abs(here - after)
        low, high = np.where(first, middle, low), np.where(first, high, middle)
    return low, high

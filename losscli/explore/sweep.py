"""``sweep``: what a loss would be with other values of a parameter, all of them in one pass over the data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli import losses
from losscli.api import document, refuse_unknown
from losscli.errors import ParameterError, UsageError
from losscli.explore.opened import Opened, Setting, opened
from losscli.explore.values import HINT, Range, grid, parse, ranges
from losscli.inputs.parameters import resolve
from losscli.inputs.several import spread
from losscli.knobs.options import SweepOptions
from losscli.spec.calls import call
from losscli.spec.kinds import Interval
from losscli.spec.loss import Loss, Parameter
from losscli.wording import heard, spoken

if TYPE_CHECKING:
    from losscli.engine.observers import Observer
    from losscli.engine.observers.regimes import Counted
    from losscli.engine.observers.worst import Worst
    from losscli.results.result import Result

FIT = "fit"
TEMPERATURE = Parameter("temperature", "float", Interval(0.0, math.inf, False, False), 1.0, "")
_AROUND = (0.2, 0.5, 1.0, 2.0, 5.0)
"""The temperatures that are shown beside one that was fitted."""
WORST = 0.01
"""The part of the samples of which the share in the loss is told."""


class Row(NamedTuple):
    """One loss with one set of values.

    Attributes:
        at: The values that are swept, by parameter; of those that this loss has.
        result: What ``compute`` returns for them, to the last bit.
        regimes: How many units are in which part of the loss.
        worst: What the worst 1 % of the samples hold of it; None where there is no telling.
        gradient: The mean over the units of the size of a unit's gradient to the prediction; None where there is none.
    """

    at: dict[str, Any]
    result: Result
    regimes: dict[str, Counted]
    worst: Worst | None
    gradient: float | None


class Marked(NamedTuple):
    """The value of a parameter that the data suggest, and why."""

    loss: str
    parameter: str
    value: float
    why: str


class Best(NamedTuple):
    """The temperature at which a loss is smallest.

    Attributes:
        loss: Its name.
        temperature: T.
        value: The loss there.
        change: That over the loss at T = 1, less 1.
        passes: How often the data were read to find it.
    """

    loss: str
    temperature: float
    value: float
    change: float
    passes: int


@dataclass(eq=False)
class Sweep:
    """A loss, or several, at several values of one parameter or two.

    Attributes:
        over: The parameters that have several values, with these; ``temperature`` last.
        rows: One a loss and set of values.
        marks: Values that the data suggest.
        best: For each loss of which the temperature was fitted, the best one.
    """

    over: tuple[Range, ...]
    rows: tuple[Row, ...]
    marks: tuple[Marked, ...] = ()
    best: tuple[Best, ...] = ()

    @property
    def losses(self) -> list[str]:
        """The names of the losses, in the order asked for."""
        return list(dict.fromkeys(row.result.loss for row in self.rows))

    def plot(self) -> str:
        """The picture as SVG."""
        from losscli.report.plot.svg import render
        from losscli.report.sweep.picture import picture

        found = picture(self)
        if found is None:
            raise UsageError("there is no axis of numbers to draw this sweep on.", "give a parameter three numbers.")
        return render(found)

    def _repr_svg_(self) -> str | None:
        try:
            return self.plot()
        except UsageError:
            return None


@spoken
def sweep(loss: str | Loss | Sequence[str | Loss], *inputs: Any, **named: Any) -> Sweep:
    """Compute one loss, or several, at several values of a parameter or two, in one pass over the data.

    Args:
        loss: A name or alias; ``"huber,smooth_l1"`` or a sequence takes several.
        *inputs: Arrays, or paths of files, in torch's order (prediction before target).
        OPTIONS
        **named: Inputs by name (``target=...``) and the losses' parameters, of which some have several values: numbers
            in a sequence (``delta=[0.1, 1, 10]``) or as they are typed (``delta="0.1:10:log"``).

    Returns:
        The values, one row a loss and set of parameters, and what the data suggest.

    Raises:
        losscli.LossCLIError: With a sentence that names the input and the place, and a hint.

    Warns:
        losscli.LossWarning: Something looks wrong.
    """
    chosen, _ = losses.asked(loss)
    theirs = {p.name for one in chosen for p in one.parameters}  # a loss's own parameter goes before an option
    options, own = SweepOptions.out_of({name: value for name, value in named.items() if name not in theirs})
    refuse_unknown(chosen, own, SweepOptions)
    found = sweep_on(chosen, inputs, own | {name: named[name] for name in theirs & named.keys()}, options)
    heard(finding for row in found.rows for finding in row.result.warnings)
    return found


document(sweep, SweepOptions.offered())


def sweep_on(
    chosen: Sequence[Loss],
    positional: Sequence[Any],
    named: Mapping[str, Any],
    options: SweepOptions,
    progress: Callable[[int, int | None], None] | None = None,
) -> Sweep:
    """Compute losses at several values of parameters; the work behind both front ends.

    Args:
        chosen: The losses.
        positional: Their inputs by position.
        named: Inputs by name, and parameters, of which some have several values.
        options: How to compute.
        progress: Told how far a pass is.

    Raises:
        losscli.LossCLIError: The request makes no sense, or the inputs cannot be computed.
    """
    fitted = isinstance(options.temperature, str) and options.temperature == FIT
    chosen, named = spread(list(chosen), named)
    given = ranges(chosen, named)
    over = [one for one in given if len(one.values) > 1]
    several = {one.name for one in over}
    single = {one.name: one.values[0] for one in given if one.name not in several}
    fixed = {name: value for name, value in {**named, **single}.items() if name not in several}
    heat = _temperatures(chosen, options.temperature)
    if not any(one.parameters for one in chosen) and not any(map(takes_logits, chosen)):
        names = " and ".join(one.name for one in chosen)
        raise UsageError(f"{names} has no parameter to sweep.", "losscli compute has its value.")
    heated = heat is not None and len(heat.values) + fitted > 1
    if not over and not heated:
        raise UsageError("no parameter has several values.", f"{_example(chosen)}; {HINT}")
    if heat is not None and heated:
        over = [*over, heat]
    elif heat is not None:
        fixed[TEMPERATURE.name] = heat.values[0]
    if fitted and len(over) > 1:
        raise UsageError(
            "a temperature is fitted for one set of values.", f"give --{over[0].name.replace('_', '-')} one value."
        )
    pass_over = _Pass(chosen, fixed, over, progress)
    with opened(pass_over.settings, positional, fixed, options) as inputs:
        best = pass_over.fitted(inputs) if fitted else {}
        return pass_over.computed(inputs, best)


def _temperatures(chosen: Sequence[Loss], given: Any) -> Range | None:
    """The temperatures asked for, 1 among them; None where none are."""
    if given is None:
        return None
    if not any(map(takes_logits, chosen)):
        names = " and ".join(one.name for one in chosen)
        raise UsageError(f"--temperature divides logits, and {names} takes none.", "leave --temperature out.")
    if isinstance(given, str) and given == FIT:
        return Range(TEMPERATURE.name, _AROUND, log=True)
    found = parse("--temperature", TEMPERATURE, given)
    for value in found.values:
        if not isinstance(value, int | float) or value not in TEMPERATURE.domain:  # type: ignore[operator]
            raise ParameterError(f"--temperature is {value!r}, outside its domain.", "it must be > 0 and finite.")
    values = tuple(map(float, found.values))
    return found._replace(values=values if 1.0 in values else tuple(sorted((*values, 1.0))))


def takes_logits(one: Loss) -> bool:
    """Whether a loss has inputs that a temperature divides."""
    return any(role.kind.space == "logits" for role in one.inputs)


def _example(chosen: Sequence[Loss]) -> str:
    numeric = [p for one in chosen for p in one.parameters if p.type == "float"]
    if numeric:
        first = numeric[0]
        narrow = isinstance(first.domain, Interval) and first.domain.high < 10.0
        values = "0.1,0.2" if narrow else "0.1,1,10"
        return f"--{first.name.replace('_', '-')} {values}"
    return "--temperature 0.5,1,2" if any(map(takes_logits, chosen)) else "--PARAMETER 0.1,1,10"


class _Pass:
    """What one pass over the data computes."""

    def __init__(
        self,
        chosen: Sequence[Loss],
        fixed: Mapping[str, Any],
        over: list[Range],
        progress: Callable[[int, int | None], None] | None,
    ) -> None:
        self._chosen, self._fixed, self._over, self._progress = chosen, fixed, over, progress
        base = {one: resolve(one, fixed) for one in chosen}
        self._places = [place for one in chosen for place in self._of(one)]
        self.settings = [_setting(one, base[one], at, fixed) for one, at in self._places]
        swept = [r.name for r in over]
        marks = [(one, name, mark) for one in chosen for name, mark in one.marks.items() if swept == [name]]
        firsts = {one: next(s.parameters for s in self.settings if s.loss is one) for one, *_ in marks}
        self._marks = [(f"mark of {one.name}", one, name, mark, firsts[one][name]) for one, name, mark in marks]

    def _of(self, one: Loss) -> list[tuple[Loss, dict[str, Any]]]:
        """A loss at every set of those values that it has parameters for."""
        own = {p.name for p in one.parameters} | ({TEMPERATURE.name} if takes_logits(one) else set())
        return [(one, at) for at in grid([r for r in self._over if r.name in own])]

    def fitted(self, inputs: Opened) -> dict[Loss, Any]:
        """The best temperature of each loss that takes logits."""
        from losscli.engine.request import Wanted
        from losscli.explore.fit import fit

        found = {}
        for one in (one for one in self._chosen if takes_logits(one)):
            base = resolve(one, self._fixed)

            def values(temperatures: Sequence[float], one: Loss = one, base: dict[str, Any] = base) -> list[float]:
                settings = [Setting(one, base, t) for t in temperatures]
                return [float(r) for r in inputs.compute(settings, Wanted(progress=self._progress)).results]

            found[one] = fit(one.name, values)
        return found

    def computed(self, inputs: Opened, fits: Mapping[Loss, Any]) -> Sweep:
        """All rows, with the marks and what was fitted."""
        from losscli.engine.observers import along, regimes, slopes, worst
        from losscli.engine.request import Wanted

        places, settings = list(self._places), list(self.settings)
        for one, fitted in fits.items():
            places.append((one, {TEMPERATURE.name: fitted.temperature}))
            settings.append(_setting(one, resolve(one, self._fixed), places[-1][1], self._fixed))
        sampled = [
            along.Sampled(key, partial(_called, mark.of), ((name, first),)) for key, _, name, mark, first in self._marks
        ]
        observers: tuple[Observer[Any], ...] = (regimes.Regimes(), worst.WorstShare(WORST), slopes.Slopes(), *sampled)
        found = inputs.compute(settings, Wanted(progress=self._progress, observers=observers))
        rows = [
            Row(_used(at, result), result, *(outcome.observed[one.OBSERVED] for one in (regimes, worst, slopes)))
            for (_, at), result, outcome in zip(places, found.results, found.outcomes, strict=True)
        ]
        marks = tuple(self._marked(found.outcomes[0].observed))
        order = list(dict.fromkeys(one.name for one in self._chosen))
        if fits:
            rows.sort(key=lambda row: (order.index(row.result.loss), row.at.get(TEMPERATURE.name, 1.0)))
        return Sweep(tuple(self._over), tuple(rows), marks, tuple(_best(rows, fits)))

    def _marked(self, observed: Mapping[str, Any]) -> list[Marked]:
        from losscli.engine.quantiles import median

        found = []
        for key, one, name, mark, _ in self._marks:
            if len(observed[key]):
                found.append(Marked(one.name, name, mark.times * median(observed[key]), mark.why))
        return found


def _called(function: Callable[..., Any], xp: Any, arguments: Mapping[str, Any]) -> Any:
    return call(function, {**arguments, "xp": xp})


def _setting(one: Loss, base: Mapping[str, Any], at: Mapping[str, Any], fixed: Mapping[str, Any]) -> Setting:
    own = {name: value for name, value in at.items() if name in base}
    heat = at.get(TEMPERATURE.name, fixed.get(TEMPERATURE.name, 1.0)) if TEMPERATURE.name not in base else 1.0
    return Setting(one, resolve(one, {**base, **own}), float(heat) if takes_logits(one) else 1.0)


def _used(at: Mapping[str, Any], result: Result) -> dict[str, Any]:
    """Values as the loss used them: 1.0 for 1."""
    return {name: result.params.get(name, value) for name, value in at.items()}


def _best(rows: Sequence[Row], fits: Mapping[Loss, Any]) -> list[Best]:
    found = []
    for one, fitted in fits.items():
        at = {row.at[TEMPERATURE.name]: float(row.result) for row in rows if row.result.loss == one.name}
        value = at[fitted.temperature]
        change = value / at[1.0] - 1.0 if at[1.0] else math.nan
        found.append(Best(one.name, fitted.temperature, value, change, fitted.passes))
    return found

"""A look around: the losses that fit some inputs, each at values that change, again and again on the same inputs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from losscli import losses
from losscli.diagnosis.fits import Fit, fits
from losscli.errors import LossCLIError, UsageError
from losscli.explore.commands import of_options, of_parameters, texts_of, typed
from losscli.explore.curve import Curve, curve_of, places_of
from losscli.explore.opened import Opened, Setting, opened
from losscli.explore.sweep import TEMPERATURE, takes_logits
from losscli.inputs.parameters import resolve
from losscli.inputs.roles import roles_of
from losscli.knobs.exploring import DistOptions, ExplainOptions
from losscli.knobs.options import Options, ReadOptions
from losscli.spec.loss import Loss, Parameter

if TYPE_CHECKING:
    from losscli.explore.kept import Kept
    from losscli.results.distribution import Distribution
    from losscli.results.explanation import Explanation
    from losscli.results.result import Result

WORST = 50
"""Samples that are listed."""
_READING = (*ReadOptions.knobs, "on", "unmatched")
"""The options by which files are looked at."""


class View(NamedTuple):
    """A loss at some values of its parameters.

    Attributes:
        setting: The loss and all of its parameters.
        result: What ``compute`` returns for them; None without inputs.
        apart: What it is made of; None without inputs, or where samples have no losses of their own.
        curve: The loss along one number, and where the units lie; None where it is no function of one.
        refused: Why there is no result, or no curve.
    """

    setting: Setting
    result: Result | None = None
    apart: Distribution | None = None
    curve: Curve | None = None
    refused: LossCLIError | None = None


class Session:
    """Inputs that stay open, and the losses that take them; to be closed.

    Args:
        one: The loss to begin with; None takes the one that fits best.
        positional: The inputs by position; none at all shows what losses are without data.
        named: Inputs by name, and parameters.
        options: How to compute.
    """

    def __init__(self, one: Loss | None, positional: Sequence[str], named: Mapping[str, Any], options: Options) -> None:
        self._one, self._positional, self._named, self._options = one, list(positional), dict(named), options
        self._stack = ExitStack()
        self._inputs: Opened | None = None
        self._kept: Kept | None = None
        self._others: dict[str, Opened] = {}
        self._texts: list[str] = []

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def with_data(self) -> bool:
        """Whether there are inputs."""
        own = {role.name for role in self._one.inputs} if self._one else set()
        return bool(self._positional) or any(self._named.get(name) is not None for name in own)

    @property
    def drawn(self) -> tuple[int, int] | None:
        """How many samples are looked at, and of how many, where they are not all."""
        return None if self._kept is None or self._kept.rows is None else (len(self._kept.rows), self._kept.of)

    def begin(self) -> Fit:
        """Read the inputs, and the loss to begin with.

        Raises:
            LossCLIError: They cannot be read, or no loss fits them.
        """
        if not self.with_data:
            return Fit(self._one or losses.find("mse"), 0.0, {}, {})
        first = Fit(self._one, 0.0, {}, {}) if self._one else self._best()
        self._one, options = first.loss, self._with(first)
        setting = self.setting(first, {})
        given = roles_of([first.loss], self._positional, self._named)
        self._texts = texts_of(given, [role.name for role in first.loss.inputs if not role.optional])
        inputs = self._stack.enter_context(opened([setting], self._positional, self._named, options))
        self._inputs, self._kept = inputs.kept(first.loss)
        self._others[first.loss.name] = self._inputs
        return first

    def _best(self) -> Fit:
        from losscli.diagnosis.doctor import doctor

        found = doctor(*self._positional, **{name: getattr(self._options, name) for name in _READING})
        if not found.fits:
            names = " and ".join(self._positional)
            raise UsageError(
                f"no loss takes {names}.", f"losscli doctor {' '.join(self._positional)} tells what they hold."
            )
        self._positional = [one.text for one in found.files]
        return found.fits[0]

    def fits(self, first: Fit) -> list[Fit]:
        """The losses that take the inputs, the one to begin with among them; without inputs all there are."""
        if self._inputs is None:
            return [Fit(one, 0.0, {}, {}) for one in sorted(losses.every(), key=lambda one: one.name)]
        from losscli.diagnosis.facts import facts_of

        found = fits([facts_of(source) for source in self._inputs.required(first.loss)])
        found = [one for one in found if self._options.reduction in one.loss.reductions]
        return [first, *(one for one in found if one.loss is not first.loss)]

    def parameters(self, fit: Fit) -> tuple[Parameter, ...]:
        """What has a value that may change: the parameters of a loss, and the temperature of its logits."""
        own = fit.loss.parameters
        heated = self._inputs is not None and takes_logits(fit.loss) and TEMPERATURE.name not in {p.name for p in own}
        return (*own, TEMPERATURE) if heated else own

    def setting(self, fit: Fit, values: Mapping[str, Any]) -> Setting:
        """A loss with all of its parameters, of which some have values of their own."""
        own = {p.name for p in fit.loss.parameters}
        given = {name: value for name, value in values.items() if name in own}
        heat = float(values.get(TEMPERATURE.name, 1.0)) if TEMPERATURE in self.parameters(fit) else 1.0
        return Setting(fit.loss, resolve(fit.loss, {**self._named, **fit.parameters, **given}), heat)

    def values(self, fit: Fit, values: Mapping[str, Any]) -> dict[str, Any]:
        """All values that may change, of which some are others than a loss has to begin with."""
        setting = self.setting(fit, values)
        heat = {TEMPERATURE.name: setting.temperature} if TEMPERATURE in self.parameters(fit) else {}
        return setting.parameters | heat

    def view(self, fit: Fit, values: Mapping[str, Any]) -> View:
        """A loss at values of its parameters, all of it as far as it can be had."""
        setting = self.setting(fit, values)
        refused = curve = None
        try:
            inputs = self._of(fit)
            result, apart = (None, None) if inputs is None else self._computed(inputs, fit, setting)
        except LossCLIError as error:
            return View(setting, refused=error)
        try:
            curve = curve_of(setting, inputs, self._with(fit))
        except LossCLIError as error:
            refused = error
        return View(setting, result, apart, curve, refused)

    def explain(self, fit: Fit, values: Mapping[str, Any], number: int) -> Explanation:
        """One sample, worked out.

        Raises:
            LossCLIError: There is none of that number, or samples have no losses of their own.
        """
        from losscli.explore.explain import explanation_on

        inputs = self._of(fit)
        assert inputs is not None
        mine = {name: getattr(self._with(fit), name) for name in Options.knobs}
        options = ExplainOptions(**mine, sample=(self._row(number),))
        found = explanation_on(inputs, self.setting(fit, values), options)
        return dataclasses.replace(
            found, samples=tuple(dataclasses.replace(one, number=number) for one in found.samples)
        )

    def places(self, fit: Fit, values: Mapping[str, Any], number: int) -> tuple[float, ...]:
        """Where a sample lies on the curve, one number a unit; nothing where it has no place there."""
        inputs = self._of(fit)
        if inputs is None:
            return ()
        try:
            return tuple(places_of(self.setting(fit, values), inputs, self._row(number)))
        except LossCLIError:
            return ()

    def _row(self, number: int) -> int:
        rows = None if self._kept is None else self._kept.rows
        if rows is None:
            return number
        at = int(rows.searchsorted(number))
        if at == len(rows) or rows[at] != number:
            raise UsageError(
                f"sample {number} is not among those that are looked at.", "losscli explain reads them all."
            )
        return at

    def command(self, fit: Fit, values: Mapping[str, Any]) -> list[str]:
        """The words of the command that prints what a view tells; without inputs, that which draws it."""
        setting = self.setting(fit, values)
        own = {p.name for p in fit.loss.parameters}
        given = {name: value for name, value in (self._named | fit.parameters | dict(values)).items() if name in own}
        if self._inputs is None:
            return [*typed("curve", fit.loss, self._texts), *of_parameters(fit.loss, given)]
        inputs = {r.name: self._named.get(r.name) for r in fit.loss.inputs if r.optional}
        heat = setting.temperature
        return [
            *typed("compute" if heat == 1.0 else "sweep", fit.loss, self._texts, inputs),
            *of_parameters(fit.loss, given),
            *([] if heat == 1.0 else ["--temperature", str(heat)]),
            *of_options(self._with(fit), own),
        ]

    def _of(self, fit: Fit) -> Opened | None:
        if self._inputs is not None and fit.loss.name not in self._others:
            self._others[fit.loss.name] = self._inputs.as_those_of(fit.loss, self._with(fit))
        return self._others.get(fit.loss.name)

    def _with(self, fit: Fit) -> Options:
        return self._options.but(**fit.options)

    def _computed(self, inputs: Opened, fit: Fit, setting: Setting) -> tuple[Result, Distribution | None]:
        from losscli.engine.observers.contributions import OBSERVED
        from losscli.engine.request import Wanted
        from losscli.explore.apart import taken_apart
        from losscli.explore.dist import observers

        options = DistOptions(**{name: getattr(self._with(fit), name) for name in Options.knobs}).but(worst=WORST)
        found = inputs.compute([setting], Wanted(observers=observers(options)))
        (result,), (outcome,) = found.results, found.outcomes
        if OBSERVED not in outcome.observed and outcome.by_sample is None:
            return result, None
        with np.errstate(all="ignore"):
            return result, self._in_files(taken_apart(outcome, None, result, options, []))

    def _in_files(self, apart: Distribution) -> Distribution:
        """The same with samples numbered as in the files, where some of these are looked at."""
        rows = None if self._kept is None else self._kept.rows
        if rows is None:
            return apart
        worst = (one._replace(number=int(rows[one.number])) for one in apart.worst_samples)
        return dataclasses.replace(apart, worst_samples=tuple(worst))

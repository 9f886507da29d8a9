"""The declaration of a loss: *prepare, map, merge, finish, value*. All else is derived from it.

The decorated function is the kernel, which maps a block: it takes an array namespace, then the inputs as positional
arguments (annotated with their kind), then the parameters as keyword-only arguments (annotated with their domain),
and returns one value per unit of the loss, or :class:`losscli.spec.units.Units`. That is all there is to a plain
mean. A loss of the whole set returns a :class:`losscli.spec.units.Statistic`, which blocks are merged to, and
:meth:`Loss.finish` turns into units; :meth:`Loss.prepare` condenses what is read whole, once; :meth:`Loss.value`
maps the mean to the loss. Each of these is handed the arguments that it names: ``xp``, inputs and parameters.

Kernels read as their formulas. They never check, reduce or print, and write to nothing.
"""

from __future__ import annotations

import importlib
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from losscli.records import NamedTuple
from losscli.spec.annotations import counted, metadata, signature_of, typed
from losscli.spec.calls import call, names
from losscli.spec.docs import LossDoc, parse
from losscli.spec.kinds import PREPARED, Along, Array, Choice, Interval, Kind, KindBy, Space
from losscli.spec.marks import Mark
from losscli.spec.several import names_of, spread
from losscli.spec.signature import Signature

Kernel = Callable[..., Any]
Doubt = tuple[str, str] | None
"""What looks wrong, as "NAME is VALUE, and" goes on, and what helps."""


_TRUTHS = {"target", "targets", "time", "event", "history", "target_lengths", "input_lengths", "time_bin"}
"""What inputs are called that no model makes."""


class Input(NamedTuple):
    """One input file of a loss.

    Attributes:
        streamed: Whether it has samples along an axis, and is read block by block; else it is read whole.
        axis: Where its samples are.
        chosen: What tells its kind where that depends on parameters.
        several: Whether there may be more than one of it; the kernel has them as a tuple.
    """

    name: str
    kind: Kind
    optional: bool
    streamed: bool
    shape: str
    meaning: str
    axis: int = 0
    chosen: KindBy | None = None
    several: bool = False

    @property
    def truth(self) -> bool:
        """Whether models are held to it, where others are what they make: a target, a label, a weight."""
        return self.optional or self.kind.dtype == "label" or self.name in _TRUTHS

    def kind_for(self, parameters: Mapping[str, Any]) -> Kind:
        """What it is with these parameters; ``kind`` is what it is with those at their defaults."""
        return self.kind if self.chosen is None else self.chosen.kind(parameters)


class Parameter(NamedTuple):
    """One parameter of a loss: ``type`` is float, int, bool, str or ``array``."""

    name: str
    type: str
    domain: Interval | Choice | Along | None
    default: Any
    meaning: str


@dataclass(eq=False, repr=False)
class Loss:
    """A loss as the rest of the program sees it. Made by :func:`loss`, never by hand."""

    kernel: Kernel
    family: str
    signature: Signature
    aliases: tuple[str, ...]
    torch: str
    reductions: tuple[str, ...]
    mean_over: str
    lowest: float
    instead: Mapping[Space, str]
    symmetric: bool
    shared_names: Mapping[str, str]
    quantile: float | None = None
    weighs_values: bool = False
    gradient_of_its_own: bool = False
    origin: str = "losscli"
    by_sample: bool = False
    counts_of: Mapping[str, int] = field(default_factory=dict)
    hooks: dict[str, Kernel] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The canonical, snake_case name."""
        return self.kernel.__name__

    def __reduce__(self) -> tuple[Any, ...]:
        return _declared, (self.kernel.__module__, self.name, self.counts_of)  # it travels by where it is declared

    @cached_property
    def doc(self) -> LossDoc:
        """The docstring's sections."""
        return parse(self.kernel.__doc__)

    @cached_property
    def _arguments(self) -> list[inspect.Parameter]:
        hints = typing.get_type_hints(self.kernel, include_extras=True)
        listed = list(inspect.signature(self.kernel).parameters.values())[1:]
        every = [p.replace(annotation=hints[p.name]) for p in listed]
        return [p for p in every if PREPARED not in getattr(p.annotation, "__metadata__", ())]

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The input files, in torch's order."""
        positional = [p for p in self._arguments if p.kind is not p.KEYWORD_ONLY]
        named = [(name, p) for p in positional for name in names_of(self, p.name)]
        return tuple(self._input(i, name, p) for i, (name, p) in enumerate(named))

    def _input(self, i: int, name: str, p: inspect.Parameter) -> Input:
        meaning = self.doc.entries("Inputs").get(p.name, "")
        declared = metadata(p.annotation, (Kind, KindBy))
        chosen = declared if isinstance(declared, KindBy) else None
        kind = declared if chosen is None else chosen.kind({p.name: p.default for p in self.parameters})
        if kind.ignorable not in self._keywords:  # what the loss has no parameter for, no hint may offer
            kind = kind._replace(ignorable="")
        axis, shapes = self.signature.place(i), self.signature.shapes(i)
        several = self.signature.is_repeated(i) and p.name not in self.counts_of
        return Input(name, kind, p.default is None, axis >= 0, shapes, meaning, max(axis, 0), chosen, several)

    @property
    def _keywords(self) -> list[str]:
        return [p.name for p in self._arguments if p.kind is p.KEYWORD_ONLY]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, in the order of the kernel's keyword-only arguments."""
        meanings = self.doc.entries("Parameters")
        listed = [p for p in self._arguments if p.kind is p.KEYWORD_ONLY]
        return tuple(Parameter(p.name, *typed(p.annotation), p.default, meanings.get(p.name, "")) for p in listed)

    @property
    def argument_names(self) -> list[str]:
        """The names of inputs and parameters."""
        return [*(i.name for i in self.inputs), *(p.name for p in self.parameters)]

    @property
    def whole(self) -> bool:
        """Whether it is a loss of the whole set, finished after the last block."""
        return "finish" in self.hooks

    @property
    def made_of(self) -> str:
        """What :meth:`value` makes the loss of, ``mean`` or ``total``; "" where the loss is the mean itself."""
        named = names(self.hooks["value"]) if "value" in self.hooks else ()
        return next((of for of in ("mean", "total") if of in named), "")

    def ask(self, what: str, arguments: Mapping[str, Any]) -> Any:
        """Call a companion with those of ``arguments`` that it names; None if the loss has no such companion."""
        function = self.hooks.get(what)
        return None if function is None else call(function, arguments)

    def __call__(self, *inputs: Array, **parameters: Any) -> Array:
        """The units of arrays, NumPy's or torch's, as a plain function: nothing is checked and nothing reduced.

        Args:
            inputs: Arrays in the shapes that the declaration says, samples along axis 0.
            parameters: Those that are not at their defaults.
        """
        from losscli.spec.plain import units

        return units(self, inputs, parameters)

    def gradients(self, back: Array, *inputs: Array, **parameters: Any) -> dict[str, Array]:
        """The gradient to each real input by the closed form, as a plain function: nothing is checked.

        Args:
            back: The gradient by the units, in their shape.
            inputs: Arrays as for calling the loss.
            parameters: Those that are not at their defaults.
        """
        from losscli.spec.plain import gradients

        return gradients(self, back, inputs, parameters)

    # Companions: each is a function beside the kernel, registered by decorating it.

    def _companion(self, what: str, function: Kernel) -> Kernel:
        self.hooks[what] = function
        return function

    def prepare(self, function: Kernel) -> Kernel:
        """Condense what is read whole, once: from ``xp``, the inputs that are no blocks, and the parameters.

        The kernel has the result as a keyword-only argument that is called as the function and annotated
        :data:`losscli.spec.kinds.Prepared`.
        """
        return self._companion("prepare", function)

    def counts(self, function: Kernel) -> Kernel:
        """Tell the :class:`losscli.spec.units.Counts` of a block from ``xp``, inputs and parameters.

        For a loss whose values torch's own function may compute; any other kernel returns them with its values.
        """
        return self._companion("counts", function)

    def tuned(self, function: Kernel) -> Kernel:
        """Declare a second kernel for NumPy, which may write over its inputs or take another order to be faster."""
        return self._companion("tuned", function)

    def native(self, function: Kernel) -> Kernel:
        """Call torch's own function where its arguments are not named as here.

        It may name ``functional`` (``torch.nn.functional``), inputs and parameters, and returns unreduced values.
        """
        return self._companion("native", function)

    def gradient(self, function: Kernel) -> Kernel:
        """Pull ``back``, the gradient by the units, back to the inputs: one array an input, in their order.

        It may name ``xp``, ``back`` (in the shape of the units), inputs, parameters and what was prepared, all as the
        kernel sees them, and writes over none. At kinks, ties and clamps it is what torch has. Of several arrays the
        last may be left out; None stands for an input without a gradient, a function without arguments for one that
        takes work of its own, and a tuple of either for an input that the kernel has as one. None alone says that there
        is no closed form with these parameters. What is larger than its input is summed to its shape.
        """
        return self._companion("gradient", function)

    def slope(self, function: Kernel) -> Kernel:
        """Tell the derivative of :meth:`value`; it may name the same."""
        return self._companion("slope", function)

    def finish(self, function: Kernel) -> Kernel:
        """Turn the merged ``statistic`` into units, an array or :class:`losscli.spec.units.Units`.

        It may name ``xp``, inputs that are read whole, and parameters, too.
        """
        return self._companion("finish", function)

    def finish_samples(self, function: Kernel) -> Kernel:
        """The same where the units have the samples along axis 0, so that each sample has a loss of its own."""
        self.by_sample = True
        return self.finish(function)

    def value(self, function: Kernel) -> Kernel:
        """Map the ``mean`` of the units, or their ``total``, to the loss: arrays of any shape.

        It may name ``xp`` and parameters, too.
        """
        return self._companion("value", function)

    def regimes(self, function: Kernel) -> Kernel:
        """Tell in which of its parts each unit is, as masks in the shape of the units, by names such as ``linear``.

        It may name ``xp``, inputs and parameters, all as the kernel sees them.
        """
        return self._companion("regimes", function)

    def steps(self, function: Kernel) -> Kernel:
        """Work out one unit step by step, as :class:`losscli.spec.steps.Steps`, of which the last is the unit's value.

        It may name inputs and parameters: of each what belongs to the unit, a number or a NumPy array in which classes
        are axis 0, and None where it was left out. A unit that is ignored is never asked about.
        """
        return self._companion("steps", function)

    def mark(self, parameter: str, times: float) -> Callable[[Kernel], Kernel]:
        """Declare which value of a parameter the data suggest: so many times the median of what the function returns.

        It may name ``xp``, inputs and parameters, all as the kernel sees them, and returns an array in the shape of
        the units. Its docstring is the sentence that says why: it goes on after "VALUE = ".
        """

        def declare(function: Kernel) -> Kernel:
            self.marks[parameter] = Mark(times, function)
            return function

        return declare

    def constant(self, function: Kernel) -> Kernel:
        """Tell predictions that are the same for every sample, the best first: words, and a number or one a class.

        It may name ``xp``, parameters and what targets are (:mod:`losscli.reference`): ``mean``, ``quantile(share)`` or
        None, ``counts`` of classes, ``best``, the constant of least loss. None where there is none.
        """
        return self._companion("constant", function)

    def refuse(self, function: Kernel) -> Kernel:
        """Tell what is wrong with inputs and parameters taken together: None, or a sentence and a hint.

        It may name ``shapes``, which maps the names of inputs to their shapes, and parameters.
        """
        return self._companion("refuse", function)

    def doubt(self, function: Kernel) -> Kernel:
        """Tell what is odd about the result: None, or what :data:`Doubt` says; a coded warning.

        It may name the ``mean`` of the units and parameters.
        """
        return self._companion("doubt", function)

    def odd(self, function: Kernel) -> Kernel:
        """Tell which samples of a block are odd: :class:`losscli.spec.units.Odd`; a coded warning.

        It may name ``xp``, inputs and parameters, all as the kernel sees them.
        """
        return self._companion("odd", function)

    def classes(self, function: Kernel) -> Kernel:
        """Tell how many classes there are, from the ``shapes`` of inputs by name, where no axis is that long."""
        return self._companion("classes", function)

    def floor(self, function: Kernel) -> Kernel:
        """Tell the lowest mean there can be where probabilities are given for logits: in words and as a number.

        It may name ``classes``, their number, and parameters; None where there is no bound.
        """
        return self._companion("floor", function)


def loss(
    *,
    aliases: tuple[str, ...] = (),
    torch: str = "",
    shapes: str = "",
    reductions: tuple[str, ...] = ("mean", "sum", "none"),
    mean_over: str = "",
    lowest: float = 0.0,
    instead: Mapping[Space, str] = MappingProxyType({}),
    symmetric: bool = False,
    shared_names: Mapping[str, str] = MappingProxyType({}),
    quantile: float | None = None,
    weighs_values: bool = False,
    gradient_of_its_own: bool = False,
) -> Callable[[Kernel], Loss]:
    """Declare the decorated kernel as a loss.

    Args:
        aliases: Other names it is found by: torch's, scikit-learn's, abbreviations.
        torch: The function of ``torch.nn.functional`` that is its native implementation, or "".
            It is called with the inputs and parameters as they are, and ``reduction="none"``.
        shapes: The signature, see :mod:`losscli.spec.signature`; by default all inputs have one shape, and the
            result has it too.
        reductions: Those that are a notion of this loss.
        mean_over: What the mean counts; by default ``elements``, ``samples`` or ``positions``,
            as the signature says.
        lowest: A number that no unit is below, for values in their domains.
        instead: The losses that compute the same from a prediction that is given as something else.
        symmetric: Whether the value stays when prediction and target change places.
        shared_names: Names that elsewhere stand for this loss and for others, and when this one is meant by them.
        quantile: Which quantile it is of the one array that it gathers, 0.5 for a median: it has an interval by that.
        weighs_values: Whether the mean multiplies values by factors that the sum does not (``Counts.factor``).
        gradient_of_its_own: Whether torch's function has not the gradient that is the slope of its value.
    """

    def declare(kernel: Kernel) -> Loss:
        signature = signature_of(shapes, kernel)
        *_, folder, file = ("", *kernel.__module__.split("."))
        family = folder if file == kernel.__name__ else file
        return Loss(
            kernel,
            family,
            signature,
            aliases,
            torch,
            reductions,
            mean_over or counted(signature),
            lowest,
            instead,
            symmetric,
            shared_names,
            quantile,
            weighs_values,
            gradient_of_its_own,
        )

    return declare


def _declared(module: str, name: str, counts: Mapping[str, int]) -> Loss:
    found: Loss = getattr(importlib.import_module(module), name)
    return spread(found, counts)

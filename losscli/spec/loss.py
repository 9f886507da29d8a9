"""The declaration of a loss. A loss is a documented function; all else is derived from it.

The decorated function is the kernel: it takes an array namespace, then the inputs as positional
arguments (annotated with their kind), then the parameters as keyword-only arguments (annotated with
their domain), and returns one value per unit of the loss. It never checks, reduces or prints, and writes
to nothing but by :func:`losscli.spec.arithmetic.over`: called by hand, it may spend writeable arrays it is given.
"""

from __future__ import annotations

import importlib
import inspect
import math
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from losscli.spec.docs import LossDoc, parse
from losscli.spec.kinds import Array, Choice, Interval, Kind, PerClass, Space
from losscli.spec.signature import Signature

Kernel = Callable[..., Any]
ELEMENTWISE = "(*),(*),(*)->(*)"


class Counts(NamedTuple):
    """What the mean counts, where that is not simply the units.

    Args:
        weight: The share of each unit in the denominator, in the shape of the values; None counts units.
        ignored: True where a unit was left out on purpose (its value is 0, its weight 0), or None.
        clamped: How many units a clamp changed.
        of: What the denominator is, in words.
    """

    weight: Array | None = None
    ignored: Array | None = None
    clamped: int = 0
    of: str = ""


class Statistic(NamedTuple):
    """The sufficient statistic of one block, for losses that are no sum over samples.

    Args:
        sums: Arrays that are added over blocks.
        gathered: Arrays that are joined along axis 0, in sample order.
        of: What the mean of the finished units counts, or "" for the loss's own words.
    """

    sums: Mapping[str, Array] = MappingProxyType({})
    gathered: Mapping[str, Array] = MappingProxyType({})
    of: str = ""

    @property
    def finite(self) -> bool:
        """Whether neither NaN nor an infinity is in it, as its sums tell."""
        return all(bool(math.isfinite(v.sum())) for part in (self.sums, self.gathered) for v in part.values())

    def map(self, function: Callable[[Array], Array]) -> Statistic:
        """The same statistic with every array changed by ``function``."""
        sums, gathered = ({k: function(v) for k, v in part.items()} for part in (self.sums, self.gathered))
        return Statistic(sums, gathered, self.of)


class Input(NamedTuple):
    """One input file of a loss."""

    name: str
    kind: Kind
    optional: bool
    streamed: bool
    shape: str
    meaning: str


class Parameter(NamedTuple):
    """One parameter of a loss: ``type`` is float, int, bool, str or ``array``."""

    name: str
    type: str
    domain: Interval | Choice | PerClass | None
    default: Any
    meaning: str


@dataclass(eq=False)
class Loss:
    """A loss as the rest of the program sees it. Made by :func:`loss`, never by hand."""

    kernel: Kernel
    family: str
    signature: Signature
    aliases: tuple[str, ...]
    torch: str
    reductions: tuple[str, ...]
    mean_over: str
    instead: Mapping[Space, str]
    symmetric: bool
    shared_names: Mapping[str, str]
    origin: str = "losscli"
    counts_hook: Kernel | None = None
    once_hook: Kernel | None = None
    finish_hook: Kernel | None = None
    of_mean_hook: Kernel | None = None
    per_sample_hook: Kernel | None = None
    requires_hook: Kernel | None = None
    floor_hook: Kernel | None = None

    @property
    def name(self) -> str:
        """The canonical, snake_case name."""
        return self.kernel.__name__

    def __reduce__(self) -> tuple[Any, ...]:
        return _declared, (self.kernel.__module__, self.name)  # it travels by where it is declared

    @cached_property
    def doc(self) -> LossDoc:
        """The docstring's sections."""
        return parse(self.kernel.__doc__)

    @cached_property
    def _arguments(self) -> list[inspect.Parameter]:
        hints = typing.get_type_hints(self.kernel, include_extras=True)
        listed = list(inspect.signature(self.kernel).parameters.values())[1:]
        return [p.replace(annotation=hints[p.name]) for p in listed]

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The input files, in torch's order."""
        meanings = self.doc.entries("Inputs")
        positional = [p for p in self._arguments if p.kind is not p.KEYWORD_ONLY]
        return tuple(
            Input(
                p.name,
                _metadata(p.annotation, Kind),
                p.default is None,
                self.signature.streamed(i),
                self.signature.shapes(i),
                meanings.get(p.name, ""),
            )
            for i, p in enumerate(positional)
        )

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, in the order of the kernel's keyword-only arguments."""
        meanings = self.doc.entries("Parameters")
        return tuple(_parameter(p, meanings.get(p.name, "")) for p in self._arguments if p.kind is p.KEYWORD_ONLY)

    @property
    def argument_names(self) -> list[str]:
        """The names of inputs and parameters."""
        return [*(i.name for i in self.inputs), *(p.name for p in self.parameters)]

    # Companions: each is a function beside the kernel, registered by decorating it.

    def counts(self, hook: Kernel) -> Kernel:
        """Declare :class:`Counts` of a block: ``(xp, *inputs, **parameters)``."""
        self.counts_hook = hook
        return hook

    def once(self, hook: Kernel) -> Kernel:
        """Condense the inputs that are read whole, once: ``(xp, *whole, **parameters)``.

        The result takes the place of the first whole input in the kernel.
        """
        self.once_hook = hook
        return hook

    def finish(self, hook: Kernel) -> Kernel:
        """Turn the merged :class:`Statistic` into units: ``(xp, statistic, **parameters)``."""
        self.finish_hook = hook
        return hook

    def of_mean(self, hook: Kernel) -> Kernel:
        """Map the mean of the units to the loss: ``(xp, mean)``, of any shape."""
        self.of_mean_hook = hook
        return hook

    def per_sample(self, hook: Kernel) -> Kernel:
        """Turn units that came from :meth:`finish` into one value a sample: ``(xp, units)``."""
        self.per_sample_hook = hook
        return hook

    def requires(self, hook: Kernel) -> Kernel:
        """Declare a condition that spans inputs and parameters: ``(shapes, **parameters)``.

        ``shapes`` maps input names to shapes; the hook returns None or (sentence, hint).
        """
        self.requires_hook = hook
        return hook

    def floor(self, hook: Kernel) -> Kernel:
        """Tell the lowest mean there can be where probabilities are given for logits: ``(classes, **parameters)``.

        The hook returns the bound in words and as a number, or None where there is none.
        """
        self.floor_hook = hook
        return hook


def loss(
    *,
    aliases: tuple[str, ...] = (),
    torch: str = "",
    shapes: str = ELEMENTWISE,
    reductions: tuple[str, ...] = ("mean", "sum", "none"),
    mean_over: str = "",
    instead: Mapping[Space, str] = MappingProxyType({}),
    symmetric: bool = False,
    shared_names: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[Kernel], Loss]:
    """Declare the decorated kernel as a loss.

    Args:
        aliases: Other names it is found by: torch's, scikit-learn's, abbreviations.
        torch: The function of ``torch.nn.functional`` that is its native implementation, or "".
            It is called with the inputs and parameters as they are, and ``reduction="none"``.
        shapes: The signature, see :mod:`losscli.spec.signature`.
        reductions: Those that are a notion of this loss.
        mean_over: What the mean counts; by default ``elements``, ``samples`` or ``positions``,
            as the signature says.
        instead: The losses that compute the same from a prediction that is given as something else.
        symmetric: Whether the value stays when prediction and target change places.
        shared_names: Names that elsewhere stand for this loss and for others, and when this one is meant by them.
    """

    def declare(kernel: Kernel) -> Loss:
        signature = Signature(shapes)
        *_, folder, file = ("", *kernel.__module__.split("."))
        family = folder if file == kernel.__name__ else file
        return Loss(
            kernel,
            family,
            signature,
            aliases,
            torch,
            reductions,
            mean_over or _counted(signature),
            instead,
            symmetric,
            shared_names,
        )

    return declare


def _declared(module: str, name: str) -> Loss:
    found: Loss = getattr(importlib.import_module(module), name)
    return found


def _counted(signature: Signature) -> str:
    output = signature.forms[0].output
    if output == ("*",):
        return "elements"
    return "samples" if len(output) == 1 else "positions"


def _metadata(annotation: Any, wanted: type) -> Any:
    for alternative in (annotation, *typing.get_args(annotation)):
        for item in getattr(alternative, "__metadata__", ()):
            if isinstance(item, wanted):
                return item
    raise TypeError(f"annotation {annotation!r} carries no {wanted.__name__}")


def _parameter(p: inspect.Parameter, meaning: str) -> Parameter:
    base = typing.get_args(p.annotation)[0] if hasattr(p.annotation, "__metadata__") else p.annotation
    if base is bool:
        return Parameter(p.name, "bool", None, p.default, meaning)
    domain = _metadata(p.annotation, (Interval, Choice, PerClass))  # type: ignore[arg-type]
    kind = "array" if isinstance(domain, PerClass) else base.__name__
    return Parameter(p.name, kind, domain, p.default, meaning)

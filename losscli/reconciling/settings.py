"""What may have been done otherwise than torch does it, as far as it changes what a loss sees or is told.

A setting is a choice for each of several axes; the choice that torch's own defaults make costs nothing, every other one
1 or more. The axes of a loss follow from its declaration: the space of its prediction, its weights along classes, the
label it leaves out, its smoothing, real inputs that may have been swapped or scaled.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from losscli.data.source import Source
from losscli.diagnosis.facts import Facts
from losscli.diagnosis.fits import Fit
from losscli.inputs.parameters import resolve
from losscli.reconciling.seen import Seen, clipped, rounded_to, scaled, spaces
from losscli.spec.kinds import Along
from losscli.spec.loss import Loss

SMOOTHINGS = (0.1, 0.05, 0.2)
CLAMPS = (1e-7, 1e-8, 1e-12, 1e-15, 1e-6, 1e-10)
"""Below these, probabilities are clipped in Keras, PyTorch Lightning, scikit-learn and by hand."""
MARKS = (-100, -1, 255)
"""Labels that mark what is to be left out, by custom."""
_MOST_LABELS = 40
"""Of more classes than these, no single one is tried as one to leave out."""

Shown = tuple[tuple[str, Any], ...]
"""What a setting has otherwise than torch, by the name of the axis."""


class Choice(NamedTuple):
    """One choice on an axis.

    Attributes:
        cost: How far from torch's defaults it is.
        shown: What is said of it.
        source: Changes what an input is seen as, by the input's name.
        parameters: Changes parameters of the loss.
        swapped: Whether prediction and target change places.
    """

    cost: int = 0
    shown: Shown = ()
    source: Mapping[str, Callable[[Source], Source]] = MappingProxyType({})
    parameters: Mapping[str, Any] = MappingProxyType({})
    swapped: bool = False


NOTHING = Choice()


class Setting(NamedTuple):
    """One job: a loss as it may have been computed."""

    loss: Loss
    cost: int
    shown: Shown
    sources: dict[str, Source]
    parameters: dict[str, Any]


class Data(NamedTuple):
    """Two files, and what is known of them.

    Attributes:
        facts: Of prediction and target.
        target: Mean and standard deviation of the target, where it is real.
    """

    facts: Sequence[Facts]
    target: tuple[float, float] | None


def settings(fit: Fit, cost: int, data: Data, weight: Any, most: int) -> Iterator[Setting]:
    """The settings of one loss that cost no more than ``most``, ``cost`` of which is that it is this loss."""
    axes = _axes(fit, data, weight)
    for picked in _cheap(axes, most - cost):
        made = _setting(fit, cost, data, picked)
        if made is not None:
            yield made


def _cheap(axes: Sequence[Sequence[Choice]], left: int) -> Iterator[tuple[Choice, ...]]:
    """One choice of each axis, of all that cost no more together."""
    if left < 0:
        return
    if not axes:
        yield ()
        return
    for choice in axes[0]:
        for rest in _cheap(axes[1:], left - choice.cost):
            yield (choice, *rest)


def _setting(fit: Fit, cost: int, data: Data, picked: Sequence[Choice]) -> Setting | None:
    names = [role.name for role in fit.loss.inputs if not role.optional]
    sources = [one.source for one in data.facts]
    if any(choice.swapped for choice in picked):
        sources = sources[::-1]
    named = dict(zip(names, sources, strict=True))
    for choice in picked:
        for name, view in choice.source.items():
            named[name] = view(named[name])
    parameters = fit.parameters | {k: v for choice in picked for k, v in choice.parameters.items()}
    shown = tuple(itertools.chain.from_iterable(choice.shown for choice in picked))
    return Setting(fit.loss, cost + sum(c.cost for c in picked), shown, named, resolve(fit.loss, parameters))


def _axes(fit: Fit, data: Data, weight: Any) -> list[list[Choice]]:
    """The axes of a loss, each with the choices there are; what torch does is the first."""
    pred, target = [role for role in fit.loss.inputs if not role.optional][:2]
    kinds = [role.kind_for(resolve(fit.loss, fit.parameters)) for role in (pred, target)]
    axes = [_spaces(fit, pred.name, kinds[0], data.facts[0]), _precisions(pred.name, data.facts[0])]
    if kinds[1].dtype == "label":
        axes += _of_labels(fit, target.name, kinds[1].ignorable, data.facts[1], weight)
    elif not kinds[0].space and data.target is not None:
        axes += _of_reals(fit, pred.name, target.name, data)
    return [axis for axis in axes if len(axis) > 1 or axis[0].source]


def _spaces(fit: Fit, name: str, kind: Any, facts: Facts) -> list[Choice]:
    if not kind.space or (kind.classes_first and not facts.source.row_shape):  # one sample has no axis of classes
        return [NOTHING]
    given = facts.space(kind.classes_first)
    found = []
    for cost, shown, function in spaces(given, kind.space, kind.classes_first):
        view = {} if function is None else {name: _view(function)}
        found.append(Choice(cost, shown, view))
    if kind.space in ("probs", "log-probs"):
        found += [
            Choice(1, (*shown, ("clamp", words)), {name: _view(clipped(function, kind.space, eps, added))})
            for cost, shown, function in spaces(given, kind.space, kind.classes_first)
            if cost == 0
            for eps in CLAMPS
            for words, added in ((f"{eps:g}", False), (f"p + {eps:g}", True))
        ]
    return found


def _view(function: Callable[[Any], Any]) -> Callable[[Source], Source]:
    return lambda source: Seen(source, function)


def _precisions(name: str, facts: Facts) -> list[Choice]:
    if facts.source.own_dtype.kind != "f":
        return [NOTHING]
    names = [n for n in ("float32", "float16", "bfloat16") if n != str(facts.source.own_dtype)]
    return [NOTHING, *(Choice(1, (("dtype", n),), {name: _view(rounded_to(n))}) for n in names)]


def _of_labels(fit: Fit, name: str, ignorable: str, facts: Facts, weight: Any) -> list[list[Choice]]:
    labels = sorted(facts.labels or ())
    axes = []
    if ignorable:
        few = labels if len(labels) <= _MOST_LABELS else []
        marks = [mark for mark in dict.fromkeys((*MARKS, *few)) if mark in labels]
        standing = fit.parameters.get(ignorable)
        axes.append([NOTHING, *(Choice(1, (("ignore-index", m),), {}, {ignorable: m}) for m in marks if m != standing)])
    for p in fit.loss.parameters:
        if _along_classes(p):
            axes.append([NOTHING, *_weights(p.name, facts, weight)])
        elif p.name == "label_smoothing":
            axes.append([NOTHING, *(Choice(1, (("label-smoothing", s),), {}, {p.name: s}) for s in SMOOTHINGS)])
    base = 1 if "label_base" in fit.options else 0
    if base:  # labels count from 1, and are taken so
        axes.append([Choice(0, (), {name: _view(lambda y: y - 1)})])
    return axes


def takes_weights(loss: Loss) -> bool:
    """Whether a loss has weights along its classes."""
    return any(map(_along_classes, loss.parameters))


def _along_classes(parameter: Any) -> bool:
    return isinstance(parameter.domain, Along) and parameter.domain.axis == "C"


def _weights(name: str, facts: Facts, given: Any) -> list[Choice]:
    counts: Mapping[int, int] = facts.labels or {}
    classes = max(counts, default=-1) + 1
    if given is not None:
        return [Choice(0, (("weight", "given"),), {}, {name: given})]
    if min(counts, default=-1) < 0 or classes < 2 or not all(counts.get(c) for c in range(classes)):
        return []
    share = np.array([counts[c] for c in range(classes)], float) / sum(counts.values())
    ways = {"balanced": 1 / (classes * share), "inverse": 1 / share, "root of inverse": 1 / np.sqrt(share)}
    return [Choice(1 if i < 2 else 2, (("weight", way),), {}, {name: w}) for i, (way, w) in enumerate(ways.items())]


def _of_reals(fit: Fit, pred: str, target: str, data: Data) -> list[list[Choice]]:
    swapped = [NOTHING] if fit.loss.symmetric else [NOTHING, Choice(1, (("swapped", True),), swapped=True)]
    low, high = data.facts[1].low, data.facts[1].high
    assert data.target is not None
    mean, sd = data.target
    ways: dict[str, Callable[[Any], Any]] = {}
    if 0 < sd < math.inf and 0 < high - low < math.inf:
        ways |= {"standardised": scaled(mean, sd), "min-max": scaled(low, high - low), "in percent": scaled(0.0, 0.01)}
    if min(one.low for one in data.facts) > -1:
        ways["log1p"] = np.log1p
    changed = [Choice(1, (("target", way),), {pred: _view(f), target: _view(f)}) for way, f in ways.items()]
    return [swapped, [NOTHING, *changed]]

"""Random inputs and parameters of any loss, drawn from nothing but its declaration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from losscli.spec.kinds import Along, Among, Choice, Interval, Kind
from losscli.spec.loss import Loss, Parameter
from losscli.spec.several import gathered
from losscli.spec.signature import JOINED, Form

LENGTHS = {"N": (1, 6), "C": (2, 5), "D": (1, 5), "L": (1, 5), "H": (2, 8), "T": (2, 8)}
EXTREMES = [0.0, 0.5, 1.0, -1.0, 2.0, 1000.0, -1000.0, 1e-8, -1e-8, 1e-300, 1.0 - 2.0**-53]
HUGE = [1e6, -1e6, 1e30, -1e30]
"""For elementwise losses alone: others subtract terms of that size, and no digit of the rest is left."""
CORNERS = [0.0, 0.5, -0.5, 1.0, -1.0, 2.0, 800.0, -800.0]
"""Few, so that kinks, ties and ends of domains are met by most cases that hold nothing else."""
SETTINGS = [0.0, 0.1, 0.5, 1.0, 1.5, 2.0, 3.0, 10.0, math.inf]
IGNORED = [-100, -1, 0, 1, 255]


def settled(loss: Loss) -> dict[str, tuple[int, ...]]:
    """The lengths of axes that defaults of array parameters have."""
    along = [(p.domain.axis, p.default) for p in loss.parameters if isinstance(p.domain, Along)]
    return {axis: (len(default),) for axis, default in along if axis and default is not None}


@dataclass(repr=False)
class Case:
    """One call of a loss: what to pass, and which form of its signature that is."""

    loss: Loss
    form: Form
    inputs: dict[str, np.ndarray]
    parameters: dict[str, Any]
    letters: dict[str, tuple[int, ...]]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        # Hypothesis prints the case that fails; this can be pasted.
        values = ", ".join(f"{k}={v.tolist() if isinstance(v, np.ndarray) else v!r}" for k, v in self.given.items())
        return f"compute({self.loss.name!r}, {values})"

    @property
    def given(self) -> dict[str, Any]:
        return {**self.inputs, **self.parameters}

    @property
    def result_shape(self) -> tuple[int, ...]:
        return self.form.result_shape(self.letters)

    def kind(self, name: str) -> Kind:
        """The kind of an input in this form: class probabilities where a class axis stands."""
        return _kind(self.loss, self.form, [i.name for i in self.loss.inputs].index(name), self.parameters)


def numbers(domain: Interval, more: tuple[float, ...] = ()) -> st.SearchStrategy[float]:
    """Ordinary numbers of a domain, its finite ends, those that break naive formulas, and ``more``."""
    ends = [x for x in (domain.low, domain.high) if math.isfinite(x)]
    allowed = sorted({x for x in (*EXTREMES, *ends, *more) if x in domain})
    low, high = max(domain.low, -10.0), min(domain.high, 10.0)
    ordinary = st.floats(
        low,
        high,
        exclude_min=not domain.closed_low and low == domain.low,
        exclude_max=not domain.closed_high and high == domain.high,
        allow_subnormal=False,
    )
    return st.one_of(ordinary, ordinary, st.sampled_from(allowed))


@st.composite
def cases(
    draw: Any,
    loss: Loss,
    *,
    smooth: bool = False,
    corners: bool = False,
    infinite: bool = False,
    least: int = 1,
    full: str = "",
) -> Case:
    """A call that the loss accepts.

    Args:
        draw: Given by Hypothesis.
        loss: Any loss.
        smooth: Ordinary numbers alone, in general position: away from kinks, ends and ties.
        corners: Nothing but numbers at which losses have kinks, ties or clamps.
        infinite: Infinities too, where the domain holds them.
        least: The smallest length of the sample axis; above 1, forms without one are left out.
        full: An input that is there even if it is optional, and not smaller even if it may be.
    """
    forms = [f for f in loss.signature.forms if least == 1 or loss.signature.sample_axis in f.inputs[0]]
    wanted = draw(st.sampled_from(forms))
    more = (*(HUGE if loss.signature.elementwise else ()), *((math.inf, -math.inf) if infinite else ()))
    letters = _lengths(draw, loss, wanted, least)
    shapes = [tuple(n for axis in axes for n in letters[axis]) for axes in wanted.inputs]
    form = next(f for f in loss.signature.forms if f.match(list(shapes)) is not None)
    letters = form.match(list(shapes)) or {}
    parameters = {p.name: draw(_parameter(p, letters, shapes[0], smooth)) for p in loss.parameters}
    absent = {i.name for i in loss.inputs if i.optional and i.name != full and draw(st.booleans())}
    named = {i.name: s for i, s in zip(loss.inputs, shapes, strict=False) if i.name not in absent}
    shaped = {"shapes": gathered(loss, named)}
    if loss.ask("refuse", {**shaped, **parameters}) is not None:
        parameters |= {p.name: p.default for p in loss.parameters}
    assume(loss.ask("refuse", {**shaped, **parameters}) is None)
    inputs = {
        role.name: draw(_values(loss, form, i, shape, letters, parameters, smooth, more, full, corners))
        for i, (role, shape) in enumerate(zip(loss.inputs, shapes, strict=False))
        if role.name not in absent
    }
    return Case(loss, form, inputs, parameters, letters)


def _lengths(draw: Any, loss: Loss, form: Form, least: int) -> dict[str, tuple[int, ...]]:
    letters = {}
    for axis in dict.fromkeys(a for axes in form.inputs for a in axes):
        if axis == "*":
            first = (draw(st.integers(least, 6)),) if least > 1 and axis == loss.signature.sample_axis else ()
            letters[axis] = first + tuple(draw(st.lists(st.integers(1, 4), max_size=2 - len(first))))
        else:
            low, high = (int(axis),) * 2 if axis.isdigit() else LENGTHS.get(axis, (1, 4))
            low = max(low, least) if axis == loss.signature.sample_axis else low
            letters[axis] = (draw(st.integers(low, max(low, high))),)
    return letters


def _kind(loss: Loss, form: Form, index: int, parameters: dict[str, Any]) -> Kind:
    kind = loss.inputs[index].kind_for(parameters)
    return kind.soft_form if kind.soft_form is not None and "C" in form.inputs[index] else kind


def _values(
    loss: Loss,
    form: Form,
    index: int,
    shape: tuple[int, ...],
    letters: dict[str, tuple[int, ...]],
    parameters: dict[str, Any],
    smooth: bool,
    more: tuple[float, ...],
    whole: str,
    corners: bool = False,
) -> st.SearchStrategy[np.ndarray]:
    kind, full = _kind(loss, form, index, parameters), loss.inputs[index].name == whole
    if kind.dtype == "length":
        return _counts(kind.along, shape, letters, kind.counts == whole)
    if kind.dtype == "label":
        labels = list(range(letters["C"][0])) if "C" in letters else list(range(_classes(loss, form, letters)))
        labels = [label for label in labels if not kind.reserved or label != parameters[kind.reserved]]
        others = [parameters[kind.ignorable]] if kind.ignorable else []
        others += [] if kind.padding is None else [kind.padding]
        return npst.arrays(np.int64, shape, elements=st.sampled_from(labels + others))
    if corners and not isinstance(kind.domain, Among):
        shape = () if kind.broadcast and not full else shape
        values = npst.arrays(np.float64, shape, elements=st.sampled_from([x for x in CORNERS if x in kind.domain]))
        return values if not kind.rules else values.map(kind.rules[0].mend)
    if kind.broadcast and not full:
        return _smaller(kind.broadcast, shape).flatmap(lambda s: _reals(kind.domain, s, smooth, more, index + 1))
    values = _reals(kind.domain, shape, smooth, more, index + 1)
    for rule in kind.rules:
        values = values.map(rule.mend)
    return values


def _classes(loss: Loss, form: Form, letters: dict[str, tuple[int, ...]]) -> int:
    """How many there are where no axis is of classes: as many as the loss tells from shapes, or any."""
    if "classes" not in loss.hooks:
        return 4
    shapes = {
        role.name: tuple(n for axis in axes for n in letters[axis])
        for role, axes in zip(loss.inputs, form.inputs, strict=True)
    }
    found: int = loss.ask("classes", {"shapes": gathered(loss, shapes)})
    return found


def _counts(
    along: str, shape: tuple[int, ...], letters: dict[str, tuple[int, ...]], full: bool
) -> st.SearchStrategy[np.ndarray]:
    """Lengths along an axis, or such as part what lies one after the other."""
    if JOINED + along not in letters:
        (most,) = letters[along]
        return npst.arrays(np.int64, shape, elements=st.integers(most if full else 0, most))
    (total,) = letters[JOINED + along]
    cuts = st.lists(st.integers(0, total), min_size=shape[0] - 1, max_size=shape[0] - 1)
    return cuts.map(lambda found: np.diff(np.array([0, *sorted(found), total])))


def _reals(
    domain: Interval | Among, shape: tuple[int, ...], smooth: bool, more: tuple[float, ...] = (), salt: int = 0
) -> st.SearchStrategy[np.ndarray]:
    if isinstance(domain, Among):
        return npst.arrays(np.float64, shape, elements=st.sampled_from(domain.numbers))
    if smooth:
        low, high = max(domain.low, -3.0), min(domain.high, 3.0)
        edge = 0.05 * (high - low)
        # The salt keeps inputs apart for which the same seed is drawn: equal inputs are a kink.
        return st.integers(0, 2**32 - 1).map(
            lambda seed: np.random.default_rng([salt, seed]).uniform(low + edge, high - edge, shape)
        )
    return npst.arrays(np.float64, shape, elements=numbers(domain, more))


def within(
    rng: np.random.Generator, domain: Interval | Among, shape: int | tuple[int, ...], low: float, high: float
) -> np.ndarray:
    """Numbers from ``low`` to ``high``, as far as the domain has them."""
    if isinstance(domain, Among):
        return rng.choice(domain.numbers, shape)
    return rng.uniform(max(domain.low, low), min(domain.high, high), shape)


def of_kind(rng: np.random.Generator, kind: Kind, shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
    """Real numbers from ``low`` to ``high`` that an input of this kind may hold."""
    found = within(rng, kind.domain, shape, low, high)
    for rule in kind.rules:
        found = rule.mend(found)
    return found


def rows_of(case: Case) -> int:
    """How many samples a case has, whose form has an axis of them."""
    first = case.loss.inputs[0]
    return case.inputs[first.name].shape[first.axis]


def by_sample(case: Case) -> dict[str, int]:
    """The inputs with one row a sample, and along which axis; others are repeated, joined or read whole."""
    first = case.inputs[case.loss.inputs[0].name]
    least = {"": 0, "trailing": first.ndim, "leading": first.ndim - 1}
    return {
        role.name: role.axis
        for role, axes in zip(case.loss.inputs, case.form.inputs, strict=True)
        if (x := case.inputs.get(role.name)) is not None
        and role.streamed
        and (role.kind.broadcast or case.loss.signature.sample_axis in axes)
        and role.axis < x.ndim >= least[role.kind.broadcast]
        and x.shape[role.axis] == rows_of(case)
    }


def taken(case: Case, index: Any) -> dict[str, np.ndarray]:
    """The inputs of some samples, or of some of them several times."""
    each = by_sample(case)
    found = {name: np.take(x, index, axis=each[name]) if name in each else x for name, x in case.inputs.items()}
    for role in case.loss.inputs:
        axes = dict(zip((r.name for r in case.loss.inputs), case.form.inputs, strict=True)).get(role.kind.counts, ())
        if axes == (JOINED + role.kind.along,):
            ends = np.cumsum(case.inputs[role.name])
            parts = np.split(case.inputs[role.kind.counts], ends[:-1])
            found[role.kind.counts] = np.concatenate([parts[i] for i in np.arange(len(parts))[index]])
    return found


@st.composite
def _smaller(draw: Any, how: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that broadcasts to ``shape``."""
    if how == "leading":
        once = [(*shape[:i], 1, *shape[i + 1 :]) for i in range(len(shape))]
        return draw(st.sampled_from([(), shape[:-1], shape, *once]))
    kept = shape[draw(st.integers(0, len(shape))) :]
    return tuple(1 if draw(st.booleans()) else n for n in kept)


def _parameter(
    p: Parameter, letters: dict[str, tuple[int, ...]], pred: tuple[int, ...], smooth: bool
) -> st.SearchStrategy[Any]:
    if p.type == "bool":
        return st.booleans()
    if isinstance(p.domain, Choice):
        return st.sampled_from(p.domain.options)
    if isinstance(p.domain, Along):
        axis = p.domain.axis
        length = letters[axis] if axis in letters else pred[-1:] if len(pred) > 1 else (1,)
        shapes = [length] if axis in letters else [length, (1,), ()]
        domain = p.domain.domain
        array = st.sampled_from(shapes).flatmap(lambda s: _reals(domain, s, smooth))
        return (st.none() if p.default is None else st.nothing()) | array
    assert isinstance(p.domain, Interval)
    domain = p.domain
    candidates = [p.default, *IGNORED, 2, 3] if p.type == "int" else [p.default, *SETTINGS]
    fitting = (x for x in candidates if x is not None and x in domain and not (smooth and math.isinf(x)))
    allowed = dict.fromkeys((p.default, *fitting) if p.default is None else fitting)
    return st.sampled_from(list(allowed))

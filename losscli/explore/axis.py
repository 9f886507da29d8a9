"""What a loss is a function of, if it is one of a single number: that follows from the kinds of its inputs alone.

An axis turns numbers x into inputs, the gradients to those inputs into one by x, and the data of a user into x.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.errors import UsageError
from losscli.spec.arithmetic import log_sum_exp, norm
from losscli.spec.kinds import Among, Interval, Kind
from losscli.spec.loss import Input, Loss

if TYPE_CHECKING:
    Numbers = NDArray[np.float64]
    Inputs = tuple[NDArray[Any], ...]
    Evaluate = Callable[[Inputs], Numbers]
    OfData = Callable[[Any, Mapping[str, Any]], Any]

CLASSES = 10
"""Classes that there are where nothing tells; without smoothing and weights their number changes nothing."""
POINTS = 801
_ERRORS, _SCORES, _LOGARITHMS = 4.0, 6.0, 8.0
"""How far axes of errors, of logits and of logarithms of probabilities go to either side."""
_PROBES = np.array([-2.5, -0.7, 0.0, 0.4, 1.9])
_SHIFT = 3.0
_NEVER = -1e30
"""The logit of a class that cannot be: its exponential is 0, and 0 times it is 0."""


class Side(NamedTuple):
    """One curve on an axis: inputs of numbers x, and how the gradients to them make one by x.

    Attributes:
        name: What tells it from the other side, such as ``target 0``; "" if there is no other.
        inputs: The arrays of the required inputs, in their order.
        slopes: By how much each input changes with x, by its name; arrays that broadcast to it.
    """

    name: str
    inputs: Callable[[Numbers], Inputs]
    slopes: Callable[[Numbers], Mapping[str, Any]]


class Axis(NamedTuple):
    """What x is.

    Attributes:
        name: In words.
        sides: The curves.
        low: Where it begins, if nothing else tells.
        high: Where it ends.
        domain: Where x can be at all.
        symmetric: Whether it shows as much below 0 as above.
        of_data: The x of each unit, of namespace and arguments as kernels see them; None if data have none.
    """

    name: str
    sides: tuple[Side, ...]
    low: float
    high: float
    domain: Interval = Interval()
    symmetric: bool = False
    of_data: OfData | None = None

    def grid(self, low: float, high: float) -> Numbers:
        """Numbers at equal distances, without an end that does not belong to the domain."""
        open_low = not self.domain.closed_low and low <= self.domain.low
        open_high = not self.domain.closed_high and high >= self.domain.high
        whole = np.linspace(low, high, POINTS + open_low + open_high)
        return whole[int(open_low) : len(whole) - int(open_high)]


class Asked(NamedTuple):
    """What an axis depends on beside the loss.

    Attributes:
        parameters: Those of the loss.
        given: Values that were given for its parameters: the axis shows what happens there.
        target: The target where the loss is not a function of the error alone.
        classes: How many there are.
    """

    parameters: Mapping[str, Any]
    given: tuple[float, ...] = ()
    target: float = 1.0
    classes: int = CLASSES


def axis_of(one: Loss, asked: Asked, evaluate: Evaluate) -> Axis:
    """The axis of a loss.

    Args:
        one: The loss.
        asked: What it depends on.
        evaluate: The unreduced losses of inputs, with the parameters of ``asked``.

    Raises:
        UsageError: It is not a function of one number.
    """
    roles = [role for role in one.inputs if not role.optional]
    arrays = {p.name: asked.parameters.get(p.name) for p in one.parameters if p.type == "array" and p.default is None}
    several = next((name for name, array in arrays.items() if array is not None and array.size > 1), None)
    if several is not None:
        flag = f"--{several.replace('_', '-')}"
        raise UsageError(f"{one.name} is not a function of one number where {flag} has several.", f"leave {flag} out.")
    if "none" in one.reductions and not one.whole and not one.made_of:
        kinds = [role.kind_for(asked.parameters) for role in roles]
        for rule in _RULES:
            found: Axis | None = rule(one, roles, kinds, asked, evaluate)
            if found is not None:
                return found
    raise UsageError(
        f"{one.name} is not a function of one number.",
        f"`losscli show {one.name}` has its formula, `losscli sweep` its value at other parameters.",
    )


def is_of_error(one: Loss, parameters: Mapping[str, Any], evaluate: Evaluate) -> bool:
    """Whether a loss depends on the error of real predictions alone, so that a shift of both sides changes nothing."""
    roles = [role for role in one.inputs if not role.optional]
    kinds = [role.kind_for(parameters) for role in roles]
    found = None if one.whole else _of_numbers(one, roles, kinds, Asked(parameters), evaluate)
    return found is not None and found.of_data is not None


def plainly(one: Loss, parameters: Mapping[str, Any]) -> Evaluate:
    """What evaluates the unreduced losses of inputs."""

    def evaluate(inputs: Inputs) -> Numbers:
        with np.errstate(all="ignore"):
            return np.asarray(one(*inputs, **parameters))

    return evaluate


def _two_sided(kind: Kind) -> tuple[float, float] | None:
    """The numbers of yes and of no, if an input is one of the two."""
    if kind.binary:
        return 1.0, 0.0
    if isinstance(kind.domain, Among) and len(kind.domain.numbers) == 2:
        return kind.domain.high, kind.domain.low
    return None


# Rules, each a function of a loss, its required inputs, their kinds, what is asked, and what evaluates the loss.


def _of_answers(one: Loss, roles: list[Input], kinds: list[Kind], asked: Asked, evaluate: Evaluate) -> Axis | None:
    """Yes or no, from a score, a probability or a distance."""
    if len(roles) != 2 or not one.signature.elementwise or (sides := _two_sided(kinds[1])) is None:
        return None
    first, second = roles[0].name, roles[1].name
    yes, no = sides
    both = (_beside(first, yes, f"{second} {yes:g}"), _beside(first, no, f"{second} {no:g}"))
    if kinds[0].space == "probs":
        axis = Axis("probability", both, 0.0, 1.0, Interval(0.0, 1.0, False, False), of_data=partial(_named, first))
        return _folded(axis, "probability given to what happened", 1.0, (first, second, yes, no), evaluate)
    if kinds[0].space == "logits":
        axis = Axis("logit", both, -_SCORES, _SCORES, symmetric=True, of_data=partial(_named, first))
        return _folded(axis, "logit of what happened", 0.0, (first, second, yes, no), evaluate)
    low, high, domain = _around(kinds[0], 0.0, asked)
    return Axis(kinds[0].name, both, low, high, domain, of_data=partial(_named, first))


def _folded(axis: Axis, name: str, mirror: float, sides: tuple[str, str, float, float], evaluate: Evaluate) -> Axis:
    """The axis of what happened, where the loss of the one answer is that of the other turned round."""
    yes, no = axis.sides
    x = np.linspace(0.1, 0.8, 5) if mirror else _PROBES
    if not np.allclose(evaluate(yes.inputs(x)), evaluate(no.inputs(mirror - x)), rtol=1e-9, atol=0):
        return axis
    return axis._replace(name=name, sides=(yes._replace(name=""),), of_data=partial(_turned, sides, mirror))


def _beside(first: str, at: float, name: str = "") -> Side:
    """x as the first input, beside one number."""
    return Side(name, lambda x: (x, np.full_like(x, at)), lambda x: {first: 1.0})


def _named(name: str, xp: Any, arguments: Mapping[str, Any]) -> Any:
    return arguments[name]


def _turned(sides: tuple[str, str, float, float], mirror: float, xp: Any, arguments: Mapping[str, Any]) -> Any:
    first, second, yes, no = sides
    return xp.where(arguments[second] >= (yes + no) / 2, arguments[first], mirror - arguments[first])


def _of_numbers(one: Loss, roles: list[Input], kinds: list[Kind], asked: Asked, evaluate: Evaluate) -> Axis | None:
    """A real prediction and a real target: their difference, where the loss depends on nothing else."""
    plain = [kind.dtype == "real" and not kind.space and not kind.weighs for kind in kinds]
    if len(roles) != 2 or not one.signature.elementwise or not all(plain):
        return None
    first, second = roles[0].name, roles[1].name
    unbounded = not any(kind.domain.bounded for kind in kinds)
    apart = _beside(first, 0.0)
    if unbounded and _shift_invariant(apart.inputs, evaluate):
        wide = max(_ERRORS, 1.25 * max((v for v in asked.given if 0 < v < math.inf), default=0.0))
        of_data = partial(_difference, first, second)
        return Axis(f"error {first} - {second}", (apart,), -wide, wide, symmetric=True, of_data=of_data)
    low, high, domain = _around(kinds[0], asked.target, asked)
    return Axis(
        f"{first}, {kinds[0].name}; {second} {asked.target:g}", (_beside(first, asked.target),), low, high, domain
    )


def _difference(first: str, second: str, xp: Any, arguments: Mapping[str, Any]) -> Any:
    return arguments[first] - arguments[second]


def _shift_invariant(inputs: Callable[[Numbers], Inputs], evaluate: Evaluate) -> bool:
    here = inputs(_PROBES)
    there = tuple(array + _SHIFT for array in here)
    return bool(np.allclose(evaluate(here), evaluate(there), rtol=1e-9, atol=1e-12))


def _around(kind: Kind, middle: float, asked: Asked) -> tuple[float, float, Interval]:
    """A stretch of a domain about a number, and the domain."""
    domain = kind.domain if isinstance(kind.domain, Interval) else Interval()
    if math.isfinite(domain.low) and not math.isfinite(domain.high):
        reach = max(1.0, middle, *(v for v in asked.given if v < math.inf)) if asked.given else max(1.0, middle)
        return domain.low, domain.low + _ERRORS * reach, domain
    if math.isfinite(domain.high) and not math.isfinite(domain.low):
        return domain.high - _LOGARITHMS, domain.high, domain
    if domain.bounded:
        return domain.low, domain.high, domain
    return middle - _ERRORS, middle + _ERRORS, domain


def _of_classes(one: Loss, roles: list[Input], kinds: list[Kind], asked: Asked, evaluate: Evaluate) -> Axis | None:
    """Logits or log-probabilities, and the true class."""
    if len(roles) != 2 or kinds[1].dtype != "label" or not kinds[0].classes_first:
        return None
    first, second, classes = roles[0].name, roles[1].name, asked.classes
    if kinds[0].space == "log-probs":
        side = Side("", lambda x: (x[:, None], np.zeros(len(x), np.int64)), lambda x: {first: 1.0})
        of_data = partial(_of_true_class, first, second, False)
        return Axis("log p of the true class", (side,), -_LOGARITHMS, 0.0, Interval(high=0.0), of_data=of_data)
    if kinds[0].space != "logits":
        return None
    own = np.zeros(classes)
    own[0] = 1.0

    def beside_equals(x: Numbers) -> Inputs:
        # The others share a logit of 0, so that the log-odds of the true class are its logit less log(C - 1).
        return (x + math.log(classes - 1))[:, None] * own, np.zeros(len(x), np.int64)

    def beside_one(x: Numbers) -> Inputs:
        # All that is left goes to one other: the same log-odds, without a rounding.
        scores = np.full((len(x), classes), _NEVER)
        scores[:, 0], scores[:, 1] = x, 0.0
        return scores, np.zeros(len(x), np.int64)

    alike = np.allclose(evaluate(beside_equals(_PROBES)), evaluate(beside_one(_PROBES)), rtol=1e-9, atol=0)
    side = Side("", beside_one if alike else beside_equals, lambda x: {first: own})
    name = "log-odds of the true class" + ("" if alike else f", {classes - 1} others alike")
    of_data = partial(_of_true_class, first, second, True)
    return Axis(name, (side,), -_SCORES, _SCORES, symmetric=True, of_data=of_data)


def _of_true_class(first: str, second: str, odds: bool, xp: Any, arguments: Mapping[str, Any]) -> Any:
    """The log-odds of the true class, or what is given for it; classes along axis 0.

    Raises:
        UsageError: The targets are probabilities of all classes.
    """
    scores, label = arguments[first], arguments[second]
    if label.ndim == scores.ndim:
        raise UsageError(
            f"{second} holds probabilities of classes, and the curve is along what one true class gets.",
            "without files it is drawn all the same.",
        )
    numbers = xp.reshape(xp.arange(scores.shape[0], device=scores.device), (-1,) + (1,) * (scores.ndim - 1))
    own = numbers == label[None, ...]
    value = xp.sum(xp.where(own, scores, 0.0), axis=0)
    if not odds:
        return value
    return value - log_sum_exp(xp, xp.where(own, -xp.inf, scores))


def _of_triplets(one: Loss, roles: list[Input], kinds: list[Kind], asked: Asked, evaluate: Evaluate) -> Axis | None:
    """Three points on a line: how much farther the positive is than the negative."""
    if len(roles) != 3 or len({kind.name for kind in kinds}) != 1 or "D" not in one.signature.forms[0].inputs[0]:
        return None
    anchor, positive, negative = (role.name for role in roles)
    on_a_line, apart = (partial(_triplets, to) for to in (np.ones((2, 1)), np.eye(2)))
    near, far = evaluate(apart(_PROBES, 8.0)), evaluate(apart(_PROBES, 32.0))
    changes = np.isfinite(near).all() and (near != near[0]).any()
    if not changes or not np.allclose(near, far, rtol=0, atol=1e-4):
        return None
    # On a line the same ε is in both distances; but there the two are near to one another, which a swap would see.
    alike = np.allclose(evaluate(on_a_line(_PROBES, 8.0)), near, rtol=0, atol=1e-4)
    inputs = on_a_line if alike else apart
    towards = np.ones((2, 1)) if alike else np.eye(2)
    slopes = {positive: 0.5 * towards[0], negative: -0.5 * towards[1]}
    margin = asked.parameters.get("margin")
    reach = (margin if isinstance(margin, float) else 1.0, *asked.given)
    wide = 3.0 * max((v for v in reach if 0 < v < math.inf), default=1.0)
    side = Side("", inputs, lambda x: slopes)
    of_data = partial(_of_distances, anchor, positive, negative)
    return Axis("d(a, p) - d(a, n)", (side,), -wide, wide, symmetric=True, of_data=of_data)


def _triplets(directions: Numbers, x: Numbers, reach: float = 0.0) -> Inputs:
    """Anchors at 0, positives and negatives in two directions from it, x/2 farther and nearer than some distance."""
    middle = reach or 2.0 ** math.ceil(math.log2(np.abs(x).max() + 1.0))
    positive, negative = ((middle + way * x / 2)[:, None] * to for way, to in zip((1, -1), directions, strict=True))
    return np.zeros_like(positive), positive, negative


def _of_distances(anchor: str, positive: str, negative: str, xp: Any, arguments: Mapping[str, Any]) -> Any:
    a = arguments[anchor]
    near, far = (norm(xp, a - arguments[name], arguments.get("p", 2.0)) for name in (positive, negative))
    return near - far


def _of_pairs(one: Loss, roles: list[Input], kinds: list[Kind], asked: Asked, evaluate: Evaluate) -> Axis | None:
    """Two scores beside a sign, or a list of two of which the first is to come first."""
    if len(roles) == 3 and one.signature.elementwise and (sides := _two_sided(kinds[2])) is not None:
        first, second, sign = (role.name for role in roles)
        side = Side("", lambda x: (x, np.zeros_like(x), np.full_like(x, sides[0])), lambda x: {first: 1.0})
        if kinds[0].space or kinds[0].domain.bounded:
            return None
        of_data = partial(_signed, first, second, sign)
        return Axis(f"{first} - {second}", (side,), -_ERRORS, _ERRORS, symmetric=True, of_data=of_data)
    graded = len(roles) == 2 and kinds[1].name == "relevance grade"
    if not graded or len(one.signature.forms[0].inputs[0]) != 2:
        return None
    grades = np.array([1.0, 0.0])
    side = Side(
        "",
        lambda x: (x[:, None] * grades, np.broadcast_to(grades, (len(x), 2)).copy()),
        lambda x: {roles[0].name: grades},
    )
    return Axis("score of the better item less that of the other", (side,), -_SCORES, _SCORES, symmetric=True)


def _signed(first: str, second: str, sign: str, xp: Any, arguments: Mapping[str, Any]) -> Any:
    return arguments[sign] * (arguments[first] - arguments[second])


_RULES = (_of_answers, _of_numbers, _of_classes, _of_triplets, _of_pairs)

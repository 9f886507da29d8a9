"""Several values of a parameter as they are typed, ``0.1,1,5`` or ``0.1:10:log``, and the runs that they make."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from losscli.errors import ParameterError, UsageError
from losscli.spec.kinds import Choice
from losscli.spec.loss import Loss, Parameter

MOST_RUNS = 200
"""Runs of one pass. Each keeps sums of its own, and a table of more is read by no one."""
_LIN_COUNT = 11
_ROUND = (1.0, 2.0, 5.0)
_DIGITS = 12
"""Significant digits of values between the ends of a range: enough to tell them apart, few enough to be typed."""
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
HINT = "values are typed as 0.1,1,5 or 0.1:10:log or 0.1:10:log:41 or 0:1:lin:11."


class Range(NamedTuple):
    """Values of a parameter that were asked for.

    Attributes:
        name: The parameter's.
        values: One or more, in the order asked for.
        log: Whether equal factors lie between them.
    """

    name: str
    values: tuple[Any, ...]
    log: bool = False


def parse(option: str, p: Parameter, given: Any) -> Range:
    """The values of one parameter.

    Args:
        option: What the user calls it.
        p: The parameter.
        given: Text, or from Python a value or a sequence of them.

    Raises:
        ParameterError: It holds what is no value or no range.
    """
    if p.type == "array":
        return Range(p.name, (given,))
    parts = given.split(",") if isinstance(given, str) else list(given) if _several(given) else [given]
    if not parts:
        raise ParameterError(f"{option} has no value.", HINT)
    found = [_part(option, p, part) for part in parts]
    values = [value for part in found for value in part.values]
    twice = next((v for i, v in enumerate(values) if v in values[:i]), None)
    if twice is not None:
        raise ParameterError(f"{option} has the value {twice} twice.", "leave one of them out.")
    return Range(p.name, tuple(values), all(part.log for part in found))


def _several(given: Any) -> bool:
    return isinstance(given, Iterable)


def _part(option: str, p: Parameter, part: Any) -> Range:
    if not isinstance(part, str):
        return Range(p.name, (part,))
    text = part.strip()
    if p.type == "bool":
        if text.lower() not in _WORDS:
            raise ParameterError(f"{option} is {text!r}.", "it is on or off.")
        return Range(p.name, (_WORDS[text.lower()],))
    if isinstance(p.domain, Choice) or p.type == "str":
        return Range(p.name, (text,))
    if ":" not in text:
        return Range(p.name, (_number(option, p, text),))
    low, high, scale, count = _ends(option, text)
    values = _log(low, high, count) if scale == "log" else _lin(low, high, count or _LIN_COUNT)
    if not values:
        raise ParameterError(
            f"{option}: no value 1, 2 or 5 times a power of ten lies in {text}.", f"{text}:5 takes five."
        )
    whole = p.type == "int"
    return Range(p.name, tuple(int(v) if whole and v == int(v) else v for v in values), scale == "log")


def _ends(option: str, text: str) -> tuple[float, float, str, int]:
    low, high, *rest = text.split(":")
    scale = rest[0] if rest else "lin"
    counted = rest[1] if len(rest) > 1 else "0"
    try:
        a, b, count = float(low), float(high), int(counted)
    except ValueError as error:
        raise ParameterError(f"{option} holds {text!r}, which is not a range.", HINT) from error
    if len(rest) > 2 or scale not in ("lin", "log") or (len(rest) > 1 and count < 2):
        raise ParameterError(f"{option} holds {text!r}, which is not a range.", HINT)
    if not (math.isfinite(a) and math.isfinite(b) and a < b):
        raise ParameterError(f"{option}: the range {text!r} does not go up.", "the smaller end stands first.")
    if scale == "log" and a <= 0:
        raise ParameterError(f"{option}: a range by factors cannot begin at {a:g}.", f"{low}:{high}:lin")
    if count > MOST_RUNS:
        raise ParameterError(f"{option} has {count} values.", f"{MOST_RUNS} runs are the most.")
    return a, b, scale, count


def _number(option: str, p: Parameter, text: str) -> float | int:
    try:
        return int(text) if p.type == "int" else float(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError as error:
        raise ParameterError(f"{option} is {text!r}, not a number.", HINT) from error
    return number


def _short(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")


def _lin(low: float, high: float, count: int) -> list[float]:
    between = [_short(low + (high - low) * i / (count - 1)) for i in range(1, count - 1)]
    return [low, *between, high]


def _log(low: float, high: float, count: int) -> list[float]:
    if count:
        between = [_short(low * (high / low) ** (i / (count - 1))) for i in range(1, count - 1)]
        return [low, *between, high]
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = [float(f"{m:g}e{e}") for e in range(first, last + 1) for m in _ROUND]
    return [step for step in steps if low <= step <= high]


def parameter_of(chosen: Sequence[Loss], name: str) -> Parameter:
    """The parameter of that name, of the first loss that has one."""
    return next(p for one in chosen for p in one.parameters if p.name == name)


def ranges(chosen: Sequence[Loss], given: Mapping[str, Any]) -> list[Range]:
    """What was given for the parameters of losses, in the order of the losses' declarations.

    Raises:
        ParameterError: A value is none.
    """
    names = dict.fromkeys(p.name for one in chosen for p in one.parameters)
    wanted = [name for name in names if given.get(name) is not None]
    return [parse(f"--{n.replace('_', '-')}", parameter_of(chosen, n), given[n]) for n in wanted]


def grid(over: Sequence[Range]) -> list[dict[str, Any]]:
    """Every combination of values, the last parameter's running fastest.

    Raises:
        UsageError: There are too many.
    """
    count = math.prod(len(one.values) for one in over)
    if count > MOST_RUNS:
        raise UsageError(f"these are {count} runs.", f"{MOST_RUNS} are the most: give fewer values.")
    names = [one.name for one in over]
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*(one.values for one in over))]

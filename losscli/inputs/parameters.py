"""Parameters as given, checked against what a loss declares."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

from losscli.errors import ParameterError
from losscli.inputs.inline import read_array
from losscli.spec.kinds import Along, Choice, Interval
from losscli.spec.loss import Loss, Parameter


def resolve(one: Loss, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter of a loss with its value: as given, else its default.

    Args:
        one: The loss.
        given: Values by name; None counts as not given. Names the loss does not have are left alone.

    Raises:
        ParameterError: A value is of the wrong type or outside its domain.
    """
    return {p.name: _value(one, p, given.get(p.name)) for p in one.parameters}


def _value(one: Loss, p: Parameter, value: Any) -> Any:
    option = f"{one.name}: --{p.name.replace('_', '-')}"
    if value is None and (p.default is None or not isinstance(p.domain, Along)):
        return p.default
    if isinstance(p.domain, Along):
        value = p.default if value is None else value
        return _array(option, value, p.domain)
    if p.type == "bool":
        if value not in (0, 1):  # the word "false" would be true
            raise ParameterError(f"{option} is {value!r}, neither true nor false.", "it is True or False.")
        return bool(value)
    if isinstance(p.domain, Choice):
        if value not in p.domain.options:
            raise ParameterError(f"{option} is {value!r}.", f"it is one of {', '.join(p.domain.options)}.")
        return value
    return _number(option, p, value)


def _number(option: str, p: Parameter, value: Any) -> float | int:
    try:
        number = int(value) if p.type == "int" else float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ParameterError(f"{option} is {value!r}, not a number.") from error
    if p.type == "int" and (number != value or abs(number) >= 2**63):
        raise ParameterError(f"{option} is {value!r}, not a whole number of 64 bits.")
    if isinstance(p.domain, Interval) and number not in p.domain:
        raise ParameterError(f"{option} is {number:g}, outside its domain.", f"it must be {p.domain.phrase}.")
    return number


def _array(option: str, value: Any, domain: Along) -> Any:
    import numpy as np

    if isinstance(value, str | os.PathLike):
        value = read_array(os.fspath(value))
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{option} is not an array of numbers.") from error
    if domain.whole:
        array = _whole(option, array)
    for number in array.ravel().tolist():
        if math.isnan(number) or (number not in domain.domain and not domain.soft):
            raise ParameterError(f"{option} holds {number:g}.", f"each must be {domain.domain}.")
    return array


def _whole(option: str, array: Any) -> Any:
    import numpy as np

    with np.errstate(invalid="ignore"):  # NaN is no whole number, as the comparison tells
        found = array.astype("int64")
    if not (found == array).all():
        raise ParameterError(f"{option} holds a number that is not whole.")
    return found

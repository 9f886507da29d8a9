"""Calling what a declaration holds: every function is handed the arguments that it names, and no others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any


@cache
def names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's arguments."""
    code = getattr(function, "__code__", None)
    if code is None:  # of a plug-in: a class, or a function that is wrapped
        return tuple(inspect.signature(function).parameters)
    found: tuple[str, ...] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return found


def call(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """``function`` with those of the arguments that it names."""
    return function(**{name: arguments[name] for name in names(function)})

"""Hints in Python's words: what the command line calls ``--nan omit`` is ``nan="omit"`` there."""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from losscli.errors import Finding, LossCLIError, LossWarning
from losscli.knobs import Knob
from losscli.knobs.options import Options

F = TypeVar("F", bound=Callable[..., Any])
# Patterns are text: re compiles and keeps them where one is used, which a run without a hint never does.
_OPTION = r"`[^`]*`|(?<![\w-])(--?[a-z][a-z-]*)(?: +(-?[\w*./][\w*.,/|%-]*))?"
_NUMBER = r"-?\d+(\.\d+)?"


def in_python(text: str) -> str:
    """A sentence with every option as a keyword, with its value where one stands behind it; `commands` stay."""
    return re.sub(_OPTION, _keyword, text)


def _keyword(found: re.Match[str]) -> str:
    flag, value = found.groups()
    if flag is None:
        return found.group()
    negative = flag.startswith("--no-")
    name = _NAMES.get(flag) or flag.removeprefix("--no-").lstrip("-").replace("-", "_")
    if flag.startswith("-") and not flag.startswith("--") and flag not in _NAMES:
        return found.group()  # a dash between words
    knob = Options.knobs.get(name)
    behind = f" {value}" if value else ""
    if negative or (knob is not None and knob.kind in (bool, bool | None)):
        return f"{name}={not negative}{behind}"
    if value is None or not _is_value(knob, value):
        return f"{name}{behind}"
    bare = value.rstrip(".,;")
    value, end = bare, value[len(bare) :]
    return f"{name}={value if re.fullmatch(_NUMBER, value) else repr(value)}{end}"


_NAMES = {flag: one.name for one in Options.knobs.values() for flag in (one.short, one.flag) if flag}
_VALUE = r"-?\d[\d.,]*|[A-Z][A-Z|,.]*|\w+\.\w+|\w+[-/*]\S*|[\w,]+,\w+"
"""What is a value wherever it stands: numbers, placeholders, names of files, words with marks in them."""


def _is_value(knob: Knob | None, word: str) -> bool:
    """Whether what follows an option is its value, and not the next word of the sentence."""
    bare = word.rstrip(".,;")
    return (knob is not None and bare in knob.choices) or re.fullmatch(_VALUE, bare) is not None


def heard(findings: Iterable[Finding]) -> None:
    """Make a Python warning of each finding, with its hint in Python's words."""
    for one in dict.fromkeys(findings):
        text = f"{one.code}: {one.message} {in_python(one.hint)}".strip()
        warnings.warn(LossWarning(text), stacklevel=4)


def spoken(function: F) -> F:
    """A function of the Python API: its errors and their hints are in Python's words."""

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except LossCLIError as error:
            error.message, error.hint = in_python(error.message), in_python(error.hint)
            error.args = (error.message,)
            raise

    return call  # type: ignore[return-value]

"""The signature of a result: a string that is equal where the way to the number is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from losscli.knobs import GIVEN, TOLD, Knobs


def told(options: Knobs, without: Collection[str] = ()) -> Iterator[str]:
    """What a signature tells of options: those that can change the number and are not at their defaults.

    Args:
        options: The options of a run.
        without: The names of those that have no part in this number.
    """
    for name, knob in options.knobs.items():
        value = getattr(options, name)
        if value is knob.default or name in without:
            continue
        if knob.signed == GIVEN:
            yield f"{name}=given"
        elif knob.signed == TOLD and value != knob.default:
            yield f"{name}={text(value)}"


_LONGEST = 1000
"""Characters up to which an array is told number by number."""


def text(value: Any) -> str:
    """A value of an option or a parameter; no two values look alike, long arrays by a hash of all their numbers."""
    if hasattr(value, "tolist"):
        told = _text(value.tolist())
        return told if len(told) <= _LONGEST else f"{'x'.join(map(str, value.shape))}:{_hash(told)}"
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{';'.join(map(_text, value))}]"
    return repr(value) if isinstance(value, str) and not value.replace("_", "").isalnum() else str(value)


def _hash(told: str) -> str:
    from hashlib import sha256

    return sha256(told.encode()).hexdigest()[:16]


def origin(distribution: str) -> str:
    """A plug-in's distribution and its version."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"{distribution}:{version(distribution)}"
    except PackageNotFoundError:
        return distribution

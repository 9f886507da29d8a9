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


def text(value: Any) -> str:
    """A value of an option or a parameter; no two values look alike."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return f"[{';'.join(map(text, value))}]"
    return repr(value) if isinstance(value, str) and not value.replace("_", "").isalnum() else str(value)


def origin(distribution: str) -> str:
    """A plug-in's distribution and its version."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"{distribution}:{version(distribution)}"
    except PackageNotFoundError:
        return distribution

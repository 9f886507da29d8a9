"""Libraries that a damaged file can make end the process: the command line stands ready before one reads it."""

from __future__ import annotations

from collections.abc import Callable

_ready: list[Callable[[], None]] = []
_names: list[str] = []


def stand_ready(call: Callable[[], None]) -> None:
    """Have this called once, before the first of such files is read."""
    _ready.append(call)


def about_to_read(name: str) -> None:
    """Tell that such a file is read from now on, by the name that the user gave it."""
    if name not in _names:
        _names.append(name)
    while _ready:
        _ready.pop()()


def being_read() -> str:
    """The files that were told, for a message."""
    return " or ".join(_names)

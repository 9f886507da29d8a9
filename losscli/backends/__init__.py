"""The backends: arrays in, a loss's values out. One file each; plug-ins come by entry point."""

from __future__ import annotations

import importlib
import inspect
import reprlib
from functools import cache

from losscli.backends.base import Backend, Status
from losscli.errors import BackendError, Finding

ENTRY_POINTS = "losscli.backends"
_BUILT_IN = {"numpy": "losscli.backends.numpy:NumpyBackend", "torch": "losscli.backends.torch:TorchBackend"}


def find(name: str) -> type[Backend]:
    """The backend class called ``name``; nothing heavy is imported.

    Raises:
        BackendError: No backend has that name.
    """
    if name in _BUILT_IN:
        return _load(_BUILT_IN[name])
    plugged, _ = plugged_in()
    if name in plugged:
        return plugged[name]
    names = ", ".join([*_BUILT_IN, *plugged])
    raise BackendError(f"no backend is called {name!r}.", f"there are {names}; `losscli backends` shows them.")


@cache
def plugged_in() -> tuple[dict[str, type[Backend]], tuple[Finding, ...]]:
    """Backends of installed plug-ins by name, and one finding for each that does not load."""
    from losscli.plugins import load

    objects, findings = load(ENTRY_POINTS)
    found: dict[str, type[Backend]] = {}
    for origin, value in objects:
        if isinstance(value, type) and issubclass(value, Backend) and _works(value):
            value.origin = origin
            found[value.name] = value
        else:
            findings.append(Finding("L901", f"plug-in {origin} offers no complete backend: {reprlib.repr(value)}."))
    return found, tuple(findings)


def _works(backend: type[Backend]) -> bool:
    """Whether a plug-in's backend is complete and can say what it is."""
    try:
        return not inspect.isabstract(backend) and isinstance(backend.status(), Status)
    except Exception:  # a plug-in may fail in any way it likes
        return False


def every() -> list[type[Backend]]:
    """All backends: built in first, then those of plug-ins."""
    return [*(_load(path) for path in _BUILT_IN.values()), *plugged_in()[0].values()]


def _load(path: str) -> type[Backend]:
    module, _, attribute = path.partition(":")
    found: type[Backend] = getattr(importlib.import_module(module), attribute)
    return found

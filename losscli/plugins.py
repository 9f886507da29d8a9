"""Third-party objects by entry point; a plug-in that does not load is a finding, never a crash."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout, suppress
from typing import Any

from losscli.errors import Finding


def load(group: str) -> tuple[list[tuple[str, Any]], list[Finding]]:
    """Every object of an entry-point group with the distribution it came from, and what failed."""
    from importlib.metadata import entry_points

    objects: list[tuple[str, Any]] = []
    findings: list[Finding] = []
    for point in sorted(entry_points(group=group), key=lambda p: p.name):
        origin = point.dist.name if point.dist else point.value
        try:
            with redirect_stdout(sys.stderr):  # standard output is for results
                objects.append((origin, point.load()))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plug-in may fail in any way it likes, also by exiting
            cause = _cause(error)
            findings.append(
                Finding("L900", f"plug-in {point.name} of {origin} does not load ({cause}).", f"pip uninstall {origin}")
            )
    return objects, findings


def _cause(error: BaseException) -> str:
    """What an error says of itself, on a line; its kind alone where it cannot even say that."""
    with suppress(Exception):
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return type(error).__name__

"""Third-party objects by entry point; a plug-in that does not load is a finding, never a crash."""

from __future__ import annotations

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
            objects.append((origin, point.load()))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plug-in may fail in any way it likes, also by exiting
            cause = f"{type(error).__name__}: {error}".splitlines()[0]
            findings.append(
                Finding("L900", f"plug-in {point.name} of {origin} does not load ({cause}).", f"pip uninstall {origin}")
            )
    return objects, findings

"""The catalogue: every module in this folder that declares losses is a family, found by looking.

Third-party losses come from the entry-point group ``losscli.losses``; it is read only when a name
is unknown or a listing asks for everything.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from losscli.errors import Finding, UsageError
from losscli.losses.spec import Loss

ENTRY_POINTS = "losscli.losses"
_NOT_FAMILIES = {"spec", "kinds", "signature", "docs", "common"}


def normal(name: str) -> str:
    """A name as lookup sees it: case and every ``-`` and ``_`` do not matter."""
    return name.lower().replace("-", "").replace("_", "")


@cache
def built_in() -> tuple[Loss, ...]:
    """Every loss of this package, family by family."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _NOT_FAMILIES)
    return tuple(x for name in names for x in declared(importlib.import_module(f"{__name__}.{name}")))


def declared(module: ModuleType) -> list[Loss]:
    """The losses a module declares, in source order."""
    return [value for value in vars(module).values() if isinstance(value, Loss)]


@cache
def plugged_in() -> tuple[tuple[Loss, ...], tuple[Finding, ...]]:
    """Losses of installed plug-ins, and one finding for each that does not load."""
    from losscli.plugins import load

    found: list[Loss] = []
    objects, findings = load(ENTRY_POINTS)
    for origin, value in objects:
        for one in declared(value) if isinstance(value, ModuleType) else [value]:
            complaint = _complaint(one)
            if complaint:
                findings.append(Finding("L901", f"plug-in {origin} offers no usable loss: {complaint}."))
            else:
                one.origin = origin
                found.append(one)
    return tuple(found), tuple(findings)


def _complaint(one: object) -> str:
    """Why an object of a plug-in cannot be a loss here, or ""."""
    if not isinstance(one, Loss):
        return f"{one!r} is no loss"
    try:
        names = [*one.argument_names, one.doc.title]
    except (TypeError, NameError, KeyError, ValueError) as error:
        return f"the declaration of {one.name} is at fault ({error})"
    taken = {normal(n) for other in built_in() for n in (other.name, *other.aliases)}
    return (
        f"the name {one.name} is taken"
        if normal(one.name) in taken
        else ""
        if names[-1]
        else f"{one.name} has no title"
    )


def every() -> tuple[Loss, ...]:
    """All losses: built in first, then those of plug-ins."""
    return built_in() + plugged_in()[0]


def find(name: str) -> Loss:
    """The loss called ``name`` or one of whose aliases is.

    Raises:
        UsageError: No loss has that name; the hint lists the nearest.
    """
    wanted = normal(name)
    for losses in (built_in, every):
        for one in losses():
            if wanted in (normal(n) for n in (one.name, *one.aliases)):
                return one
    raise UsageError(f"no loss is called {name!r}.", _nearest(wanted))


def known(name: str) -> bool:
    """Whether a loss has that name or alias."""
    try:
        find(name)
    except UsageError:
        return False
    return True


def find_all(names: str) -> list[Loss]:
    """The losses of names joined by commas.

    Raises:
        UsageError: One has no such name, or there is none beside a comma.
    """
    parts = [part.strip() for part in names.split(",")]
    if len(parts) > 1 and not all(parts):
        raise UsageError(f"{names!r} has a comma without a loss beside it.", "mse,l1 are two losses.")
    return [find(part) for part in parts]


def _nearest(wanted: str) -> str:
    shared = [(x.name, when) for x in every() for name, when in x.shared_names.items() if normal(name) == wanted]
    if shared:
        return f"{'; '.join(f'{name} {when}' for name, when in shared)}."
    from difflib import get_close_matches

    names = {normal(n): one.name for one in every() for n in (one.name, *one.aliases)}
    close = list(dict.fromkeys(names[n] for n in get_close_matches(wanted, names, n=4, cutoff=0.5)))
    return f"did you mean {' or '.join(close)}?" if close else "`losscli list` shows every loss."

"""The catalogue: one file a loss, named after it, in the folder of its family. Nothing else lists them.

A file that begins with ``_`` is no loss but what the losses of its family share. Third-party losses come from the
entry-point group ``losscli.losses``; it is read only when a name is unknown or a listing asks for everything.
"""

from __future__ import annotations

import importlib
import os
import reprlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

from losscli.errors import Finding, UsageError
from losscli.knobs.options import ComputeOptions, ShowOptions
from losscli.records import NamedTuple
from losscli.spec.loss import Loss

ENTRY_POINTS = "losscli.losses"
_HERE = Path(__file__).parent


def normal(name: str) -> str:
    """A name as lookup sees it: case and every ``-`` and ``_`` do not matter."""
    return name.lower().replace("-", "").replace("_", "")


@cache
def _files() -> dict[str, str]:
    """The file of each loss, from the family on, by the loss's name as lookup sees it; family by family."""
    found: dict[str, str] = {}
    for family in _public(_HERE, ""):
        found |= {normal(name): f"{family}/{name}" for name in _public(_HERE / family, ".py")}
    return found


def _public(folder: Path, suffix: str) -> list[str]:
    """The names in a folder that end like this, without the ending and in order; those that begin with _ left out."""
    with os.scandir(folder) as entries:
        names = (entry.name.partition(".") for entry in entries if not entry.name.startswith(("_", ".")))
        return sorted(stem for stem, dot, ending in names if dot + ending == suffix)


@cache
def _load(file: str) -> Loss:
    family, _, name = file.partition("/")
    found: Loss = getattr(importlib.import_module(f"{__name__}.{family}.{name}"), name)
    return found


def __getattr__(name: str) -> Loss:
    """A loss by its name, as a plain function of arrays: ``losscli.losses.mse(pred, target)``."""
    if name.startswith("_") or name not in {file.partition("/")[2] for file in _files().values()}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _load(_files()[normal(name)])


def __dir__() -> list[str]:
    return sorted({*globals(), *(file.partition("/")[2] for file in _files().values())})


@cache
def built_in() -> tuple[Loss, ...]:
    """Every loss of this package, family by family."""
    return tuple(_load(file) for file in _files().values())


def _built_in(wanted: str) -> Loss | None:
    """The loss of this package that is meant by a name; no other is imported, unless it holds the same word."""
    files = _files()
    if wanted in files:
        return _load(files[wanted])
    quoted = f'"{wanted}"'
    holding = (file for file in files.values() if quoted in normal(_text(file)))
    return next((one for one in map(_load, holding) if wanted in map(normal, one.aliases)), None)


def _text(file: str) -> str:
    return (_HERE / f"{file}.py").read_text(encoding="utf-8")


class Entry(NamedTuple):
    """A loss in a listing."""

    name: str
    family: str
    title: str
    origin: str


def entries() -> list[Entry]:
    """All losses, those of this package by a look into their files: to import them all takes ten times as long."""
    own = [_entry(file, _text(file)) for file in _files().values()]
    return own + [Entry(one.name, one.family, one.doc.title, one.origin) for one in plugged_in()[0]]


def _entry(file: str, text: str) -> Entry:
    family, _, name = file.partition("/")
    docstring = text.partition(f"\ndef {name}(")[2].partition('"""')[2]
    return Entry(name, family, docstring.partition("\n")[0].strip().rstrip("."), "losscli")


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
        return f"{reprlib.repr(one)} is not a loss"
    try:
        arguments, title = one.argument_names, one.doc.title
    except Exception as error:  # an annotation may be any expression
        return f"the declaration of {one.name} is at fault ({error})"
    option = next((name for name in arguments if name in ComputeOptions.knobs or name in ShowOptions.knobs), "")
    if option:
        return f"{one.name} takes {option}, which is an option of every loss"
    if normal(one.name) in {normal(n) for other in built_in() for n in (other.name, *other.aliases)}:
        return f"the name {one.name} is taken"
    return "" if title else f"{one.name} has no title"


def every() -> tuple[Loss, ...]:
    """All losses: built in first, then those of plug-ins."""
    return built_in() + plugged_in()[0]


def find(name: str) -> Loss:
    """The loss called ``name`` or one of whose aliases is.

    Raises:
        UsageError: No loss has that name; the hint lists the nearest.
    """
    wanted = normal(name)
    if found := _built_in(wanted):
        return found
    for one in plugged_in()[0]:
        if wanted in map(normal, (one.name, *one.aliases)):
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


def asked(given: object) -> tuple[list[Loss], bool]:
    """The losses that are meant in Python, by name or as themselves, and whether they are several, if of one.

    Raises:
        UsageError: One has no such name, or is neither a name nor a loss.
    """
    if isinstance(given, str):
        return find_all(given), "," in given
    if isinstance(given, Loss):
        return [given], False
    if not isinstance(given, Iterable):
        raise UsageError(f"a loss is asked for by its name, and this is of type {type(given).__name__}.", '"mse"')
    each = [asked(one)[0] for one in given]
    return [one for some in each for one in some], True


def _nearest(wanted: str) -> str:
    shared = [(x.name, when) for x in every() for name, when in x.shared_names.items() if normal(name) == wanted]
    if shared:
        return f"{'; '.join(f'{name} {when}' for name, when in shared)}."
    from difflib import get_close_matches

    names = {normal(n): one.name for one in every() for n in (one.name, *one.aliases)}
    close = list(dict.fromkeys(names[n] for n in get_close_matches(wanted, names, n=4, cutoff=0.5)))
    return f"did you mean {' or '.join(close)}?" if close else "`losscli list` shows every loss."

"""What a shell completes of a value: choices, columns and arrays of the files that are typed, names there are."""

# Typer reads the annotations of what completes.
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import typer

from losscli import losses
from losscli.cli.options import WORDS
from losscli.errors import LossCLIError, UnknownKeyError

_BEHIND = "::"
_NOTHING = "\x1f"
"""A name that nothing in a file has, so that what it holds is told and no array is read."""
Complete = Callable[[typer.Context, str], list[str]]


def completer(shown: str, choices: Iterable[str], several: bool) -> Complete:
    """What completes a value.

    Args:
        shown: What stands for it in help: what it says in capitals is looked up, other words are values.
        choices: The values that there are, if they are few.
        several: Whether there may be more than one, with commas between.
    """
    places = [] if choices else shown.replace("...", "").replace(",", "|").split("|")

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        before, comma, begun = incomplete.rpartition(",") if several else ("", "", incomplete)
        if _BEHIND in begun and not choices:
            return [f"{before}{comma}{name}" for name in inside(begun)]
        named = before.split(",")
        names = dict.fromkeys((*choices, *(name for place in places for name in _names(place, ctx))))
        return [f"{before}{comma}{name}" for name in names if name.startswith(begun) and name not in named]

    return complete


def inside(text: str) -> list[str]:
    """What a file holds, of ``PATH::BEGUN``: with its path, the columns or arrays whose names begin so.

    Of ``PATH::a,b`` it is the last that is begun.
    """
    path, mark, select = text.rpartition(_BEHIND)
    before, comma, begun = select.rpartition(",")
    chosen = before.split(",")
    try:
        names = _held(path) if path and not Path(path).is_dir() else []
    except (LossCLIError, OSError, ValueError):
        names = []
    names = [name for name in dict.fromkeys(names) if name.startswith(begun) and name not in chosen]
    return [f"{path}{mark}{before}{comma}{name}" for name in names]


def _held(path: str) -> list[str]:
    """The names of what a file holds: of the columns of a table, of the arrays of an archive."""
    from losscli.inputs.files import Files
    from losscli.knobs.options import Options

    with Files(Options()) as files:
        try:
            files.enter([files.locate(f"{path}{_BEHIND}{_NOTHING}")])
        except UnknownKeyError as error:
            return list(error.keys)
        return [column for table in files.tables.values() for column in table.columns]


def _names(place: str, ctx: typer.Context) -> Iterable[str]:
    """What may stand in a place; a file that cannot be read has nothing to offer, and nobody to tell."""
    if not place.isupper():
        return [place] if place else []
    try:
        return _PLACES[place](ctx) if place in _PLACES else []
    except (LossCLIError, OSError):
        return []


def _typed(ctx: typer.Context) -> list[str]:
    words: list[str] = ctx.meta.get(WORDS, [])
    return words


def _columns(ctx: typer.Context) -> list[str]:
    """The columns of the tables that are typed."""
    from losscli.inputs.files import Files
    from losscli.knobs.options import Options

    paths = dict.fromkeys(word.partition(_BEHIND)[0] for word in _typed(ctx))
    found: list[str] = []
    for path in paths:
        if Path(path).is_file():
            with Files(Options()) as files, suppress(UnknownKeyError):
                files.enter([files.locate(path)])
                found += [column for table in files.tables.values() for column in table.columns]
    return found


def _checks(ctx: typer.Context) -> list[str]:
    from losscli.checks import config

    words = [part for word in _typed(ctx) for part in (word.split("=", 1) if word.startswith("--config=") else [word])]
    named = words.index("--config") + 1 if "--config" in words[:-1] else 0
    path = Path(words[named]) if named else config.find(Path.cwd())
    return [one.name for one in config.read(path, str(path)).checks]


def _backends(ctx: typer.Context) -> list[str]:
    from losscli import backends

    return [one.name for one in backends.every()]


def _formats(ctx: typer.Context) -> list[str]:
    from losscli.inputs.files import formats

    return formats()


def _inputs(ctx: typer.Context) -> list[str]:
    return [role.name for one in losses.find_all(ctx.info_name or "") for role in one.inputs]


_PLACES: dict[str, Callable[[typer.Context], Iterable[str]]] = {
    "COLUMN": _columns,
    "CHECK": _checks,
    "BACKEND": _backends,
    "FORMAT": _formats,
    "INPUT": _inputs,
    "LOSS": lambda _: [one.name for one in losses.entries()],
    "FAMILY": lambda _: dict.fromkeys(one.family for one in losses.entries()),
}
"""What there is, by what stands for it in help."""

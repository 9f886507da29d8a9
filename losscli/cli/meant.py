"""What somebody meant who typed what cannot be run: the next command to type."""

from __future__ import annotations

import itertools
import os
import re
import shlex
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from losscli import losses
from losscli.cli.program import Commands, names_losses
from losscli.errors import WARNINGS, LossCLIError, MissingInputError, SourceError


def meant(arguments: Sequence[str], error: BaseException) -> str:
    """A hint that names a command, or "" where the error's own is as good.

    Args:
        arguments: What was typed behind ``losscli``.
        error: What came of it.
    """
    name = type(error).__name__
    if not arguments:
        return ""
    if isinstance(error, MissingInputError):
        return _with_inputs(arguments, error.required)
    if name == "NoSuchOption":
        return _option_elsewhere(arguments, error)
    if name == "NoSuchCommand" or (name == "UsageError" and _at_root(error)):
        return _command_for(arguments)
    if isinstance(error, SourceError) and not error.hint and (columns := _without_table(arguments)):
        return columns
    if isinstance(error, LossCLIError) or name == "UsageError":
        word = next((x for x in arguments[1:] if not x.startswith("-")), "")
        return _ELSEWHERE[arguments[0]](word, arguments) if arguments[0] in _ELSEWHERE else ""
    return ""


def _at_root(error: Any) -> bool:
    return getattr(error, "ctx", None) is not None and error.ctx.parent is None


def _typed(*words: str) -> str:
    return shlex.join(["losscli", *words])


def _with_inputs(arguments: Sequence[str], required: Sequence[str]) -> str:
    """How the inputs of a loss are typed: a file each, or columns of the one that was given."""
    if len(arguments) < 2 or not names_losses(arguments[1]):
        return ""
    command, typed = _typed(*arguments[:2]), [word for word in arguments[2:] if word != "--debug"]
    behind = next((i for i, word in enumerate(typed) if re.match("--|-[a-z]", word)), len(typed))
    files, options = typed[:behind], " ".join(["", *map(shlex.quote, typed[behind:])])
    if len(files) != 1 or not Path(files[0]).is_file():
        return f"{command} {' '.join(name.upper() for name in required)}"
    file = shlex.quote(files[0])
    flags = {name: f"--{name.replace('_', '-')}" for name in required}
    columns = " ".join(f"{flag} COLUMN" for flag in flags.values() if flag not in typed)
    of_one = f"{command} {file} {columns}{options}"
    if set(flags.values()) & set(typed):
        return of_one
    rest = " ".join(name.upper() for name in required[1:])
    return f"{command} {file} {rest}{options}; of columns of one file: {of_one}"


def _without_table(arguments: Sequence[str]) -> str:
    """What is no file, and was given by name alone, may be meant as a column."""
    if len(arguments) < 4 or not names_losses(arguments[1]) or not arguments[2].startswith("--"):
        return ""
    return f"columns are named behind their file: {_typed(*arguments[:2], 'FILE', *arguments[2:])}"


def _option_elsewhere(arguments: Sequence[str], error: Any) -> str:
    """An option that stands before the loss, or that another command has."""
    flag = error.option_name
    at = next((i for i, word in enumerate(arguments) if i and not word.startswith("-") and names_losses(word)), 0)
    if not at:
        return ""
    command, loss, rest = arguments[0], arguments[at], (*arguments[1:at], *arguments[at + 1 :])
    if at > 1:
        files = [x for i, x in enumerate(arguments) if i > at]
        return f"options stand behind the loss: {_typed(command, loss, *files, *arguments[1:at])}"
    for name, other in Commands().items():
        if name != command and hasattr(other, "of"):
            made = other.of.command(losses.find_all(loss))
            if any(flag in param.opts for param in made.params):
                return f"it is an option of {name}: {_typed(name, loss, *rest)}"
    return ""


def _command_for(arguments: Sequence[str]) -> str:
    """A command for what stands where one should."""
    word, *rest = arguments
    loss = next((x for x in rest if names_losses(x)), "")
    if os.path.exists(word):
        files = [x for x in arguments if x != loss]
        return _typed("compute", loss, *files) if loss else f"{_typed('doctor', *arguments)} tells what is in it."
    if word in ("help", "man"):
        return f"{_typed('show', loss)} is the page on it." if loss else _typed(*rest, "--help")
    close = get_close_matches(word, Commands(), n=1)
    return _typed(close[0], *rest) if close else ""


def _of_show(word: str, arguments: Sequence[str]) -> str:
    if word.upper() in WARNINGS:
        return _typed("guide", word.upper())
    return f"{_typed('doctor', *arguments[1:])} tells what is in it." if os.path.exists(word) else ""


def _of_list(word: str, _: Sequence[str]) -> str:
    return _typed("show", word) if names_losses(word) else ""


def _of_doctor(word: str, arguments: Sequence[str]) -> str:
    if not names_losses(word) or os.path.exists(word):
        return ""
    return f"it takes files alone: {_typed('doctor', *(x for x in arguments[1:] if x != word))}"


def _of_reconcile(word: str, arguments: Sequence[str]) -> str:
    number = next((x for x in arguments[2:] if x.replace(".", "", 1).isdecimal()), "")
    if not number or not os.path.exists(word):
        return ""
    others = [x for x in arguments[1:] if x != number]
    return f"the number comes first: {_typed('reconcile', number, *others)}"


def _of_compare(_: str, arguments: Sequence[str]) -> str:
    """Models are told by their place; somebody gave the prediction as an option, once for each."""
    if len(arguments) < 2 or not names_losses(arguments[1]):
        return ""
    flags = [f"--{role.name.replace('_', '-')}" for role in losses.find_all(arguments[1])[0].inputs]
    words, models, rest = [*arguments[2:]], [], []
    while words:
        word = words.pop(0)
        if word == flags[0] and words:
            models.append(words.pop(0))
        else:
            rest.append(word)
    if len(models) < 2:
        return ""
    if rest and Path(rest[0]).is_file():
        table = rest.pop(0)
        models = [f"{table}::{name}" for name in models]
        rest = [
            f"{table}::{word}" if before in flags and not os.path.exists(word) else word
            for before, word in itertools.pairwise(["", *rest])
        ]
    return f"models are told by their place: {_typed(*arguments[:2], *models, *rest)}"


_ELSEWHERE: dict[str, Callable[[str, Sequence[str]], str]] = {
    "compare": _of_compare,
    "show": _of_show,
    "list": _of_list,
    "guide": _of_list,
    "doctor": _of_doctor,
    "reconcile": _of_reconcile,
}
"""What may have been meant by the first word behind a command that could do nothing with it."""

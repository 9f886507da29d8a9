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
from losscli.cli.mistyped import option, typed
from losscli.cli.program import Commands, names_losses
from losscli.errors import WARNINGS, LossCLIError, MissingInputError, SourceError, UsageError


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
        return option(arguments, error)
    if name == "NoSuchCommand" or (name == "UsageError" and _at_root(error)):
        return _command_for(arguments)
    if isinstance(error, UsageError) and error.message.endswith("the loss comes first."):
        return _loss_first(arguments)
    if isinstance(error, SourceError) and not error.hint and (columns := _without_table(arguments)):
        return columns
    if isinstance(error, LossCLIError) or name == "UsageError":
        word = next((x for x in arguments[1:] if not x.startswith("-")), "")
        return _ELSEWHERE[arguments[0]](word, arguments) if arguments[0] in _ELSEWHERE else ""
    return ""


def _at_root(error: Any) -> bool:
    return getattr(error, "ctx", None) is not None and error.ctx.parent is None


def _with_inputs(arguments: Sequence[str], required: Sequence[str]) -> str:
    """How the inputs of a loss are typed: a file each, or columns of the one that was given."""
    if len(arguments) < 2 or not names_losses(arguments[1]):
        return ""
    command, words = typed(*arguments[:2]), [word for word in arguments[2:] if word != "--debug"]
    behind = next((i for i, word in enumerate(words) if re.match("--|-[a-z]", word)), len(words))
    files, options = words[:behind], " ".join(["", *map(shlex.quote, words[behind:])])
    if len(files) != 1 or not Path(files[0]).is_file():
        return f"{command} {' '.join(name.upper() for name in required)}"
    file = shlex.quote(files[0])
    flags = {name: f"--{name.replace('_', '-')}" for name in required}
    columns = " ".join(f"{flag} COLUMN" for flag in flags.values() if flag not in words)
    of_one = f"{command} {file} {columns}{options}"
    if set(flags.values()) & set(words):
        return of_one
    rest = " ".join(name.upper() for name in required[1:])
    return f"{command} {file} {rest}{options}; of columns of one file: {of_one}"


def _without_table(arguments: Sequence[str]) -> str:
    """What is no file, and was given by name alone, may be meant as a column."""
    if len(arguments) < 4 or not names_losses(arguments[1]) or not arguments[2].startswith("--"):
        return ""
    return f"columns are named behind their file: {typed(*arguments[:2], 'FILE', *arguments[2:])}"


def _loss_first(arguments: Sequence[str]) -> str:
    """The same with its loss in front, if it is among what was typed."""
    loss = next((x for x in arguments[2:] if names_losses(x) and not os.path.exists(x)), "")
    rest = [x for x in arguments[1:] if x not in (loss, "--loss")]
    return typed(arguments[0], loss, *rest) if loss else ""


def _command_for(arguments: Sequence[str]) -> str:
    """A command for what stands where one should."""
    word, *rest = arguments
    loss = next((x for x in rest if names_losses(x)), "")
    if os.path.exists(word):
        files = [x for x in arguments if x != loss]
        return typed("compute", loss, *files) if loss else f"{typed('doctor', *arguments)} tells what is in it."
    if word in ("help", "man"):
        return f"{typed('show', loss)} is the page on it." if loss else typed(*rest, "--help")
    if word == "version":
        return typed("--version")
    close = get_close_matches(word, Commands(), n=1)
    return typed(close[0], *rest) if close else ""


def _of_show(word: str, arguments: Sequence[str]) -> str:
    if word.upper() in WARNINGS:
        return typed("guide", word.upper())
    return f"{typed('doctor', *arguments[1:])} tells what is in it." if os.path.exists(word) else ""


def _of_list(word: str, arguments: Sequence[str]) -> str:
    if arguments[0] == "list" and word in {one.family for one in losses.entries()}:
        return typed("list", "--family", word)
    return typed("show", word) if names_losses(word) else ""


def _of_doctor(word: str, arguments: Sequence[str]) -> str:
    if not names_losses(word) or os.path.exists(word):
        return ""
    return f"it takes files alone: {typed('doctor', *(x for x in arguments[1:] if x != word))}"


def _of_reconcile(word: str, arguments: Sequence[str]) -> str:
    if re.fullmatch(r"\d+,\d+", word):
        return f"decimals stand behind a point: {typed('reconcile', word.replace(',', '.'), *arguments[2:])}"
    number = next((x for x in arguments[2:] if x.replace(".", "", 1).isdecimal()), "")
    if not number or not os.path.exists(word):
        return ""
    others = [x for x in arguments[1:] if x != number]
    return f"the number comes first: {typed('reconcile', number, *others)}"


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
    return f"models are told by their place: {typed(*arguments[:2], *models, *rest)}"


_ELSEWHERE: dict[str, Callable[[str, Sequence[str]], str]] = {
    "compare": _of_compare,
    "show": _of_show,
    "list": _of_list,
    "guide": _of_list,
    "doctor": _of_doctor,
    "reconcile": _of_reconcile,
}
"""What may have been meant by the first word behind a command that could do nothing with it."""

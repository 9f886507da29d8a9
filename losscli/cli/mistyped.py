"""An option that a command does not have: what was meant, as it is typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from losscli import losses
from losscli.cli.program import Commands, names_losses

_NUMBER = re.compile(r"-[\d.][\d.,eE+-]*")
_OPTION = re.compile("--|-[a-z]")
_ALIKE = 0.7
"""How alike a flag is to the one that was meant."""
_FEW = 3
"""Losses that are named."""


def option(arguments: Sequence[str], error: Any) -> str:
    """A hint that names what can be typed, or "".

    Args:
        arguments: What was typed behind ``losscli``.
        error: What the parser says, with the option and its command.
    """
    flag = error.option_name
    known = {name for param in error.ctx.command.params for name in param.opts} if error.ctx else set()
    word = next((x for x in arguments if x.startswith(flag)), flag)
    if _NUMBER.fullmatch(word):
        return _behind_two_hyphens(arguments, arguments.index(word))
    if f"-{word}" in known:
        return typed(*(f"-{x}" if f"-{x}" in known else x for x in arguments))
    at = next((i for i, x in enumerate(arguments) if i and not x.startswith("-") and names_losses(x)), 0)
    if arguments[0].startswith("-"):
        return _behind_its_command(arguments) or _close(flag, known)
    if not at:
        return _close(flag, known)
    if at > 1 and arguments.index(word) > at:
        return _close(flag, known)
    if at > 1:
        options = [x for x in arguments[1:at] if x != "--loss"]
        return f"options stand behind the loss: {typed(arguments[0], arguments[at], *arguments[at + 1 :], *options)}"
    return _of_another_command(arguments, flag) or _of_another_loss(arguments, flag, known)


def typed(*words: str) -> str:
    """A command as a shell takes it."""
    return shlex.join(["losscli", *words])


def _close(flag: str, known: set[str]) -> str:
    close = get_close_matches(flag, [x for x in known if x.startswith("--")], n=2, cutoff=_ALIKE)
    starts = sorted(x for x in known if len(flag) > len("--x") and x.startswith(flag))
    found = list(dict.fromkeys([*starts, *close]))[:2]
    return f"did you mean {' or '.join(found)}?" if found else ""


def _behind_two_hyphens(arguments: Sequence[str], at: int) -> str:
    """Options first, then ``--``, then what is no option though it begins like one."""
    end = next((i for i, x in enumerate(arguments) if i > at and _OPTION.match(x)), len(arguments))
    start = at if any(map(_OPTION.match, arguments[2:at])) else min(2, at)
    options = [x for x in arguments[end:] if x != "--"]
    command = typed(*arguments[:start], *options, "--", *arguments[start:end])
    return f"numbers that begin with - stand after all options and --: {command}"


def _behind_its_command(arguments: Sequence[str]) -> str:
    at = next((i for i, x in enumerate(arguments) if x in Commands()), 0)
    return f"options stand behind the command: {typed(*arguments[at:], *arguments[:at])}" if at else ""


def _of_another_command(arguments: Sequence[str], flag: str) -> str:
    command, loss, *rest = arguments
    for name, other in Commands().items():
        if name != command and hasattr(other, "of"):
            made = other.of.command(losses.find_all(loss))
            if any(flag in param.opts for param in made.params):
                return f"it is an option of {name}: {typed(name, loss, *rest)}"
    return ""


def _of_another_loss(arguments: Sequence[str], flag: str, known: set[str]) -> str:
    name = flag.removeprefix("--").replace("-", "_")
    theirs = [one.name for one in losses.every() if name in one.argument_names]
    parts = [_close(flag, known)]
    if theirs:
        more = f" and {len(theirs) - _FEW} more" if len(theirs) > _FEW else ""
        parts.append(f"{', '.join(theirs[:_FEW])}{more} {'have' if len(theirs) > 1 else 'has'} {flag}.")
    parts.append(f"`{typed(*arguments[:2])} --help` shows what there is.")
    return " ".join(filter(None, parts))

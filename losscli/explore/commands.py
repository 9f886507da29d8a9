"""What is typed to get a number again: a command's words, from the inputs, parameters and options that it rests on."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from losscli.data.location import names_files
from losscli.inputs.parameters import resolve
from losscli.inputs.roles import Named
from losscli.knobs.options import Options
from losscli.spec.loss import Loss


def typed(command: str, one: Loss, texts: Sequence[str], named: Mapping[str, Any] | None = None) -> list[str]:
    """A command on a loss.

    Args:
        command: Which.
        one: The loss.
        texts: Its inputs by position.
        named: Those by name, of which some may not be given.
    """
    words = ["losscli", command, one.name, *texts]
    for name, value in (named or {}).items():
        if value is not None:
            words += [_flag(name), str(value)]
    return words


def of_parameters(one: Loss, given: Mapping[str, Any]) -> list[str]:
    """The parameters of a loss that are not at their defaults."""
    own, resolved, words = {p.name: p for p in one.parameters}, resolve(one, given), []
    for name, value in given.items():
        if value is not None and (own[name].type == "array" or resolved[name] != own[name].default):
            words += _option(_flag(name), value if own[name].type == "array" else resolved[name])
    return words


def of_options(options: Options, but: Collection[str]) -> list[str]:
    """The options that are not at their defaults, without some."""
    words: list[str] = []
    for name, knob in Options.knobs.items():
        if name not in but and getattr(options, name) != knob.default:
            words += _option(knob.flag, getattr(options, name))
    return words


def texts_of(given: Mapping[str, Any], required: Sequence[str]) -> list[str]:
    """How required inputs are typed by position: a column that was named beside its table as PATH::COLUMN."""
    texts = []
    for name in required:
        value = given[name]
        named = isinstance(value, Named)
        inside = named and not names_files(value.text)
        texts.append(f"{value.table}::{value.text}" if inside else value.text if named else str(value))
    return texts


def as_typed(words: Sequence[str]) -> str:
    """A command as a shell takes it."""
    return shlex.join(words)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _option(flag: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [flag if value else f"--no-{flag.removeprefix('--')}"]
    return [flag, ",".join(map(str, value)) if isinstance(value, tuple) else str(value)]

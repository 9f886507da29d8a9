"""Which input is which of what was given: by name, and by position in torch's order."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from losscli.errors import MissingInputError, UsageError
from losscli.records import NamedTuple

if TYPE_CHECKING:
    from losscli.spec.loss import Input, Loss


class Named(NamedTuple):
    """An input given by name beside one table: a column of it, or else, beside a file, a file of its own."""

    table: Any
    text: str


def is_frame(value: Any) -> bool:
    """Whether this is a frame of pandas or polars, neither of which is imported to see."""
    kind = type(value)
    return kind.__module__.partition(".")[0] in ("pandas", "polars") and kind.__name__ in ("DataFrame", "LazyFrame")


def inputs_of(chosen: list[Loss]) -> list[Input]:
    """The inputs of several losses in the order of their files: what any of them requires comes first."""
    roles = {role.name: role for one in chosen for role in one.inputs}
    required = _required(chosen)
    return sorted(roles.values(), key=lambda role: role.name not in required)


def roles_of(chosen: list[Loss], positional: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """Input name to what was given for it: named inputs first, then positions in order for the required rest.

    Optional inputs are given by name alone: a pattern of the shell that finds one file too many is no weight.

    Raises:
        UsageError: More stands there than the losses take, or something is empty.
    """
    order, required = [role.name for role in inputs_of(chosen)], _required(chosen)
    given = {name: named[name] for name in order if named.get(name) is not None}
    for value in (*positional, *given.values()):
        if isinstance(value, str) and not value.strip():
            raise UsageError("an input is empty text.", "is a variable of the shell not set?")
    if len(positional) == 1 and is_frame(positional[0]) and len(required) > 1:
        return _of_frame(positional[0], given, required)
    one_file = len(positional) == 1 and isinstance(positional[0], str | os.PathLike)
    if one_file and required and given.keys() >= required.keys():
        return _of_table(os.fspath(positional[0]), given)
    free = [name for name in order if name not in given and name in required]
    if len(positional) > len(free):
        raise _too_many(chosen, positional, given, free, order)
    found = given | dict(zip(free, positional, strict=False))
    return {name: found[name] for name in order if name in found}  # the prediction first: its columns name classes


def _required(chosen: list[Loss]) -> dict[str, None]:
    return dict.fromkeys(role.name for one in chosen for role in one.inputs if not role.optional)


def _of_frame(frame: Any, given: Mapping[str, Any], required: Mapping[str, None]) -> dict[str, Any]:
    columns = list(map(str, frame.collect_schema() if type(frame).__name__ == "LazyFrame" else frame.columns))
    lacking = [name for name in required if name not in given]
    if lacking:
        shown = ", ".join(columns[:8]) + (", …" if len(columns) > 8 else "")
        raise UsageError(
            f"no column of the frame is named for {' and '.join(lacking)}.",
            f"{lacking[0]}='COLUMN' names one of {shown}.",
        )
    return {name: Named(frame, value) if isinstance(value, str) else value for name, value in given.items()}


def _of_table(table: str, given: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: not isinstance(value, str) or "::" in value or value == "-" for name, value in given.items()}
    if all(own.values()):
        raise UsageError(f"{table} is not used: {', '.join(given)} name files of their own.", "leave it out.")
    return {name: value if own[name] else Named(table, value) for name, value in given.items()}


def _too_many(
    chosen: list[Loss], positional: Sequence[Any], given: Mapping[str, Any], free: list[str], order: list[str]
) -> UsageError:
    names, named_too = ",".join(c.name for c in chosen), f" beside {', '.join(given)}" if given else ""
    files = "1 file" if len(free) == 1 else f"{len(free)} files"
    return UsageError(
        f"{names} takes {files}{named_too}, {len(positional)} were given.", _meant(chosen, positional, free, order)
    )


def _meant(chosen: list[Loss], positional: Sequence[Any], free: list[str], order: list[str]) -> str:
    """What somebody meant who gave more than there is room for."""
    from losscli import losses

    texts = [x for x in positional if isinstance(x, str)]
    other = next((x for x in texts if not os.path.exists(x) and losses.known(x)), None)
    if other is not None:
        return f"several losses are joined by commas: {','.join(c.name for c in chosen)},{other}"
    if len(texts) == 1 + len(free) and Path(texts[0]).is_file() and not any(map(os.path.exists, texts[1:])):
        columns = " ".join(f"--{name.replace('_', '-')} {x}" for name, x in zip(free, texts[1:], strict=True))
        return f"columns of one file are named: {texts[0]} {columns}"
    optional = [f"--{name.replace('_', '-')}" for name in order if name not in _required(chosen)]
    by_name = f"; {' and '.join(optional)} by name only" if optional else ""
    return f"the order is {', '.join(free or order)}{by_name}; a pattern of files is quoted: 'part-*.csv'."


def refuse_missing(one: Loss, given: Container[str]) -> None:
    """Raise for an input of a loss that has to be there and is not."""
    for role in one.inputs:
        if not role.optional and role.name not in given:
            required = tuple(r.name for r in one.inputs if not r.optional)
            raise MissingInputError(f"{one.name} needs a file for {role.name}.", required)

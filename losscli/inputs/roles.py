"""Which input is which of what was given: by name, and by position in torch's order."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from losscli.errors import UsageError

if TYPE_CHECKING:
    from losscli.losses.spec import Input, Loss


def inputs_of(chosen: list[Loss]) -> list[Input]:
    """The inputs of several losses in the order of their files: what any of them requires comes first."""
    roles = {role.name: role for one in chosen for role in one.inputs}
    required = {role.name for one in chosen for role in one.inputs if not role.optional}
    return sorted(roles.values(), key=lambda role: role.name not in required)


def roles_of(chosen: list[Loss], positional: list[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """Input name to what was given for it: named inputs first, then positions in order for the rest."""
    order = [role.name for role in inputs_of(chosen)]
    given = {name: named[name] for name in order if named.get(name) is not None}
    required = dict.fromkeys(role.name for one in chosen for role in one.inputs if not role.optional)
    if len(positional) == 1 and required and given.keys() >= required.keys() and isinstance(positional[0], str):
        return {name: _of_table(positional[0], value) for name, value in given.items()}
    # With a required input given by name, a positional too many is a mistake and no optional input.
    free = [n for n in order if n not in given and (n in required or not given.keys() & required.keys())]
    if len(positional) > len(free):
        names, named_too = ",".join(c.name for c in chosen), f" beside {', '.join(given)}" if given else ""
        files = "1 file" if len(free) == 1 else f"{len(free)} files"
        raise UsageError(
            f"{names} takes {files}{named_too}, {len(positional)} were given.",
            f"the order is {', '.join(order)}.",
        )
    found = given | dict(zip(free, positional, strict=False))
    return {name: found[name] for name in order if name in found}  # the prediction first: its columns name classes


def _of_table(table: str, value: Any) -> Any:
    """An input given by name beside one file: a column of that file, unless it names a file of its own."""
    if not isinstance(value, str) or "::" in value or value == "-" or os.path.exists(value):
        return value
    return f"{table}::{value}"

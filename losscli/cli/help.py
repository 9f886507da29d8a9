"""Help pages: options and commands in groups, all in the same two columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from losscli.knobs.options import GROUPS, SHOWN

OF_THE_LOSS = "Of the loss"
"""The group of a loss's own inputs and parameters."""
EXPLORE, TRUST, THE_REST = "Compute and explore", "Trust a number", "About losses and losscli"
"""The groups of commands."""
_WIDEST = 30
"""Columns of the first of two; a longer term has a line of its own."""


def write_options(params: Iterable[Any], ctx: Any, formatter: Any) -> None:
    """Write a command's arguments and options: its own before those that it shares with others, --help last."""
    found: dict[str, list[tuple[str, str]]] = {"Arguments": []}
    for param in params:
        record = param.get_help_record(ctx)
        if record is not None:
            argument = param.param_type_name == "argument"
            found.setdefault("Arguments" if argument else param.rich_help_panel or "Options", []).append(record)
    if SHOWN in found and "Options" in found:  # where there are groups, the only one left over is --help
        found[SHOWN] += found.pop("Options")
    own = [name for name in found if name not in GROUPS]
    write_groups({name: found[name] for name in (*own, *GROUPS) if name in found}, formatter)


def write_groups(groups: Mapping[str, Collection[tuple[str, str]]], formatter: Any) -> None:
    """Write terms and what they mean under the names of their groups; what is meant begins in one column in all."""
    terms = [len(term) for group in groups.values() for term, _ in group]
    width = max((length for length in terms if length <= _WIDEST), default=_WIDEST)
    for name, group in groups.items():
        if group:
            with formatter.section(name):
                formatter.write_dl([(term.ljust(width), meaning) for term, meaning in group], col_max=width)

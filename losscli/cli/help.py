"""Help pages: options and commands in groups, all in the same two columns."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from losscli.knobs.options import GROUPS, SHOWN

OF_THE_LOSS = "Of the loss"
"""The group of a loss's own inputs and parameters."""
EXPLORE, TRUST, THE_REST = "Compute and explore", "Trust a number", "About losses and losscli"
"""The groups of commands."""
_NARROWEST, _WITHOUT_TERMINAL, _WIDEST = 52, 80, 100
"""Columns of a page; longer lines are hard to read."""
_LONGEST_TERM = 30
"""Columns of the first of two; a longer term has a line of its own."""


def page_width() -> int:
    """Columns of a help page: the terminal's within bounds, and 80 where there is none.

    The terminal is found behind a pipe, too: there a pager would break lines that are longer inside their words.
    """
    try:
        columns = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        columns = next(filter(None, map(_columns, (1, 2, 0))), _WITHOUT_TERMINAL)
    return max(_NARROWEST, min(columns, _WIDEST)) - 2


def _columns(descriptor: int) -> int:
    try:
        return os.get_terminal_size(descriptor).columns
    except OSError:
        return 0


def grouped(params: Iterable[Any], ctx: Any) -> dict[str, list[tuple[str, str]]]:
    """A command's arguments and options under the names of their groups, each a term and what it means: its own
    before those that it shares with others, --help last.
    """
    found: dict[str, list[tuple[str, str]]] = {"Arguments": []}
    for param in params:
        record = param.get_help_record(ctx)
        if record is not None:
            argument = param.param_type_name == "argument"
            found.setdefault("Arguments" if argument else param.rich_help_panel or "Options", []).append(record)
    if SHOWN in found and "Options" in found:  # where there are groups, the only one left over is --help
        found[SHOWN] += found.pop("Options")
    own = [name for name in found if name not in GROUPS]
    return {name: found[name] for name in (*own, *GROUPS) if name in found}


def write_groups(groups: Mapping[str, Collection[tuple[str, str]]], formatter: Any) -> None:
    """Write terms and what they mean under the names of their groups; what is meant begins in one column in all."""
    terms = [len(term) for group in groups.values() for term, _ in group]
    width = max((length for length in terms if length <= _LONGEST_TERM), default=_LONGEST_TERM)
    for name, group in groups.items():
        if group:
            with formatter.section(name):
                formatter.write_dl([(term.ljust(width), meaning) for term, meaning in group], col_max=width)

"""``losscli list``: the catalogue as a table."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from losscli import losses
from losscli.cli.messages import emit, warn
from losscli.errors import UsageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("list")
def list_losses(
    family: Annotated[str | None, typer.Option(metavar="F", help="Only the losses of one family.")] = None,
) -> None:
    """List the losses: name, family, what they are."""
    from losscli.report.table import add_row, console, plain_table, text_of

    every = losses.entries()
    chosen = [one for one in every if family in (None, one.family)]
    if not chosen:
        families = ", ".join(dict.fromkeys(one.family for one in every))
        raise UsageError(f"no family is called {family!r}.", f"there are {families}.")
    table = plain_table("loss", "family", "what it is", whole=(0, 1))
    for one in chosen:
        origin = "" if one.origin == "losscli" else f" ({one.origin})"
        add_row(table, one.name, one.family + origin, one.title)
    out = console(sys.stdout)
    out.print(table)
    emit(text_of(out))
    warn(losses.plugged_in()[1])

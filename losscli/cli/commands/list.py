"""``losscli list``: the catalogue as a table."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from losscli import losses
from losscli.cli.messages import emit, warn
from losscli.errors import UsageError
from losscli.report.listing import render

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("list")
def list_losses(
    family: Annotated[str | None, typer.Option(metavar="F", help="Only the losses of one family.")] = None,
) -> None:
    """List the losses: name, family, what they are."""
    every = losses.entries()
    chosen = [one for one in every if family in (None, one.family)]
    if not chosen:
        families = ", ".join(dict.fromkeys(one.family for one in every))
        raise UsageError(f"no family is called {family!r}.", f"there are {families}.")
    rows = ((one.name, one.family + _origin(one), one.title) for one in chosen)
    emit(render(("loss", "family", "what it is"), rows, sys.stdout))
    warn(losses.plugged_in()[1])


def _origin(one: losses.Entry) -> str:
    return "" if one.origin == "losscli" else f" ({one.origin})"

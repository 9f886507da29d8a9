"""``losscli guide [TOPIC|CODE]``: the manual's pages, and what a warning code means."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from losscli import guide
from losscli.cli.messages import emit
from losscli.cli.pager import show
from losscli.errors import WARNINGS
from losscli.report.listing import render as listing
from losscli.report.page import render

app = typer.Typer(rich_markup_mode=None, add_completion=False)


def _complete(incomplete: str) -> list[str]:
    names = [*(one.topic for one in guide.pages()), *WARNINGS]
    return [name for name in names if name.lower().startswith(incomplete.lower())]


@app.command("guide")
def show_guide(
    topic: Annotated[
        str | None, typer.Argument(metavar="[TOPIC|CODE]", help="A page, or a warning code.", autocompletion=_complete)
    ] = None,
) -> None:
    """Read the guide: its topics, a page of it, or what a warning code means."""
    if topic is not None:
        show(render(guide.page(topic), sys.stdout))
        return
    found = guide.pages()
    topics = listing(("topic", "what it tells"), found, sys.stdout)
    emit("".join([topics, "\n`losscli guide TOPIC` shows a page, `losscli guide L201` what a warning means.\n"]))

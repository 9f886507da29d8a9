"""``losscli demo [FOLDER]``: files to try the program on, and what to type."""

from __future__ import annotations

import shlex
import textwrap
from pathlib import Path
from typing import Annotated

import typer

from losscli import demo
from losscli.cli.messages import emit

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("demo")
def write_demo(
    folder: Annotated[str, typer.Argument(metavar="[FOLDER]", help="Where the files go.")] = demo.FOLDER,
) -> None:
    """Write files to try the program on, and say what to type."""
    names = demo.write(Path(folder))
    wrote = f"Wrote {len(names)} files to {folder}: {', '.join(names)}."
    lines = [*textwrap.wrap(wrote, 80, break_long_words=False, break_on_hyphens=False), "", f"cd {shlex.quote(folder)}"]
    for about, command in demo.COMMANDS:
        lines += [f"{command}", f"    {about}"]
    emit("\n".join(lines) + "\n")

"""``losscli backends``: what can compute here, and how to install what cannot."""

from __future__ import annotations

import sys

import typer

from losscli.cli.messages import emit, warn

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("backends")
def backends() -> None:
    """List the backends: version, devices, installed or how to install."""
    from losscli.backends import every, plugged_in
    from losscli.report.table import add_row, console, plain_table, text_of

    table = plain_table("backend", "version", "devices", "status")
    for one in every():
        status = one.status()
        add_row(
            table,
            one.name,
            status.version,
            " ".join(status.devices),
            "installed" if status.installed else status.install,
        )
    out = console(sys.stdout)
    out.print(table)
    emit(text_of(out))
    warn(plugged_in()[1])

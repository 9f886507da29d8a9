"""``losscli backends``: what can compute here, and how to install what cannot."""

from __future__ import annotations

import sys

import typer

from losscli.cli.messages import emit, warn
from losscli.report.listing import render

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("backends")
def backends() -> None:
    """List the backends: version, devices, installed or how to install."""
    from losscli.backends import every, plugged_in

    found = [(one.name, one.status()) for one in every()]
    rows = ((name, s.version, " ".join(s.devices), "installed" if s.installed else s.install) for name, s in found)
    emit(render(("backend", "version", "devices", "status"), rows, sys.stdout))
    warn(plugged_in()[1])

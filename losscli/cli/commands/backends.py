"""``losscli backends``: what can compute here, and how to install what cannot."""

from __future__ import annotations

import sys

from losscli.cli.command import on_nothing
from losscli.cli.messages import emit, warn
from losscli.cli.options import Listed
from losscli.report import listing


def _list(asked: Listed) -> int:
    from losscli.backends import every, plugged_in

    found = [(one.name, one.status()) for one in every()]
    rows = [(name, s.version, " ".join(s.devices), "installed" if s.installed else s.install) for name, s in found]
    documents = [{"name": name, "installed": s.installed, **s._asdict()} for name, s in found]
    forms = {
        "table": lambda: listing.render(("backend", "version", "devices", "status"), rows, sys.stdout),
        "json": lambda: listing.json("backends", documents, plugged_in()[1]),
        "quiet": lambda: "".join(f"{name}\n" for name, _ in found),
    }
    emit(asked.form(forms))
    warn(plugged_in()[1])
    return 0


app = on_nothing("backends", Listed, _list, "List the backends: version, devices, installed or how to install.")

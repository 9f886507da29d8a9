"""``losscli list``: the catalogue, as a table or for programs."""

# Annotations are the knobs' types, read when this is imported.
import sys

from losscli import losses
from losscli.cli.command import on_nothing
from losscli.cli.messages import emit, warn
from losscli.cli.options import Listed
from losscli.errors import UsageError
from losscli.knobs import SILENT, knob
from losscli.report import listing


class Asked(Listed, group="Which losses"):
    """What ``list`` can be asked for."""

    family: str | None = knob(None, "Only the losses of one family.", signed=SILENT, shown="FAMILY")


def _list(asked: Asked) -> int:
    every = losses.entries()
    chosen = [one for one in every if asked.family in (None, one.family)]
    if not chosen:
        families = ", ".join(dict.fromkeys(one.family for one in every))
        raise UsageError(f"no family is called {asked.family!r}.", f"there are {families}.")
    rows = [(one.name, one.family + _origin(one), one.title) for one in chosen]
    found = losses.plugged_in()[1]
    forms = {
        "table": lambda: listing.render(("loss", "family", "what it is"), rows, sys.stdout),
        "json": lambda: listing.json("losses", [one._asdict() for one in chosen], found),
        "quiet": lambda: "".join(f"{one.name}\n" for one in chosen),
    }
    emit(asked.form(forms))
    warn(found)
    return 0


def _origin(one: losses.Entry) -> str:
    return "" if one.origin == "losscli" else f" ({one.origin})"


app = on_nothing("list", Asked, _list, "List the losses: name, family, what they are.")

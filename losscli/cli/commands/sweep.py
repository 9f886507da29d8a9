"""``losscli sweep LOSS FILE... --PARAM VALUES``: what the loss would be with other values of its parameters."""

from __future__ import annotations

from typing import Any

from losscli.cli.messages import warn
from losscli.cli.of_losses import OfLosses, before_polars
from losscli.cli.pictured import Pictured
from losscli.cli.progress import progress
from losscli.knobs.options import SweepOptions
from losscli.spec.loss import Loss


class Asked(Pictured, SweepOptions):
    """What the user asked for, of that which every ``sweep`` command takes."""


def _sweep(chosen: list[Loss], files: list[str], own: dict[str, Any], asked: Asked) -> None:
    import numpy  # noqa: F401 (from where the stack is shallow, see compute)

    from losscli.explore.sweep import sweep_on
    from losscli.report.sweep.rows import sentences

    before_polars(asked.threads)
    paths = asked.paths(files, own)
    with asked.target(paths) as target:
        with progress(paths) as bar:
            found = sweep_on(chosen, files, own, asked, bar)
        warn(w for row in found.rows for w in row.result.warnings)
        asked.show(found, "losscli.report.sweep", target, sentences(found, asked.digits))


app = OfLosses(
    "sweep",
    Asked,
    _sweep,
    "Compute a loss at several values of a parameter, in one pass: losscli sweep huber PRED TARGET --delta 0.1:10:log.",
    several=True,
).app

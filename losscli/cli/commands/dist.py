"""``losscli dist LOSS FILE...``: what makes up a loss, and whether it is good at all."""

from __future__ import annotations

from typing import Any

from losscli.cli.messages import warn
from losscli.cli.of_losses import OfLosses, before_polars
from losscli.cli.pictured import Pictured
from losscli.cli.progress import progress
from losscli.knobs.exploring import DistOptions, DistOutputOptions
from losscli.spec.loss import Loss


class Asked(Pictured, DistOptions, DistOutputOptions):
    """What the user asked for, of that which every ``dist`` command takes."""

    plotted = False


def _dist(chosen: list[Loss], files: list[str], own: dict[str, Any], asked: Asked) -> None:
    import numpy  # noqa: F401 (from where the stack is shallow, see compute)

    from losscli.explore.dist import distribution_of

    before_polars(asked.threads)
    paths = asked.paths(files, own)
    with asked.target(paths) as target:
        with progress(paths) as bar:
            found = distribution_of(chosen, files, own, asked, bar)
        warn(found.result.warnings)
        asked.show(found, "losscli.report.distribution", target)


app = OfLosses(
    "dist",
    Asked,
    _dist,
    "Take a loss apart: what makes it up, and is it good at all: losscli dist mse PRED TARGET.",
).app

"""``losscli curve LOSS [FILE...]``: a loss and its gradient along one number, and where samples lie on them."""

from __future__ import annotations

from typing import Any

from losscli.cli.messages import warn
from losscli.cli.of_losses import OfLosses, before_polars
from losscli.cli.pictured import Pictured
from losscli.cli.progress import progress
from losscli.knobs.options import CurveOptions
from losscli.spec.loss import Loss


class Asked(Pictured, CurveOptions):
    """What the user asked for, of that which every ``curve`` command takes."""


def _curve(chosen: list[Loss], files: list[str], own: dict[str, Any], asked: Asked) -> None:
    import numpy  # noqa: F401 (from where the stack is shallow, see compute)

    from losscli.explore.curve import curve_on
    from losscli.report.curve.rows import sentences

    before_polars(asked.threads)
    paths = asked.paths(files, own)
    with asked.target(paths) as target:
        with progress(paths) as bar:
            found = curve_on(chosen, files, own, asked, bar)
        if found.data is not None:
            warn(found.data.result.warnings)
        asked.show(found, "losscli.report.curve", target, sentences(found))


app = OfLosses(
    "curve",
    Asked,
    _curve,
    "Draw a loss and its gradient: losscli curve huber; and where samples lie: losscli curve huber PRED TARGET.",
    alone=True,
    several=True,
    names=lambda names: f"[{' '.join(names)}]",
).app

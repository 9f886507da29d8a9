"""``losscli compare LOSS A B... TARGET``: is B better than A on the same samples, and how sure is that?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from losscli.cli.help import TRUST
from losscli.cli.messages import warn
from losscli.cli.of_losses import OfLosses, before_polars
from losscli.cli.options import Typed
from losscli.cli.progress import progress
from losscli.comparison.given import losses
from losscli.knobs.comparing import CompareOptions, CompareOutputOptions
from losscli.spec.loss import Loss

if TYPE_CHECKING:
    from losscli.comparison.result import Comparisons


class Asked(Typed, CompareOptions, CompareOutputOptions):
    """What the user asked for, of that which every ``compare`` command takes."""


def _compare(chosen: list[Loss], files: list[str], own: dict[str, Any], asked: Asked) -> None:
    import numpy  # noqa: F401 (from where the stack is shallow, see compute)

    from losscli.comparing import compared
    from losscli.engine.request import Wanted
    from losscli.errors import UsageError
    from losscli.output.target import SUFFIXES

    if len(chosen) > 1:
        raise UsageError("a comparison is of one loss.", "compare them one by one.")
    before_polars(asked.threads)
    paths = asked.paths(files, own)
    suffixes = [suffix for form, suffix in SUFFIXES.items() if form in asked.knobs["format"].choices]
    with asked.delivering(paths, suffixes) as deliver:
        with progress(paths) as bar:
            found = compared(chosen[0], files, own, asked, Wanted(progress=bar))
        forms = {name: partial(_rendered, name, found, asked) for name in (*asked.knobs["format"].choices, "quiet")}
        deliver(forms)
        warn(found.warnings)


def _rendered(name: str, found: Comparisons, asked: Asked) -> str:
    import importlib

    text: str = importlib.import_module(f"losscli.report.comparison.{name}").render(found, asked.digits)
    return text


def _names(roles: list[str]) -> str:
    return " ".join(["A", "B...", *roles[1:]])


app = OfLosses(
    "compare",
    Asked,
    _compare,
    "Compare predictions on the same samples: losscli compare mse A B TARGET. A is the baseline; each difference has "
    "its interval and p-value. With --losses the files are per-sample losses.",
    names=_names,
    flags={"--losses": losses},
    group=TRUST,
).app

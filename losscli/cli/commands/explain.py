"""``losscli explain LOSS FILE... --sample N``: where the number of a sample comes from, step by step."""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any

from losscli.cli.messages import emit, tell, warn
from losscli.cli.of_losses import OfLosses, before_polars
from losscli.cli.options import Typed
from losscli.cli.progress import progress
from losscli.knobs.exploring import ExplainOptions, ExplainOutputOptions
from losscli.results.explanation import Explanation
from losscli.spec.loss import Loss


class Asked(Typed, ExplainOptions, ExplainOutputOptions):
    """What the user asked for, of that which every ``explain`` command takes."""


def _explain(chosen: list[Loss], files: list[str], own: dict[str, Any], asked: Asked) -> None:
    import numpy  # noqa: F401 (from where the stack is shallow, see compute)

    from losscli.explore.explain import explanation_of

    before_polars(asked.threads)
    paths = asked.paths(files, own)
    with asked.text_target(paths, (".json", ".csv", ".md")) as target:
        with progress(paths) as bar:
            found = explanation_of(chosen, files, own, asked, bar)
        forms = {
            name: partial(_rendered, name, found, asked.digits) for name in (*asked.knobs["format"].choices, "quiet")
        }
        warn(found.warnings)
        if target is None:
            emit(asked.form(forms))
        else:
            target.write(asked.form(forms, target.suffix))
    if target is not None and not asked.quiet:
        tell(f"wrote {target.name}")


def _rendered(name: str, found: Explanation, digits: int) -> str:
    text: str = importlib.import_module(f"losscli.report.explanation.{name}").render(found, digits)
    return text


app = OfLosses(
    "explain",
    Asked,
    _explain,
    "Work out one sample, step by step, to its part in the loss: losscli explain mse PRED TARGET --sample 3.",
).app

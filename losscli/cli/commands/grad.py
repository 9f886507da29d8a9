"""``losscli grad LOSS FILE...``: the gradient of a reduced loss to its inputs, and who gets it."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import typer

from losscli.cli.messages import emit, tell, warn
from losscli.cli.of_losses import OfLosses, before_polars
from losscli.cli.options import Typed
from losscli.cli.progress import progress
from losscli.knobs.options import GradOptions, GradOutputOptions
from losscli.spec.loss import Loss

if TYPE_CHECKING:
    from losscli.engine.request import Wanted
    from losscli.output.gradients import GradientFile, GradientFolder
    from losscli.results.gradient import Gradient

    Target = GradientFile | GradientFolder


class Asked(Typed, GradOptions, GradOutputOptions):
    """What the user asked for, of that which every ``grad`` command takes."""


def _grad(chosen: list[Loss], files: list[str], own: dict[str, Any], asked: Asked) -> None:
    import numpy  # noqa: F401 (from where the stack is shallow, see compute)

    from losscli.explore.grad import gradients_of
    from losscli.report.gradients import Shown

    before_polars(asked.threads)
    paths = asked.paths(files, own)
    with _target(asked, len(chosen), paths) as target:
        with progress(paths) as bar:
            found = gradients_of(chosen, files, own, asked, _wanted(asked, target, bar))
        shown = Shown(asked.digits, bool(asked.per_sample))
        forms = {name: partial(_rendered, name, found, shown) for name in (*asked.knobs["format"].choices, "quiet")}
        if target is not None:
            _write(target, found, forms[_form(target)])
    warn(w for one in found for w in one.result.warnings)
    if target is None:
        emit(asked.form(forms))
    elif not asked.quiet:
        tell(f"wrote {target.told}")
    if not all(one.passed for one in found):
        raise typer.Exit(1)


def _target(asked: Asked, losses: int, paths: list[str]) -> Any:
    if asked.output is None:
        return nullcontext()
    from losscli.output.gradients import open_target

    return open_target(asked.output, bool(asked.per_sample), losses, paths, asked.format)


def _wanted(asked: Asked, target: Target | None, bar: Any) -> Wanted:
    """The gradients go straight to where they are kept; else nobody asks for them, but for what they come to."""
    from losscli.engine.request import Gradients, Wanted

    arrays = target is not None and target.takes_arrays
    sink = target.sink if target is not None and arrays else None
    every = bool(asked.per_sample) or (target is not None and target.takes_norms)
    gradients = Gradients(asked.wrt, sink, not arrays, every, asked.worst, arrays, asked.gradcheck)
    return Wanted(progress=bar, gradients=gradients)


def _form(target: Target) -> str:
    return "markdown" if target.suffix == ".md" else "json"


def _write(target: Target, found: Sequence[Gradient], form: Any) -> None:
    from losscli.output.gradients import GradientFile

    if target.takes_arrays:
        target.finish()
        return
    assert isinstance(target, GradientFile)
    if target.takes_norms:
        from losscli.report.gradients.rows import kept, norms

        target.write_norms(norms(found), kept(found))
    else:
        target.write(form())


def _rendered(name: str, found: Sequence[Gradient], shown: Any) -> str:
    text: str = importlib.import_module(f"losscli.report.gradients.{name}").render(found, shown)
    return text


app = OfLosses(
    "grad",
    Asked,
    _grad,
    "Take the gradient of a reduced loss, or of several, to its inputs, as autograd of torch has it: "
    "losscli grad mse PRED TARGET.",
).app

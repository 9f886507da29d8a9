"""``losscli check LOSS FILE... --max X``: a loss against limits, and an exit code that says how it stood to them."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import typer

from losscli.cli.messages import emit, tell, warn
from losscli.cli.of_losses import OfLosses, before_polars
from losscli.cli.options import Typed
from losscli.cli.progress import progress
from losscli.errors import UsageError
from losscli.options import OF_INTERVALS, CheckOptions, CheckOutputOptions
from losscli.spec.loss import Loss

if TYPE_CHECKING:
    from losscli.checks.verdict import Verdicts

SUFFIXES = (".json", ".csv", ".md", ".xml")


class Asked(Typed, CheckOptions, CheckOutputOptions):
    """What the user asked for, of that which every ``check`` command takes."""

    without = ("per_sample", "keep", "record", "output", *OF_INTERVALS)

    def check(self) -> None:
        super().check()
        for i, name in enumerate(self.outputs):
            if name in self.outputs[:i]:
                raise UsageError(f"-o {name} is given twice.", "leave one of them out.")


def _check(chosen: list[Loss], files: list[str], own: dict[str, Any], asked: Asked) -> None:
    import numpy  # noqa: F401 (from where the stack is shallow, see compute)

    from losscli.checking import verdicts_on
    from losscli.engine.request import Wanted
    from losscli.inputs.files import paths_of
    from losscli.output.target import TextFile

    before_polars(asked.threads)
    paths = paths_of(x for x in (*files, *own.values(), *asked.beside) if isinstance(x, str))
    with ExitStack() as stack:
        targets = [stack.enter_context(TextFile(name, SUFFIXES, paths, asked.format)) for name in asked.outputs]
        with progress(paths) as bar:
            verdicts = verdicts_on(chosen, files, own, asked, Wanted(progress=bar))
        forms = {name: partial(_rendered, name, verdicts, asked) for name in asked.knobs["format"].choices}
        for target in targets:
            target.write(asked.form(forms, target.suffix))
    warn(verdicts.warnings)
    if asked.format == "github":
        from losscli.output import summary

        summary.append(forms["markdown"]())
    if not asked.quiet:
        emit(asked.form(forms))
        for target in targets:
            tell(f"wrote {target.name}")
    raise typer.Exit(verdicts.exit_code)


def _rendered(name: str, verdicts: Verdicts, asked: Asked) -> str:
    import importlib

    text: str = importlib.import_module(f"losscli.report.checks.{name}").render(verdicts, asked.digits)
    return text


app = OfLosses(
    "check",
    Asked,
    _check,
    "Check a loss against limits: losscli check mse PRED TARGET --max X. Exit code 0: it passed, 1: it failed, 2: it "
    "could not be computed or compared.",
).app

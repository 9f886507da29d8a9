"""``losscli check``: losses against limits, and an exit code that says how they stood to them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import typer

from losscli.cli.help import TRUST
from losscli.cli.messages import emit, tell, tell_error, warn
from losscli.cli.of_losses import Bare, OfLosses, before_polars
from losscli.cli.options import Shown, Typed
from losscli.cli.progress import progress
from losscli.errors import UsageError
from losscli.knobs import Knob
from losscli.knobs.checking import BaselineOptions, CheckOptions, CheckOutputOptions, ConfigOptions
from losscli.spec.loss import Loss

if TYPE_CHECKING:
    from losscli.checking.passes import Progress
    from losscli.checks.verdict import Verdicts
    from losscli.output.target import TextFile

SUFFIXES = (".json", ".csv", ".md", ".xml")


class _Verdicts(Shown, CheckOutputOptions, BaselineOptions):
    """How verdicts are shown."""

    without: ClassVar[tuple[str, ...]] = ("output",)

    def check(self) -> None:
        super().check()
        for i, name in enumerate(self.outputs):
            if name in self.outputs[:i]:
                raise UsageError(f"-o {name} is given twice.", "leave one of them out.")
        if self.update_baseline and (self.format != "table" or self.outputs):
            raise UsageError("--update-baseline shows what changed, and makes no verdicts.", "leave -f and -o out.")


class Asked(Typed, _Verdicts, CheckOptions):
    """What the user asked for, of that which every ``check`` of a loss takes."""

    without = (*_Verdicts.without, *CheckOptions.without)

    @classmethod
    def offered(cls) -> list[Knob]:
        own = {*CheckOptions.__annotations__, *BaselineOptions.__annotations__}
        return sorted(super().offered(), key=lambda one: one.name not in own)


class FromConfig(_Verdicts, ConfigOptions):
    """What the user asked for, of that which ``check`` takes without a loss."""


def _check(chosen: list[Loss], files: list[str], own: dict[str, Any], asked: Asked) -> None:
    import numpy  # noqa: F401 (from where the stack is shallow, see compute)

    from losscli.checking.api import of_losses
    from losscli.inputs.files import paths_of

    before_polars(asked.threads)
    paths = [*asked.paths(files, own), *paths_of(x for x in (asked.against, asked.baseline) if isinstance(x, str))]
    _show(asked, paths, lambda bar: of_losses(chosen, files, own, asked, asked, bar))


def _check_config(asked: FromConfig) -> None:
    import numpy  # noqa: F401

    from losscli.checking.api import of_config, read_by

    before_polars(None)
    _show(asked, read_by(asked), lambda bar: of_config(asked, bar))


def _show(asked: _Verdicts, paths: list[str], work: Callable[[Progress], Verdicts]) -> None:
    with ExitStack() as stack:
        targets = [stack.enter_context(_target(name, paths, asked.format)) for name in asked.outputs]
        with progress(paths) as bar:
            verdicts = work(bar)
        forms = {name: partial(_rendered, name, verdicts, asked) for name in asked.knobs["format"].choices}
        for target in targets:
            target.write(asked.form(forms, target.suffix))
    _tell(verdicts)
    if asked.format == "github":
        from losscli.output import summary

        summary.append(forms["markdown"]())
    if not asked.quiet:
        emit("".join(f"{one.text}\n" for one in verdicts.updates) if asked.update_baseline else asked.form(forms))
        for target in targets:
            tell(f"wrote {target.name}")
    raise typer.Exit(verdicts.exit_code)


def _target(name: str, paths: list[str], format: str) -> TextFile:
    from losscli.output.target import TextFile

    return TextFile(name, SUFFIXES, paths, format)


def _tell(verdicts: Verdicts) -> None:
    """Say what looked wrong, and what could not be made."""
    warn(verdicts.warnings)
    told = dict.fromkeys((one.name, one.error.message, one.error.hint) for one in verdicts.checks if one.error)
    for name, message, hint in told:
        tell_error(f"check.{name}: {message}", hint)


def _rendered(name: str, verdicts: Verdicts, asked: _Verdicts) -> str:
    import importlib

    text: str = importlib.import_module(f"losscli.report.checks.{name}").render(verdicts, asked.digits)
    return text


app = OfLosses(
    "check",
    Asked,
    _check,
    "Check losses against limits: losscli check mse PRED TARGET --max X, or without a loss the checks that are written "
    "in losscli.toml. Exit code 0: all passed, 1: one failed, 2: one could not be computed or compared.",
    bare=Bare(FromConfig, _check_config),
    group=TRUST,
).app

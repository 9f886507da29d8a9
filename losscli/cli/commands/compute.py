"""``losscli compute LOSS FILE...``: every loss is a subcommand, made from its declaration when it is asked for."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core
import typer.main

from losscli import losses
from losscli.cli.messages import emit, tell, warn
from losscli.cli.options import OPTIONS, Asked
from losscli.cli.progress import progress
from losscli.errors import Finding, UsageError
from losscli.inputs.roles import inputs_of
from losscli.spec.kinds import Choice
from losscli.spec.loss import Input, Loss, Parameter

if TYPE_CHECKING:
    from losscli.engine.request import Wanted
    from losscli.output.target import OutputFile

_TYPES = {"float": float, "int": int, "bool": bool, "str": str, "array": str}


class ComputeGroup(typer.core.TyperGroup):
    """A group whose commands are the losses; each is built when it is asked for, and no other."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Every loss by its canonical name, for help and completion."""
        return sorted(one.name for one in losses.every())

    def get_command(self, ctx: Any, name: str) -> Any:
        """The command of one loss, or of several joined by commas.

        Raises:
            UsageError: It names a file, or nothing.
        """
        if os.path.exists(name) and not losses.known(name.partition(",")[0]):
            raise UsageError(f"{name} is a file, and the loss comes first.", f"losscli compute LOSS {name} ...")
        return command(losses.find_all(name))

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """The losses whose names begin so; after a comma, those that are not named yet."""
        before, comma, begun = incomplete.rpartition(",")
        named = before.split(",")
        found = [item for item in super().shell_complete(ctx, begun) if item.value not in named]
        for item in found:
            item.value = f"{before}{comma}{item.value}"
        return found


app = typer.Typer(
    name="compute",
    cls=ComputeGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Compute a loss, or several in one pass: losscli compute mse,l1 PRED TARGET.",
)


@app.callback()
def _root() -> None:
    """Take what stands before a loss: nothing."""


class LossCommand(typer.core.TyperCommand):
    """The command of a loss; an option that is given twice is an error, where Click would take the last."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments that are left when the options are read."""
        if not ctx.resilient_parsing:
            meant = next((form for form in Asked.knobs["format"].choices if f"--{form}" in args), None)
            if meant is not None:
                raise UsageError(f"there is no option --{meant}.", f"-f {meant}")
            given = self.make_parser(ctx).parse_args(args=list(args))[2]
            once = {param.name for param in given}
            for param in given:
                if param.param_type_name == "option" and param.name not in once:
                    raise UsageError(f"{param.opts[-1]} is given twice.", "leave one of them out.")
                once.discard(param.name)
        return super().parse_args(ctx, args)


def command(chosen: list[Loss]) -> Any:
    """A command that computes these losses in one pass; its options are their union and the common ones."""
    roles = {role.name: role for role in inputs_of(chosen)}
    parameters = {p.name: p for one in chosen for p in one.parameters}

    def callback(files: list[str] | None, **given: Any) -> None:
        asked, own = Asked.out_of(given)
        _compute(chosen, files or [], own, asked)

    callback.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            _files(roles),
            *map(_role, roles.values()),
            *(_option(p) for p in parameters.values() if p.name not in roles),
            *OPTIONS,
        ]
    )
    callback.__doc__ = _help(chosen)
    name = ",".join(one.name for one in chosen)
    made = typer.Typer(rich_markup_mode=None, add_completion=False)
    made.command(name, cls=LossCommand, short_help=chosen[0].doc.title, no_args_is_help=True)(callback)
    return typer.main.get_command(made)


def _compute(chosen: list[Loss], files: list[str], own: dict[str, Any], asked: Asked) -> None:
    # Python maps and unmaps a piece of its stack at every call that crosses the end of one. NumPy's import makes many
    # thousand calls, and begun below the imports of `api` it stands at such an end: a tenth of a small run.
    import numpy  # noqa: F401

    from losscli.api import run
    from losscli.inputs.files import paths_of
    from losscli.report import Report
    from losscli.report.rows import require_samples

    # Polars reads these when it is imported. It would read row groups of Parquet ahead until the disk is done.
    os.environ.setdefault("POLARS_ROW_GROUP_PREFETCH_SIZE", "2")
    if asked.threads is not None:
        os.environ.setdefault("POLARS_MAX_THREADS", str(asked.threads))
    paths = paths_of(x for x in (*files, *own.values(), *asked.beside) if isinstance(x, str))
    with asked.target(len(chosen), paths) as target:
        with progress(paths) as bar:
            results, index = run(chosen, files, own, asked, _wanted(asked, target, len(chosen), bar))
        if asked.per_sample and (target is None or not target.streamed):
            require_samples(results)
        report = Report(results, index, bool(asked.per_sample), asked.digits, bool(asked.top), asked.sort or "name")
        if target is not None:
            target.write(report)
    warn([*(w for one in results for w in one.warnings), *_plug_in_findings()])
    if target is None:
        emit(asked.render(report))
    elif not asked.quiet:
        tell(f"wrote {target.name}")


def _wanted(asked: Asked, target: OutputFile | None, losses: int, bar: Any) -> Wanted:
    """What is wanted beside the numbers; what is written on the way goes straight to the target."""
    from losscli.engine.request import Wanted

    wanted = Wanted(asked.selection, progress=bar)
    if target is not None and target.takes_arrays and asked.unreduced and losses == 1:
        return wanted._replace(sink=target.sink)
    if target is not None and asked.every_sample:
        return wanted._replace(samples=target.samples)
    return wanted


def _plug_in_findings() -> tuple[Finding, ...]:
    # Only if this run had to look at plug-ins at all.
    return losses.plugged_in()[1] if losses.plugged_in.cache_info().currsize else ()


def _files(roles: dict[str, Input]) -> inspect.Parameter:
    required = [role for role in roles.values() if not role.optional]
    names = " ".join(role.name.upper() for role in required)
    about = "; ".join(f"{role.name}: {role.kind.name} {role.shape}" for role in required)
    annotation = Annotated[
        list[str] | None,
        typer.Argument(
            metavar=names,
            help=f"{about}. `-` is standard input; numbers may stand here as 1,2,0.5.",
            show_default=False,
        ),
    ]
    return inspect.Parameter("files", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _role(role: Input) -> inspect.Parameter:
    shown = typer.Option(_flag(role.name), metavar="FILE", help=role.meaning, show_default=False)
    return inspect.Parameter(
        role.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, shown]
    )


def _option(p: Parameter) -> inspect.Parameter:
    flags = f"{_flag(p.name)}/--no-{p.name.replace('_', '-')}" if p.type == "bool" else _flag(p.name)
    # None means "the loss's own default", which losses in one pass need not share.
    shown = typer.Option(flags, help=f"{p.meaning}{_default(p)}", metavar=_metavar(p), show_default=False)
    kind: Any = _TYPES[p.type] | None
    return inspect.Parameter(p.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, shown])


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _metavar(p: Parameter) -> str | None:
    if isinstance(p.domain, Choice):
        return "|".join(p.domain.options)
    return {"array": "FILE|NUMBERS", "bool": None}.get(p.type, p.type.upper())


def _default(p: Parameter) -> str:
    if p.default is None:
        return ""
    return f" [default: {('on' if p.default else 'off') if p.type == 'bool' else p.default}]"


def _help(chosen: list[Loss]) -> str:
    parts = []
    for one in chosen:
        parts.append(f"{one.doc.title}.")
        formula = one.doc.sections.get("Formula", "").strip()
        parts.append("\b\n" + "\n".join(f"  {line}".rstrip() for line in formula.splitlines()))
    names = " and ".join(f"`losscli show {one.name}`" for one in chosen)
    parts.append(f"{names}: when to use it, pitfalls, gradient, references.")
    return "\n\n".join(parts)

"""A command of the program: how it reads its arguments, and how one on files is made from its knobs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Annotated, Any, ClassVar, TypeVar

import typer
import typer.core

from losscli.cli.help import THE_REST, TRUST, grouped, write_groups
from losscli.cli.options import WORDS, Shown, completed, parameter
from losscli.errors import UsageError

A = TypeVar("A", bound=Shown)


class Command(typer.core.TyperCommand):
    """A command; an option that is given twice is an error, where Click would take the last."""

    forms: ClassVar[tuple[str, ...]]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments that are left when the options are read."""
        if ctx.resilient_parsing:
            ctx.meta[WORDS] = [*args]
        else:
            refuse_odd_options(self, ctx, args, self.forms)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options in their groups."""
        write_groups(grouped(self.get_params(ctx), ctx), formatter)


def refuse_odd_options(command: Any, ctx: Any, args: list[str], forms: Collection[str]) -> None:
    """Raise where an option is given twice, or a format stands as an option of its own.

    Raises:
        UsageError: It does.
    """
    meant = next((form for form in forms if f"--{form}" in args), None)
    if meant is not None:
        raise UsageError(f"there is no option --{meant}.", f"-f {meant}")
    given = command.make_parser(ctx).parse_args(args=list(args))[2]
    once = {param.name for param in given}
    for param in given:
        if param.param_type_name == "option" and param.name not in once and not param.multiple:
            raise UsageError(f"{param.opts[-1]} is given twice.", "leave one of them out.")
        once.discard(param.name)


def on_files(
    name: str,
    asked: type[A],
    work: Callable[[list[str], A], int],
    about: str,
    metavar: str,
    files: str,
    group: str = TRUST,
    complete: Callable[[str], list[str]] | None = None,
) -> typer.Typer:
    """A command that is handed names, most often of files, and what was asked for, and returns its exit code.

    Args:
        name: What it is called.
        asked: The knobs that it takes.
        work: What it does.
        about: Its help.
        metavar: What stands for the files in it.
        files: What they are.
        group: Where it stands among the commands.
        complete: What names there are that begin like this; by default files.
    """

    def callback(files: list[str], **given: Any) -> int:
        return work(files, asked.out_of(given)[0])

    argument = typer.Argument(
        metavar=metavar, help=files, show_default=False, autocompletion=complete or completed("FILE")
    )
    named = inspect.Parameter("files", inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[list[str], argument])
    return _app(name, asked, callback, about, group, named)


def on_nothing(name: str, asked: type[A], work: Callable[[A], int], about: str) -> typer.Typer:
    """A command that is handed what was asked for alone, and returns its exit code."""

    def callback(**given: Any) -> int:
        return work(asked.out_of(given)[0])

    return _app(name, asked, callback, about, THE_REST)


def _app(
    name: str, asked: type[A], callback: Callable[..., int], about: str, group: str, *arguments: inspect.Parameter
) -> typer.Typer:
    callback.__signature__ = inspect.Signature([*arguments, *map(parameter, asked.offered())])  # type: ignore[attr-defined]
    callback.__doc__ = about
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    kind = type("KnobsCommand", (Command,), {"forms": asked.knobs["format"].choices})
    app.command(name, cls=kind, no_args_is_help=bool(arguments), rich_help_panel=group)(callback)
    return app

"""The program as Typer sees it: a group whose commands are files, each imported when it is asked for."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from losscli import __version__, losses
from losscli.cli import commands
from losscli.cli.help import EXPLORE, THE_REST, TRUST, grouped, page_width, write_groups
from losscli.cli.messages import tell_page
from losscli.errors import UsageError

ABOUT = "Loss calculator and explorer: a number you can trust, with its fraction."


class Commands(Mapping[str, Any]):
    """Every command by its name; one is imported when it is looked up, and no other."""

    def __getitem__(self, name: str) -> Any:
        if name not in _files():
            raise KeyError(name)
        return typer.main.get_command(importlib.import_module(f"{commands.__name__}.{name}").app)

    def __iter__(self) -> Iterator[str]:
        return iter(_files())

    def __len__(self) -> int:
        return len(_files())


def _files() -> list[str]:
    found = (file.partition(".") for file in os.listdir(commands.__path__[0]))  # noqa: PTH208 pathlib is slower
    return sorted(name for name, _, suffix in found if suffix == "py" and not name.startswith("_"))


def in_groups(commands: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """The commands under the names of their groups, each with what it does in a few words."""
    found: dict[str, list[tuple[str, str]]] = {EXPLORE: [], TRUST: [], THE_REST: []}
    for name, command in commands.items():
        about, _, _ = (command.help or "").partition(":")  # behind a colon stand examples
        found[command.rich_help_panel or THE_REST].append((name, about.partition(". ")[0].rstrip(".")))
    return found


class Root(typer.core.TyperGroup):
    """The program; a loss in place of a command is told where it belongs."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = Commands()  # type: ignore[assignment]

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        """A context, from which those of the commands have their width."""
        return super().make_context(*arguments, terminal_width=page_width(), **settings)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """What stands before a command."""
        if {"--show-completion", "--install-completion"} & set(args[:1]):
            _refuse_unknown_shell(args[0])
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, and the commands in their groups."""
        write_groups(grouped(self.get_params(ctx), ctx), formatter)
        write_groups(in_groups(self.commands), formatter)

    def _main_shell_completion(self, *arguments: Any, **named: Any) -> None:
        if "_LOSSCLI_COMPLETE" in os.environ:
            from losscli.cli.shells import take_shells

            take_shells()
        super()._main_shell_completion(*arguments, **named)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first argument names."""
        if args and args[0] not in _files() and names_losses(args[0]):
            raise UsageError(f"{args[0]} is a loss, not a command.", f"losscli compute {' '.join(args)}")
        return super().resolve_command(ctx, args)


_SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")
"""Those that Typer writes a completion for; of others it says so with exit code 1."""


def _refuse_unknown_shell(flag: str) -> None:
    import shellingham

    try:
        name, _ = shellingham.detect_shell()
    except shellingham.ShellDetectionFailure:
        name = ""
    if name not in _SHELLS:
        shell = f"for {name} there is no completion" if name else "it cannot be told which shell this is"
        raise UsageError(f"{flag}: {shell}.", f"type losscli {flag} in bash, zsh, fish or PowerShell.")


def names_losses(text: str) -> bool:
    """Whether a text is a loss, or losses joined by commas."""
    try:
        return bool(losses.find_all(text))
    except UsageError:
        return False


app = typer.Typer(
    name="losscli",
    cls=Root,
    help=ABOUT,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"losscli {__version__}")
        raise typer.Exit


_FIRST = f"""losscli {__version__}
{ABOUT}

  losscli compute mse 1,2,3 1,2.5,3   a loss of numbers, or of files
  losscli show cross_entropy          a loss: formula, pitfalls, gradient
  losscli demo                        files to try the rest on, and what to type

losscli --help lists the commands, losscli list the losses, and losscli guide
is the manual."""


@app.callback(help=ABOUT)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take what stands before a command; of nothing at all say how to begin."""
    if context.invoked_subcommand is None:
        tell_page(_FIRST)
        raise typer.Exit(2)  # a script that lost its arguments has computed nothing

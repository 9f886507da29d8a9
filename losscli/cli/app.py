"""The program: its commands, and the one place where errors become text and exit codes."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from typing import Annotated, Any

import typer
import typer.core

from losscli import __version__, guard, losses, temporary
from losscli.cli.backends import backends
from losscli.cli.compute import ComputeGroup
from losscli.cli.explain import explain, help_page
from losscli.cli.listing import list_losses
from losscli.cli.messages import ReaderGoneError, tell, tell_page
from losscli.cli.show import show
from losscli.cli.signals import wait_if_ending
from losscli.errors import LossCLIError, UsageError

INTERRUPTED = 130
BROKEN_PIPE = 141


class Root(typer.core.TyperGroup):
    """The program; a loss in place of a command is told where it belongs."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first argument names."""
        if args and self.get_command(ctx, args[0]) is None and _names_losses(args[0]):
            raise UsageError(f"{args[0]} is a loss, not a command.", f"losscli compute {' '.join(args)}")
        return super().resolve_command(ctx, args)


def _names_losses(text: str) -> bool:
    try:
        return bool(losses.find_all(text))
    except UsageError:
        return False


app = typer.Typer(
    name="losscli",
    cls=Root,
    help="Loss calculator and explorer: a number you can trust, with the fraction behind it.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"losscli {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Loss calculator and explorer: a number you can trust, with the fraction behind it."""


_compute = typer.Typer(
    cls=ComputeGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Compute a loss, or several in one pass: losscli compute mse,l1 PRED TARGET.",
)


@_compute.callback()
def _compute_root() -> None:
    """Compute a loss, or several in one pass: losscli compute mse,l1 PRED TARGET."""


app.add_typer(_compute, name="compute", rich_help_panel=None)
app.command("list")(list_losses)
app.command("show")(show)
app.command("backends")(backends)


def main() -> None:
    """Run the program, once signals are taken."""
    # OpenBLAS would start a thread that no loss needs: a fifth of the start-up on a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A process that lives for one command makes no cyclic garbage worth a search during its imports, and
    # needs no module torn down at its end: together a fifth of a small run (measured).
    gc.disable()
    # Python has no stream where the shell closed it (`>&-`).
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # In UTF-8 only bytes of file names that are no text are left over, and stay legible. Elsewhere better a
            # table with question marks than no number.
            unicode = stream.encoding.lower() in ("utf-8", "utf8")
            stream.reconfigure(errors="backslashreplace" if unicode else "replace")
    if "--debug" not in sys.argv:
        guard.stand_ready(_take_crashes)
    code = run(sys.argv[1:])
    temporary.remove_all()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _take_crashes() -> None:
    from losscli.cli.crash import take_crashes

    take_crashes()


def run(arguments: list[str]) -> int:
    """Run the program on arguments and return its exit code; errors are a line, never a traceback."""
    try:
        # `-::y` is standard input with a selection, and no option to Click.
        given = [f"/dev/stdin{a[1:]}" if a.startswith("-::") else a for a in arguments]
        code = int(app(given, prog_name="losscli", standalone_mode=False) or 0)
    except ReaderGoneError:
        return BROKEN_PIPE  # as a program that the pipe's signal ended; there is nobody to tell
    except SystemExit as end:
        # Typer exits by itself when a help page meets a closed pipe, and when it has written a completion.
        failed = BROKEN_PIPE if isinstance(end.__context__, BrokenPipeError) else 2
        return failed if end.code else 0
    except BaseException as error:  # a panic in a library of Rust is no Exception
        wait_if_ending()
        if "--debug" in arguments:
            import traceback

            tell_page(traceback.format_exc())
        return _report(error)
    if code == INTERRUPTED:  # what Typer makes of a KeyboardInterrupt
        wait_if_ending()
        tell("Interrupted.")
    return code


def _report(error: BaseException) -> int:
    if page := help_page(error):
        tell_page(page)
        return 2
    message, hint = explain(error)
    tell(f"Error: {message}")
    if hint:
        tell(f"Hint: {hint}")
    return error.exit_code if isinstance(error, LossCLIError) else 2

"""A run of the program: its streams, and the one place where errors become text and exit codes."""

from __future__ import annotations

import contextlib
import io
import os
import sys

from losscli import guard, temporary
from losscli.cli.messages import ReaderGoneError, tell, tell_error, tell_page
from losscli.cli.program import app
from losscli.cli.signals import wait_if_ending
from losscli.errors import LossCLIError

INTERRUPTED = 130
BROKEN_PIPE = 141


def main() -> None:
    """Run the program, once signals are taken."""
    # OpenBLAS would start a thread that no loss needs: a fifth of the start-up on a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Python has no stream where the shell closed it (`>&-`).
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # In UTF-8 only bytes of file names that are no text are left over, and stay legible. Elsewhere better a
            # table of dashes and question marks than no number.
            unicode = stream.encoding.lower() in ("utf-8", "utf8")
            stream.reconfigure(errors="backslashreplace" if unicode else _alike())
    if "--debug" not in sys.argv:
        guard.stand_ready(_take_crashes)
    code = run(sys.argv[1:])
    temporary.remove_all()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _alike() -> str:
    from losscli.cli import alike

    alike.register()
    return alike.NAME


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
        return _report(error, arguments)
    if code == INTERRUPTED:  # what Typer makes of a KeyboardInterrupt
        wait_if_ending()
        tell("Interrupted.")
    return code


def _report(error: BaseException, arguments: list[str]) -> int:
    from losscli.cli.meant import meant
    from losscli.cli.sentences import explain, help_page

    if page := help_page(error):
        tell_page(page)
        return 2
    message, hint = explain(error)
    hint = meant(arguments, error) or hint
    tell_error(message, hint)
    return error.exit_code if isinstance(error, LossCLIError) else 2

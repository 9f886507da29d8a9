"""Any exception as a sentence and a hint."""

from __future__ import annotations

import errno
from typing import Any

import typer

from losscli.errors import LossCLIError

# Typer carries its own Click; this is the base of its usage errors, by a public road.
_UsageProblem: type[Exception] = typer.BadParameter.__mro__[2]


def help_page(error: BaseException) -> str:
    """The help, where the error is that nothing was asked for; else ""."""
    return error.format_message() if type(error).__name__ == "NoArgsIsHelpError" else ""  # type: ignore[attr-defined]


def explain(error: BaseException) -> tuple[str, str]:
    """The sentence and the hint, which may be ""."""
    if isinstance(error, LossCLIError):
        return error.message, error.hint
    if isinstance(error, _UsageProblem):
        return _usage(error)
    if isinstance(error, typer.Abort) and error.__cause__:  # Typer's name for an EOFError
        error = error.__cause__
    if isinstance(error, MemoryError):
        return f"out of memory ({error}).", "-r none and -s keep one number a unit; -o out.npy streams them."
    if isinstance(error, OSError):
        return _system(error), ""
    if isinstance(error, ImportError):
        return f"a package cannot be imported ({_first_line(error)}).", "--debug shows where; is it whole?"
    if not isinstance(error, Exception):
        return f"a library gave up ({type(error).__name__}: {error}).", "is a file damaged? --debug shows where."
    return f"internal error ({type(error).__name__}: {error}).", "this is a defect in losscli; --debug shows where."


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _system(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.filename is None and error.errno == errno.ENOSPC:  # files are named; this is a page that Typer prints
        return f"standard output: cannot be written ({reason})."
    return f"{error.filename or 'input or output'}: {reason}."


def _usage(error: Any) -> tuple[str, str]:
    message = error.format_message()
    context = getattr(error, "ctx", None)
    hint = f"`{context.command_path} --help` shows how." if context else ""
    if type(error).__name__ == "NoSuchOption":
        message = f"No such option: {error.option_name}."
        hint += " A file that begins with - stands after all options and --."
    return message, hint.strip()

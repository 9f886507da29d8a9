"""What goes to the two streams: results to standard output, a line a message to standard error."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable

import typer

from losscli.errors import Finding, OutputError
from losscli.report.numbers import plain


class ReaderGoneError(Exception):
    """Whoever read standard output has closed it (``| head``)."""


def emit(text: str) -> None:
    """Write a result to standard output.

    Raises:
        ReaderGoneError: Nobody reads any more. (Typer would end the program with 1, a failed check, on EPIPE.)
        OutputError: It has no room.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ReaderGoneError from error
    except OSError as error:
        raise OutputError(f"standard output: cannot be written ({error.strerror}).") from error


def tell(text: str) -> None:
    """Write one line to standard error, whatever the text holds."""
    tell_page(plain(" ".join(text.split())))


def tell_page(text: str) -> None:
    """Write lines to standard error. Where that cannot be written, the exit code alone speaks."""
    with contextlib.suppress(OSError):
        typer.echo(text, err=True)


def warn(findings: Iterable[Finding]) -> None:
    """Write each warning once, with its code and its hint."""
    for one in dict.fromkeys(findings):
        tell(f"Warning {one.code}: {one.message}" + (f" Hint: {one.hint}" if one.hint else ""))

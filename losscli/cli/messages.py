"""What goes to the two streams: results to standard output, a line a message to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import typer

from losscli.errors import Finding
from losscli.report.numbers import plain


class ReaderGoneError(Exception):
    """Whoever read standard output has closed it (``| head``)."""


def emit(text: str) -> None:
    """Write a result to standard output.

    Raises:
        ReaderGoneError: Nobody reads any more. (Typer would end the program with 1, a failed check, on EPIPE.)
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ReaderGoneError from error


def tell(text: str) -> None:
    """Write one line to standard error, whatever the text holds."""
    typer.echo(plain(" ".join(text.split())), err=True)


def warn(findings: Iterable[Finding]) -> None:
    """Write each warning once, with its code and its hint."""
    for one in dict.fromkeys(findings):
        tell(f"Warning {one.code}: {one.message}" + (f" Hint: {one.hint}" if one.hint else ""))

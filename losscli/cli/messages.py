"""What goes to the two streams: results to standard output, a line a message to standard error."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable

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


_COLOURS = {"Error": "1;31", "Warning": "33", "Hint": "36"}
"""What the first word of a line is shown in, on a terminal."""


def tell(text: str) -> None:
    """Write one line to standard error, whatever the text holds; on a terminal it is wrapped between words."""
    line = plain(" ".join(text.split()))
    tell_page(_on_terminal(line) if sys.stderr.isatty() else line)


def _on_terminal(line: str) -> str:
    import os
    import shutil
    import textwrap

    width = shutil.get_terminal_size().columns
    wrapped = textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
    word = next((word for word in _COLOURS if line.startswith(word)), "")
    if not word or os.environ.get("NO_COLOR"):
        return wrapped
    first, colon, rest = wrapped.partition(":")
    return f"\x1b[{_COLOURS[word]}m{first}{colon}\x1b[0m{rest}"


def tell_error(message: str, hint: str = "") -> None:
    """Write what went wrong to standard error, and its hint on a line of its own."""
    tell(f"Error: {message}")
    if hint:
        tell(f"Hint: {hint}")


def tell_page(text: str) -> None:
    """Write lines to standard error. Where that cannot be written, the exit code alone speaks."""
    with contextlib.suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def warn(findings: Iterable[Finding]) -> None:
    """Write each warning once, with its code, and its hint on a line of its own."""
    for one in dict.fromkeys(findings):
        tell(f"Warning {one.code}: {one.message}")
        if one.hint:
            tell(f"Hint: {one.hint}")

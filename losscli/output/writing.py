"""Errors of writing, with the file's name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from losscli.errors import LossCLIError, OutputError


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Make what fails inside an error that names the file; polars wraps the system's own in errors of many kinds.

    Raises:
        OutputError: Something failed.
    """
    try:
        yield
    except (LossCLIError, MemoryError):
        raise
    except Exception as error:
        cause = (str(getattr(error, "strerror", None) or error).strip().splitlines() or [type(error).__name__])[0]
        raise OutputError(f"{name}: cannot be written ({cause.rstrip('.')}).") from error

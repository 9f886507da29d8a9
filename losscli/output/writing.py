"""Errors of writing, with the file's name."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from losscli.errors import LossCLIError, OutputError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says of a disk that is full."""


@contextmanager
def placing(name: str, error: BaseException | None) -> Iterator[None]:
    """The end of writing, in which what was written takes its place: what fails names it, as does a full disk before.

    Raises:
        OutputError: The disk was full in the work that ended with ``error``, or it cannot take its place.
    """
    try:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise error
        yield
    except OSError as failure:
        raise OutputError(f"{name}: cannot be written ({failure.strerror}).") from failure


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

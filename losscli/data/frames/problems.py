"""What polars says is wrong, in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from losscli.data.location import Location
from losscli.errors import LossCLIError, SourceError

DAMAGED_HINT = "was it damaged, or cut off while being written or copied?"


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Make what polars refuses an error that names the file."""
    try:
        yield
    except LossCLIError:
        raise
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, UnicodeError) as error:
        raise unreadable(name, error) from error


def unreadable(name: str, error: BaseException) -> SourceError:
    """The error for a file that polars cannot read."""
    if isinstance(error, pl.exceptions.PanicException):
        return SourceError(f"{name}: cannot be read: polars gives up on what is in it.", DAMAGED_HINT)
    lines = [line for line in str(error).strip().splitlines() if line.strip()] or [type(error).__name__]
    damaged = "end of file" in lines[0] or "corrupt" in lines[0]
    return SourceError(f"{name}: cannot be read ({lines[0].rstrip('.')}).", DAMAGED_HINT if damaged else "")


def refuse_other_columns(location: Location, columns: list[tuple[str, ...]]) -> None:
    """Raise where shards differ in their columns."""
    for file, found in zip(location.files, columns, strict=True):
        if found != columns[0]:
            raise SourceError(
                f"{file}: has the columns {', '.join(found[:6])}, {location.files[0]} has {', '.join(columns[0][:6])}.",
                "the shards of one source have the same columns.",
            )

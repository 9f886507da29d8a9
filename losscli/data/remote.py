"""Files at addresses, such as ``s3://...``, through fsspec."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from losscli.errors import SourceError
from losscli.temporary import create


@contextmanager
def reached(path: str) -> Iterator[Any]:
    """Hand over fsspec, and make what fails an error that names the address.

    Raises:
        SourceError: fsspec or the protocol's own package is missing, or there is no such file.
    """
    try:
        import fsspec

        yield fsspec
    except SourceError:
        raise
    except ImportError as error:
        raise SourceError(f"{path}: cannot be reached ({error}).", "pip install 'losscli[remote]'") from error
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file.") from error
    except Exception as error:  # each protocol has errors of its own
        reason = (str(error).splitlines() or [""])[0] or type(error).__name__
        raise SourceError(f"{path}: cannot be read ({reason.rstrip('.')}).") from error


def opened(path: str) -> IO[bytes]:
    """A file to be read from any place on."""
    with reached(path) as fsspec:
        file: IO[bytes] = fsspec.open(path, "rb").open()
    return file


def in_one_piece(path: str) -> bool:
    """Whether a server gives a file only as a whole, where polars asks for its parts; what cannot be told it does not.

    Args:
        path: The address.
    """
    if not path.startswith(("http://", "https://")):
        return False
    try:
        import fsspec

        system, place = fsspec.core.url_to_fs(path)
        return not system.info(place).get("partial", False)
    except Exception:  # whoever reads it says what is wrong
        return False


@contextmanager
def without_advice() -> Iterator[None]:
    """Keep what polars says of settings of its own for a bucket away from who has none of them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r".*region' not set", UserWarning)
        yield


def fetched(path: str, suffix: str, temporary: list[str]) -> str:
    """The name of a temporary file with what lies at an address, for formats that are not read from there.

    Args:
        path: The address.
        suffix: What the temporary file's name ends in.
        temporary: Takes its name.
    """
    with reached(path) as fsspec:
        system, place = fsspec.core.url_to_fs(path)
        fd, name = create(tempfile.gettempdir(), "losscli-", suffix)
        os.close(fd)
        temporary.append(name)
        system.get_file(place, name)
    return name

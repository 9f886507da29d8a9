"""Temporary files, none of which outlives the program, whichever way it ends.

A signal may end the program between any two steps. So a name is known here before its file exists, and where such a
file becomes a result by a rename, it is the file system that decides which came first: it does the rename or the
removal, never both.
"""

from __future__ import annotations

import _thread
import os
from collections.abc import Sequence
from contextlib import suppress

_BEING_MADE, _BEING_PLACED = range(2)
_names: dict[str, int] = {}
_folders: list[str] = []
_lock = _thread.RLock()


def create(folder: str, prefix: str, suffix: str = "") -> tuple[int, str]:
    """Make a file that only its owner can read, under a name that no other has.

    Returns:
        Its descriptor, open for reading and writing, and its name.

    Raises:
        OSError: The folder cannot be written to.
    """
    name = os.path.join(folder, f"{prefix}{os.urandom(8).hex()}{suffix}")
    _names[name] = _BEING_MADE
    try:
        return os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), name
    except BaseException:
        del _names[name]
        raise


def place(name: str, path: str) -> None:
    """Give a file its final name, in one step.

    Raises:
        OSError: It cannot have that name.
    """
    _names[name] = _BEING_PLACED
    os.replace(name, path)


def place_all(files: Sequence[tuple[str, str]]) -> None:
    """Give several files, each a name and a path, their final names: all of them, whatever signal comes meanwhile.

    Raises:
        OSError: One cannot have that name.
    """
    with _lock:
        for name, path in files:
            place(name, path)
        _folders.clear()


def make_folder(path: str) -> None:
    """Make a folder, which goes again with all that is in it, unless :func:`place_all` puts something there.

    Raises:
        OSError: It cannot be made.
    """
    os.mkdir(path)  # noqa: PTH102 (pathlib is slower to import)
    _folders.append(path)


def remove_folders() -> None:
    """Remove the folders that nothing was placed in."""
    while _folders:
        with suppress(OSError):
            os.rmdir(_folders.pop())  # noqa: PTH106


def remove(name: str) -> None:
    """Remove a file, unless it has got its final name."""
    try:
        os.unlink(name)
    except FileNotFoundError:
        return
    del _names[name]


def remove_all() -> bool:
    """Remove every file; for a program that ends now.

    Returns:
        Whether it may end now: not if a result had got its final name already.
    """
    with _lock:
        placed = [name for name, state in list(_names.items()) if _was_placed(name, state)]
        remove_folders()
    return not placed


def _was_placed(name: str, state: int) -> bool:
    try:
        os.unlink(name)
    except FileNotFoundError:
        return state == _BEING_PLACED
    except OSError:  # the folder may no longer be written to
        return False
    return False

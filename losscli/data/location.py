"""What a user wrote for an input: ``PATH`` or ``PATH::SELECT``; the path may be a pattern, a folder or an address."""

from __future__ import annotations

import os
import re
from pathlib import Path

from losscli.errors import SourceError, UsageError
from losscli.records import NamedTuple
from losscli.unreadable import unreadable

STDIN = "-"
STDIN_FILE = "/dev/stdin"
_PACKED = (".gz", ".zst")


class Location(NamedTuple):
    """Where an input lies.

    Attributes:
        text: As the user wrote it, for messages.
        path: The part before ``::``.
        select: The part after it, or None.
        files: The files it stands for, in natural order; addresses as they are.
        many: Whether it is a pattern or a folder, of which the files are shards.
    """

    text: str
    path: str
    select: str | None
    files: tuple[str, ...]
    many: bool = False

    @property
    def remote(self) -> bool:
        """Whether it is read at an address such as ``s3://...``."""
        return "://" in self.files[0]

    @property
    def suffix(self) -> str:
        """What names the format: ``.csv`` of ``a.csv.gz`` too."""
        return suffix_of(self.files[0])

    @property
    def packed(self) -> bool:
        """Whether the file is compressed as a whole."""
        return Path(self.files[0]).suffix.lower() in _PACKED


def suffix_of(path: str) -> str:
    """The lower-case suffix that names a file's format."""
    name = Path(path)
    return (Path(name.stem) if name.suffix.lower() in _PACKED else name).suffix.lower()


def split(text: str) -> tuple[str, str | None]:
    """Path and selection of ``PATH::SELECT``; a file whose name holds ``::`` is that file."""
    path, mark, select = text.rpartition("::")
    if not mark or os.path.exists(text):
        return text, None
    if not select or not path:
        raise UsageError(f"{text!r} names no {'column or key' if path else 'file'}.", "write PATH::SELECT.")
    return path, select


def locate(text: str) -> Location:
    """Find the files an input stands for.

    Raises:
        SourceError: There is none, or a folder holds files of several kinds.
        UsageError: It is empty text.
    """
    if not text.strip():  # as a path it would be the folder that one is in
        raise UsageError("an input is empty text.", "is a variable of the shell not set?")
    path, select = split(text)
    if path == STDIN_FILE:
        return Location(STDIN + text.removeprefix(STDIN_FILE), STDIN, select, (STDIN,))
    if path == STDIN or "://" in path:
        return Location(text, path, select, (path,))
    if Path(path).is_dir():
        return Location(text, path, select, _of_folder(path), many=True)
    if not os.path.exists(path) and (found := _fitting(path)) is not None:
        if not found:
            raise SourceError(f"{path}: no file fits this pattern.", "quote it, so that the shell leaves it alone.")
        return Location(text, path, select, found, many=True)
    _check_exists(path)
    return Location(text, path, select, (path,))


def files_of(text: str) -> tuple[str, ...]:
    """The files that something the user wrote may stand for; none if it is no path."""
    path = split(text)[0]
    if path == STDIN:
        return (STDIN_FILE,)
    if Path(path).is_dir():
        return tuple(str(p) for p in Path(path).iterdir())
    return (path,) if os.path.lexists(path) else _fitting(path) or ()


def names_files(text: str) -> bool:
    """Whether a text that may be a name of something else stands for files: ``PATH::SELECT``, a path, or a pattern."""
    return "::" in text or os.path.exists(text) or bool(_fitting(text))


def _fitting(pattern: str) -> tuple[str, ...] | None:
    """The files that fit a pattern, part-2 before part-10; None if it is none."""
    if not any(mark in pattern for mark in "*?["):
        return None
    import glob  # compiles patterns of its own

    return tuple(sorted(glob.glob(pattern, recursive=True), key=natural))  # noqa: PTH207 (absolute patterns too)


def natural(name: str) -> list[tuple[int, int | str]]:
    """A sort key by which part-2 comes before part-10."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", name)]


def _of_folder(path: str) -> tuple[str, ...]:
    files = [str(p) for p in Path(path).iterdir() if p.is_file() and not p.name.startswith((".", "_"))]
    kinds = sorted({suffix_of(f) for f in files})
    if not files:
        raise SourceError(f"{path}: is a folder without files.", "give the file inside it.")
    if len(kinds) > 1:
        raise SourceError(
            f"{path}: is a folder of several kinds of files ({' '.join(k or 'no suffix' for k in kinds)}).",
            f"'{path}/*{next(k for k in kinds if k)}' takes one.",
        )
    return tuple(sorted(files, key=natural))


def _check_exists(name: str) -> None:
    if not Path(name).exists():
        raise unreadable(name, FileNotFoundError())
    if not os.access(name, os.R_OK):
        raise unreadable(name, PermissionError())

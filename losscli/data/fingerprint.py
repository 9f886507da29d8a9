"""What files hold, as a hash: the same to the last byte, or not."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from losscli.errors import SourceError

_AT_ONCE = 1 << 20


class FileContent(NamedTuple):
    """One file.

    Attributes:
        path: Its path, as it was found.
        sha256: That of its bytes, as ``sha256sum`` prints it.
        bytes: How many they are.
    """

    path: str
    sha256: str
    bytes: int


class Content(NamedTuple):
    """One file, or several that are read as one.

    Attributes:
        sha256: That of all bytes, of several files in their order: ``cat FILES | sha256sum``.
        bytes: How many they are.
        files: Each file.
    """

    sha256: str
    bytes: int
    files: tuple[FileContent, ...]

    def document(self) -> dict[str, Any]:
        """As JSON has it: of several files also each one's."""
        each = {"files": [file._asdict() for file in self.files]} if len(self.files) > 1 else {}
        return {"sha256": self.sha256, "bytes": self.bytes, **each}


def content_of(paths: Sequence[str]) -> Content:
    """The content of files, read once.

    Raises:
        SourceError: One cannot be read.
    """
    whole, files = hashlib.sha256(), []
    for path in paths:
        one, count = hashlib.sha256(), 0
        try:
            with Path(path).open("rb") as file:
                while part := file.read(_AT_ONCE):
                    one.update(part)
                    if len(paths) > 1:
                        whole.update(part)
                    count += len(part)
        except OSError as error:
            raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error
        files.append(FileContent(path, one.hexdigest(), count))
    digest = whole.hexdigest() if len(paths) > 1 else files[0].sha256
    return Content(digest, sum(file.bytes for file in files), tuple(files))

"""Where a written result goes: a file that appears whole, or a pipe or device that is written to when all is known."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from losscli import temporary
from losscli.errors import OutputError

_DESCRIPTORS = ("/dev/fd/", "/dev/stdout", "/dev/stderr", "/proc/")
"""What begins so is open already, and has its place in its file."""


class Place(Protocol):
    """Somewhere to write to.

    Attributes:
        fd: An empty file, open for reading and writing at any offset.
    """

    fd: int

    def keep(self) -> None:
        """Make what was written the result."""

    def drop(self) -> None:
        """Let go of what was not kept."""


def open_place(path: str) -> Place:
    """Open a target before the work, so that one that cannot be written is an error at once and not after an hour.

    Raises:
        OSError: It cannot be written.
        OutputError: It is nothing that holds a result.
    """
    target = Path(path)
    if target.is_block_device():
        raise OutputError(f"{path}: is a disk.")
    if target.exists() and (not target.is_file() or os.path.abspath(path).startswith(_DESCRIPTORS)):
        return Pipe(path)
    end = Path(os.path.realpath(path))  # a symbolic link stays one
    if end.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return WholeFile(end)


class WholeFile:
    """A file that appears under its name when it is complete, with the mode and owner of the one it replaces."""

    def __init__(self, path: Path) -> None:
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "it is write-protected")
        self.fd, self._temporary = temporary.create(str(path.parent), f".{path.name[:40]}.")
        self._path = path

    def keep(self) -> None:
        """Give it its name."""
        temporary.place(*self.closed())

    def closed(self) -> tuple[str, str]:
        """The file as it is to stay, closed, and the name that it is to have."""
        _give_mode(self.fd, self._path)
        self._close()  # some file systems say only now that there was no room
        return self._temporary, str(self._path)

    def drop(self) -> None:
        """Remove it, unless it has its name."""
        self._close()
        temporary.remove(self._temporary)

    def _close(self) -> None:
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)


class Pipe:
    """A pipe or device. The result is gathered in a file without a name, and goes there in one piece."""

    def __init__(self, path: str) -> None:
        import tempfile

        # Standard output may have been redirected to a file that holds something (`>>`).
        self._end = os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "wb")
        self._gathered = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `drop`)
        self.fd = self._gathered.fileno()

    def keep(self) -> None:
        """Send it on."""
        self._gathered.seek(0)
        shutil.copyfileobj(self._gathered, self._end)
        self._end.close()

    def drop(self) -> None:
        """Close both ends."""
        with suppress(OSError):  # what it says was said by `keep`
            self._end.close()
        self._gathered.close()


def _give_mode(fd: int, path: Path) -> None:
    if not path.exists():
        os.fchmod(fd, 0o666 & ~_umask())
        return
    before = path.stat()
    mode = stat.S_IMODE(before.st_mode)
    with suppress(OSError):  # only root gives files away
        os.fchown(fd, before.st_uid, -1)
    with suppress(OSError):
        os.fchown(fd, -1, before.st_gid)
    if os.fstat(fd).st_gid != before.st_gid:  # what one group may read is not for another
        mode &= ~stat.S_IRWXG
    os.fchmod(fd, mode)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current

"""A file in a ZIP file, unpacked to a temporary one."""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import PurePosixPath

from losscli.data.location import Location
from losscli.errors import SourceError
from losscli.temporary import create

_CHUNK = 1 << 20


def unzipped(location: Location, temporary: list[str]) -> Location:
    """Where the one file of each ZIP file lies once it is unpacked; its checksum is compared.

    Args:
        location: ZIP files.
        temporary: Takes the names of the files that are made.

    Raises:
        SourceError: It holds none or several, or is damaged.
    """
    return location._replace(files=tuple(_unpack(file, location, temporary) for file in location.files))


def _unpack(path: str, location: Location, temporary: list[str]) -> str:
    name = path if location.many else location.path
    try:
        with zipfile.ZipFile(path) as archive:
            member = _only(archive, name)
            fd, unpacked = create(tempfile.gettempdir(), "losscli-", "".join(PurePosixPath(member.filename).suffixes))
            temporary.append(unpacked)
            with archive.open(member) as packed, os.fdopen(fd, "wb") as file:
                while content := packed.read(_CHUNK):
                    file.write(content)
        return unpacked
    except (SourceError, MemoryError):
        raise
    except Exception as error:  # each compression, and each damage, has errors of its own
        reason = str(error).rstrip(".")
        raise SourceError(
            f"{name}: cannot be unpacked ({reason}).", "was it damaged, or cut off while being written or copied?"
        ) from error


def _only(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """The one member that is data: no folder, no hidden file, nothing that macOS adds."""
    members = [one for one in archive.infolist() if not one.is_dir() and _is_data(PurePosixPath(one.filename))]
    if len(members) == 1:
        return members[0]
    listed = ", ".join(one.filename for one in members[:6]) + (", …" if len(members) > 6 else "")
    raise SourceError(
        f"{name}: holds {len(members)} files: {listed}." if members else f"{name}: holds no file.",
        "unzip it, and give one of them." if members else "",
    )


def _is_data(path: PurePosixPath) -> bool:
    return not path.name.startswith(".") and "__MACOSX" not in path.parts

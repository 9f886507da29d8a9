"""Where the files of a record lie now: as they were called, beside the record, or in a folder that is named."""

from __future__ import annotations

import glob
import os
from pathlib import Path

from losscli.data.fingerprint import content_of
from losscli.data.location import locate, split
from losscli.errors import SourceError


class Places:
    """Finds files that a record names.

    Args:
        beside: The folder of the record, or None where it is no file.
        root: The folder in which they lie, if the user named one: then nowhere else.

    Raises:
        SourceError: There is no such folder.
    """

    def __init__(self, beside: Path | None, root: str | os.PathLike[str] | None) -> None:
        if root is not None and not Path(root).is_dir():
            raise SourceError(f"{os.fspath(root)}: is not a folder.", "--root is the folder in which the files lie.")
        self._root, self._beside = None if root is None else Path(root), beside

    def find(self, text: str, sha256: str) -> str:
        """A text that stands for files, or columns of one, as it has to be written from here.

        Args:
            text: As it stands in the record.
            sha256: What the files hashed to: of several places it is the first that holds them unchanged.

        Raises:
            SourceError: There is none.
        """
        path, select = split(text)
        there = [
            candidate if select is None else f"{candidate}::{select}"
            for candidate in dict.fromkeys(self._candidates(path))
            if os.path.exists(candidate) or glob.glob(candidate, recursive=True)  # noqa: PTH207 (absolute too)
        ]
        if len(there) > 1:
            return next((one for one in there if content_of(locate(one).files).sha256 == sha256), there[0])
        if there:
            return there[0]
        if self._root is None and self._beside not in (None, Path()):
            path = f"{path}: no such file, nor in {self._beside}."
        else:
            path = f"{self._candidates(path)[0]}: no such file."
        raise SourceError(path, "--root DIR is the folder in which the recorded files lie now.")

    def _candidates(self, path: str) -> list[str]:
        if self._root is not None:
            return self._within(self._root, path)
        return [path, *([] if self._beside is None else self._within(self._beside, path))]

    def _within(self, folder: Path, path: str) -> list[str]:
        if Path(path).is_absolute():  # of another machine: its name is what is left
            return [str(folder / Path(path).name)]
        return [str(folder / path)]

"""A folder of files that all appear when the work is done, or none of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from losscli import temporary
from losscli.errors import OutputError
from losscli.output.place import WholeFile
from losscli.output.target import is_same
from losscli.output.writing import placing, writing

if TYPE_CHECKING:
    from typing import Self


class Folder:
    """A folder to write files into.

    Args:
        path: The folder; made if there is none, and removed again if nothing comes of it.
        inputs: The files that are read, none of which may be overwritten.

    Attributes:
        name: The folder.

    Raises:
        OutputError: It is no folder, or cannot be made or written to.
    """

    suffix = ""

    def __init__(self, path: str, inputs: Iterable[str] = ()) -> None:
        self.name, self._inputs = path, list(inputs)
        self._files: dict[str, WholeFile] = {}
        folder = Path(path)
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{path}: is a file, and the name is that of a folder.", "leave the slash out.")
        try:
            if not folder.is_dir():
                temporary.make_folder(path)
        except OSError as error:
            raise OutputError(f"{path}: cannot be made ({error.strerror}).") from error
        if not os.access(path, os.W_OK | os.X_OK):
            raise OutputError(f"{path}: cannot be written to (it is write-protected).")

    def open(self, name: str) -> int:
        """The descriptor of a new file in it, open for reading and writing.

        Raises:
            OutputError: It is one of the inputs, or cannot be written.
        """
        path = Path(self.name) / name
        if path.is_dir():
            raise OutputError(f"{path}: is a folder.")
        if any(is_same(str(path), one) for one in self._inputs):
            raise OutputError(f"{path}: is one of the inputs, and would be overwritten.", "give another folder.")
        try:
            self._files[name] = WholeFile(Path(os.path.realpath(path)))
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
        return self._files[name].fd

    def write(self, name: str, content: bytes) -> None:
        """A new file in it that is known whole.

        Raises:
            OutputError: It cannot be written.
        """
        with writing(str(Path(self.name) / name)), os.fdopen(os.dup(self.open(name)), "wb") as file:
            file.write(content)

    @property
    def told(self) -> str:
        """What is in it, in a sentence."""
        return f"{', '.join(self._files)} in {self.name}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with placing(self.name, error):
                if error is None:
                    temporary.place_all([file.closed() for file in self._files.values()])
        finally:
            for file in self._files.values():
                file.drop()
            temporary.remove_folders()

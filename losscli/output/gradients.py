"""Gradients written to files, block by block: one array as .npy, several as .npz."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np

from losscli.errors import OutputError
from losscli.output.npy import NpySink
from losscli.output.target import Target
from losscli.output.writing import writing

ARRAYS = (".npy", ".npz")
NORMS = (".csv", ".parquet", ".npy")
TEXTS = (".json", ".md")


class GradientFile(Target):
    """A target for what ``grad`` finds.

    Args:
        path: The target; its suffix says what is written: gradients, a norm a sample, or a text.
        per_sample: Whether a norm for each sample is asked for.
        inputs: The files that are read, none of which may be the target.
        format: What to write where the name has no suffix: a name of ``-f``.

    Raises:
        OutputError: No format is known, or the target cannot be written.
    """

    def __init__(self, path: str, per_sample: bool, inputs: Iterable[str] = (), format: str = "") -> None:
        allowed = (*NORMS, *TEXTS) if per_sample else (*ARRAYS, *NORMS[:2], *TEXTS)
        hint = "gradients go to .npy or .npz, a norm a sample to .csv or .parquet (with -s .npy too), the rest to "
        super().__init__(path, allowed, inputs, format, f"{hint}{' or '.join(TEXTS)}.")
        self.takes_arrays = self.suffix in ARRAYS and not per_sample
        self.takes_norms = self.suffix in NORMS and not self.takes_arrays
        self._members: dict[str, IO[bytes]] = {}

    def sink(self, name: str, shape: tuple[int, ...], dtype: str) -> NpySink:
        """The place for the gradient to one input.

        Raises:
            OutputError: There is one already, and the file holds one array.
        """
        if self.suffix == ".npz":
            member = self._members[name] = tempfile.TemporaryFile(dir=Path(self.name).parent)  # noqa: SIM115
            return NpySink(member.fileno(), shape, dtype)
        if self._members:
            several = Path(self.name).with_suffix(".npz")
            raise OutputError(
                f"{self.name}: an .npy file holds one array, and the gradients to several inputs were asked for.",
                f"-o {several} holds them all, and --wrt {next(iter(self._members))} is one.",
            )
        self._members[name] = os.fdopen(os.dup(self._place.fd), "wb")
        return NpySink(self._place.fd, shape, dtype)

    def finish(self) -> None:
        """Put several arrays into one file, uncompressed."""
        if self.suffix != ".npz":
            return
        with (
            writing(self.name),
            os.fdopen(os.dup(self._place.fd), "wb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
        ):
            for name, member in self._members.items():
                member.seek(0)
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as out:
                    shutil.copyfileobj(member, out, 1 << 20)

    def write_norms(self, names: list[str], columns: list[Any]) -> None:
        """Write the norms of samples, a column an input.

        Raises:
            OutputError: An ``.npy`` file is asked for, and there are several columns.
        """
        with writing(self.name):
            if self.suffix == ".npy":
                if len(columns) > 1:
                    raise OutputError(f"{self.name}: an .npy file holds one array.", f"--wrt {names[0]} is one.")
                NpySink(self._place.fd, columns[0].shape, "float64").write(0, columns[0])
                return
            import polars

            frame = polars.DataFrame({"sample": np.arange(len(columns[0])), **dict(zip(names, columns, strict=True))})
            with os.fdopen(os.dup(self._place.fd), "wb") as file:
                (frame.write_csv if self.suffix == ".csv" else frame.write_parquet)(file)

    def write(self, text: str) -> None:
        """Write a text, in UTF-8."""
        with writing(self.name), os.fdopen(os.dup(self._place.fd), "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))

    def __exit__(self, *error: Any) -> None:
        for member in self._members.values():
            member.close()
        super().__exit__(*error)

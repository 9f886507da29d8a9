"""Gradients written to files, block by block: one array as .npy, several as .npz or as the files of a folder."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from losscli.errors import OutputError
from losscli.output.folder import Folder
from losscli.output.npy import NpySink
from losscli.output.target import Target
from losscli.output.writing import writing
from losscli.results.gradient import called

ARRAYS = (".npy", ".npz")
NORMS = (".csv", ".parquet", ".npy")
TEXTS = (".json", ".md")


def open_target(
    path: str, per_sample: bool, losses: int, inputs: Iterable[str] = (), format: str = ""
) -> GradientFile | GradientFolder:
    """The target for what ``grad`` finds.

    Args:
        path: Its name; one that ends in a slash, or is that of a folder, takes arrays.
        per_sample: Whether a norm for each sample is asked for.
        losses: How many losses there are.
        inputs: The files that are read, none of which may be overwritten.
        format: What to write where the name has no suffix: a name of ``-f``.

    Raises:
        OutputError: No format is known, or the target cannot be written.
    """
    if not (path.endswith(("/", os.sep)) or Path(path).is_dir()):
        return GradientFile(path, per_sample, losses, inputs, format)
    if per_sample:
        raise OutputError(f"{path}: a folder takes gradients, and a norm a sample goes to a file.", f"-o {path}n.csv")
    if format != "table":
        raise OutputError(
            f"{path}: a folder takes gradients as .npy, and -f {format} says how a text is written.", "leave -f out."
        )
    return GradientFolder(path, losses, inputs)


class GradientFolder(Folder):
    """A folder for gradients: of each input an array in an ``.npy`` file that is called like it.

    Args:
        path: The folder; made if there is none.
        losses: How many losses there are; of several the files are called after both, such as ``mse.pred.npy``.
        inputs: The files that are read, none of which may be overwritten.

    Raises:
        OutputError: The folder cannot be written to.
    """

    takes_arrays, takes_norms = True, False

    def __init__(self, path: str, losses: int, inputs: Iterable[str] = ()) -> None:
        super().__init__(path, inputs)
        self._several = losses > 1

    def sink(self, loss: str, name: str, shape: tuple[int, ...], dtype: str) -> NpySink:
        """The place for the gradient of a loss to one input.

        Raises:
            OutputError: It is one of the inputs' files, or cannot be written.
        """
        return NpySink(self.open(f"{called(loss, name, self._several)}.npy"), shape, dtype)

    def finish(self) -> None:
        """Nothing is left to do."""


class GradientFile(Target):
    """A target for what ``grad`` finds that is one file.

    Args:
        path: The target; its suffix says what is written: gradients, a norm a sample, or a text.
        per_sample: Whether a norm for each sample is asked for.
        losses: How many losses there are.
        inputs: The files that are read, none of which may be the target.
        format: What to write where the name has no suffix: a name of ``-f``.

    Raises:
        OutputError: No format is known, or the target cannot be written.
    """

    def __init__(
        self, path: str, per_sample: bool, losses: int = 1, inputs: Iterable[str] = (), format: str = ""
    ) -> None:
        allowed = (*NORMS, *TEXTS) if per_sample else (*ARRAYS, *NORMS[:2], *TEXTS)
        hint = (
            "gradients go to .npy, .npz or a folder (DIR/), a norm a sample to .csv or .parquet (with -s .npy too), "
            f"the rest to {' or '.join(TEXTS)}."
        )
        super().__init__(path, allowed, inputs, format, hint)
        self.takes_arrays = self.suffix in ARRAYS and not per_sample
        self.takes_norms = self.suffix in NORMS and not self.takes_arrays
        self._several = losses > 1
        self._members: dict[str, IO[bytes]] = {}

    def sink(self, loss: str, name: str, shape: tuple[int, ...], dtype: str) -> NpySink:
        """The place for the gradient of a loss to one input.

        Raises:
            OutputError: There is one already, and the file holds one array.
        """
        if self.suffix == ".npz":
            member = tempfile.TemporaryFile(dir=Path(self.name).parent)  # noqa: SIM115
            self._members[called(loss, name, self._several)] = member
            return NpySink(member.fileno(), shape, dtype)
        if self._members:
            raise self._more_than_one(f"--wrt {next(iter(self._members))} is one")
        self._members[name] = os.fdopen(os.dup(self._place.fd), "wb")
        return NpySink(self._place.fd, shape, dtype)

    def _more_than_one(self, one: str) -> OutputError:
        path = Path(self.name)
        one = "" if self._several else f", and {one}"
        return OutputError(
            f"{self.name}: an .npy file holds one array, and several gradients were asked for.",
            f"-o {path.with_suffix('.npz')} holds them all, -o {path.with_suffix('')}/ has a file each{one}.",
        )

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

    def write_norms(self, norms: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
        """Write the norms of samples, a column a gradient, behind the columns that are kept.

        Raises:
            OutputError: An ``.npy`` file is asked for, and there are several columns.
        """
        with writing(self.name):
            if self.suffix == ".npy":
                name, *others = norms
                if others:
                    raise OutputError(
                        f"{self.name}: an .npy file holds one array.", f"-o {Path(self.name).with_suffix('.csv')}"
                    )
                NpySink(self._place.fd, norms[name].shape, "float64").write(0, norms[name])
                return
            import polars

            words = {name: polars.Series(text.tolist(), dtype=polars.String) for name, text in kept.items()}
            samples = np.arange(len(next(iter(norms.values()))))
            frame = polars.DataFrame({"sample": samples, **words, **norms})
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

"""Writing a result to a file: the suffix names the format; written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from losscli.errors import OutputError
from losscli.report import Report, csv, json, markdown

ARRAYS = (".npy", ".csv", ".parquet")
REDUCED = (".json", ".csv", ".md")


class OutputFile:
    """A target that appears whole when the work is done, or not at all.

    The temporary file beside it is opened before the work, so that a target that cannot be written
    is an error at once and not after an hour.

    Args:
        path: The target.
        arrays: Whether unreduced or per-sample values will be written, not a reduced result.
        losses: How many losses there are to write.
        inputs: The files that are read, none of which may be the target.

    Raises:
        OutputError: The suffix fits no format, or the folder cannot be written to.
    """

    def __init__(self, path: str, arrays: bool, losses: int = 1, inputs: Iterable[str] = ()) -> None:
        self.name = path
        self.path = Path(os.path.realpath(path))  # a symbolic link stays one
        self.suffix = self.path.suffix.lower()
        allowed = ARRAYS if arrays else REDUCED
        if self.suffix not in allowed:
            raise OutputError(
                f"{path}: cannot be written as {self.suffix or 'a file without suffix'}.", _hint(self.suffix, arrays)
            )
        if self.path.is_dir():
            raise OutputError(f"{path}: is a folder.")
        if self.path.exists() and any(os.path.exists(p) and self.path.samefile(p) for p in inputs):
            raise OutputError(f"{path}: is one of the inputs, and would be overwritten.", "give another name.")
        if self.suffix == ".npy" and losses > 1:
            raise OutputError(
                f"{path}: an .npy file holds one array, and {losses} losses were asked for.",
                "-o out.csv has a column a loss.",
            )
        try:
            self._fd, self._temporary = tempfile.mkstemp(dir=self.path.parent or ".", prefix=f".{self.path.name}.")
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
        self._sinks: list[NpySink] = []

    def sink(self, shape: tuple[int, ...], dtype: str) -> NpySink:
        """The place for unreduced values that stream to an ``.npy`` file."""
        self._sinks.append(NpySink(self._fd, shape, dtype))
        return self._sinks[0]

    @property
    def streams(self) -> bool:
        """Whether unreduced values go straight to the file."""
        return self.suffix == ".npy"

    def write(self, report: Report) -> None:
        """Write a report, unless its values went through :meth:`sink`."""
        if not self._sinks:
            _WRITERS[self.suffix](report, self._fd)

    def __enter__(self) -> OutputFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                os.fsync(self._fd)
                os.fchmod(self._fd, 0o666 & ~_umask())
        finally:
            os.close(self._fd)
            if kind is None:
                os.replace(self._temporary, self.path)
            else:
                os.unlink(self._temporary)


class NpySink:
    """Unreduced values into an NPY file at their own offsets, from any thread in any order."""

    def __init__(self, fd: int, shape: tuple[int, ...], dtype: str) -> None:
        import numpy as np

        header = _npy_header(shape, np.dtype(dtype))
        self._fd, self._offset, self._dtype = fd, len(header), np.dtype(dtype)
        _write_all(fd, memoryview(header), 0)

    def write(self, start: int, values: Any) -> None:
        """Write the values of samples from ``start`` on."""
        import numpy as np

        content = np.ascontiguousarray(values, self._dtype).reshape(-1).view(np.uint8)
        row = content.nbytes // len(values)
        _write_all(self._fd, content.data, self._offset + start * row)


def _write_all(fd: int, content: memoryview, offset: int) -> None:
    while content:
        done = os.pwrite(fd, content, offset)
        content, offset = content[done:], offset + done


def _npy_header(shape: tuple[int, ...], dtype: Any) -> bytes:
    import io

    from numpy.lib import format as npy_format

    out = io.BytesIO()
    npy_format.write_array_header_1_0(
        out, {"descr": npy_format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    )
    return out.getvalue()


def _write_npy(report: Report, fd: int) -> None:
    import numpy as np

    one = report.results[0]
    values = one.per_sample if report.samples else one.value
    with os.fdopen(os.dup(fd), "wb") as file:
        np.save(file, np.asarray(values), allow_pickle=False)


def _write_parquet(report: Report, fd: int) -> None:
    import polars

    from losscli.report.rows import header_and_rows

    header, rows = header_and_rows(report)
    with os.fdopen(os.dup(fd), "wb") as file:
        polars.DataFrame(list(rows), schema=header, orient="row").write_parquet(file)


def _write_csv(report: Report, fd: int) -> None:
    with os.fdopen(os.dup(fd), "w", encoding="utf-8", newline="") as file:
        csv.write(report, file)


def _write_text(render: Callable[[Report], str]) -> Callable[[Report, int], None]:
    def write(report: Report, fd: int) -> None:
        with os.fdopen(os.dup(fd), "w", encoding="utf-8", newline="") as file:
            file.write(render(report))

    return write


_WRITERS: dict[str, Callable[[Report, int], None]] = {
    ".npy": _write_npy,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".json": _write_text(json.render),
    ".md": _write_text(markdown.render),
}


def _hint(suffix: str, arrays: bool) -> str:
    if not arrays and suffix in ARRAYS:
        return "a reduced result goes to .json, .csv or .md; -r none or -s gives values for .npy and .parquet."
    allowed = " ".join(ARRAYS if arrays else REDUCED)
    return f"{'unreduced and per-sample values go' if arrays else 'a reduced result goes'} to {allowed}."


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current

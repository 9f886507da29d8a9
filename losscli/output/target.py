"""Writing a result to a file: the suffix names the format; written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from losscli.errors import OutputError
from losscli.output.place import open_place
from losscli.output.writing import placing, writing
from losscli.report import Report, csv, json, jsonl, markdown

if TYPE_CHECKING:
    from typing import Self

    from losscli.output.npy import NpySink
    from losscli.output.samples import CsvSamples, JsonlSamples, NpySamples, ParquetSamples

SUFFIXES = {"json": ".json", "jsonl": ".jsonl", "csv": ".csv", "markdown": ".md", "junit": ".xml"}
"""The suffix of each format of ``-f`` that a file may have."""
ARRAYS = (".npy", ".csv", ".jsonl", ".parquet")
DOCUMENTS = (".json", ".md")
REDUCED = (".json", ".jsonl", ".csv", ".md")


class Target:
    """A target that appears whole when the work is done, or not at all; a pipe or device gets it in one piece.

    Args:
        path: The target.
        suffixes: Those that it may have.
        inputs: The files that are read, none of which may be the target.
        format: What to write where the name has no suffix: a name of ``-f``.
        hint: What to say of a suffix that is none of them.

    Raises:
        OutputError: No format is known, or the target cannot be written.
    """

    def __init__(
        self, path: str, suffixes: tuple[str, ...], inputs: Iterable[str] = (), format: str = "", hint: str = ""
    ) -> None:
        self.name = path
        if path == "-":
            raise OutputError("-: standard output gets the result without -o.", "-f json|csv|markdown says how.")
        if Path(path).is_dir():
            raise OutputError(f"{path}: is a folder.")
        self.suffix = Path(path).suffix.lower() or SUFFIXES.get(format, "")
        if self.suffix not in suffixes:
            raise OutputError(
                f"{path}: cannot be written as {self.suffix or 'a file without suffix'}.",
                hint or f"the result goes to {' '.join(suffixes)}.",
            )
        self.refuse(inputs)
        try:
            self._place = open_place(path)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error

    def refuse(self, inputs: Iterable[str]) -> None:
        """Raise where one of the files that are read is the target.

        Raises:
            OutputError: One is.
        """
        if any(is_same(self.name, one) for one in inputs):
            raise OutputError(f"{self.name}: is one of the inputs, and would be overwritten.", "give another name.")

    @property
    def told(self) -> str:
        """What it is called when it is written."""
        return self.name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with placing(self.name, error):
                if error is None:
                    self._place.keep()
        finally:
            self._place.drop()


class BinaryFile(Target):
    """A target for bytes that are known when the work is done."""

    def write(self, content: bytes) -> None:
        """Write them."""
        with writing(self.name), os.fdopen(os.dup(self._place.fd), "wb") as file:
            file.write(content)


class TextFile(Target):
    """A target for text that is known when the work is done."""

    def write(self, text: str | bytes) -> None:
        """Write the text, in UTF-8; or what is no text as it is."""
        with writing(self.name):
            if isinstance(text, bytes):
                with os.fdopen(os.dup(self._place.fd), "wb") as file:
                    file.write(text)
            else:
                _write_text(lambda _: text)(None, self._place.fd)


class OutputFile(Target):
    """A target for what ``compute`` finds.

    Args:
        path: The target.
        arrays: Whether unreduced or per-sample values will be written, not a reduced result.
        losses: How many losses there are to write.
        inputs: The files that are read, none of which may be the target.
        format: What to write where the name has no suffix: a name of ``-f``.
        selected: Whether the values are of a few samples that were asked for, which documents hold too.

    Raises:
        OutputError: No format is known, or the target cannot be written.
    """

    def __init__(
        self,
        path: str,
        arrays: bool,
        losses: int = 1,
        inputs: Iterable[str] = (),
        format: str = "",
        selected: bool = False,
    ) -> None:
        suffix = Path(path).suffix.lower() or SUFFIXES.get(format, "")
        if suffix == ".npy" and arrays and losses > 1:
            raise OutputError(
                f"{path}: an .npy file holds one array, and {losses} losses were asked for.",
                "-o out.csv has a column a loss.",
            )
        suffixes = REDUCED if not arrays else (*ARRAYS, *DOCUMENTS) if selected else ARRAYS
        super().__init__(path, suffixes, inputs, format, _hint(suffix, arrays))
        self.streamed = False

    def sink(self, shape: tuple[int, ...], dtype: str) -> NpySink:
        """The place for unreduced values that stream to an ``.npy`` file."""
        from losscli.output.npy import NpySink

        self.streamed = True
        return NpySink(self._place.fd, shape, dtype)

    def samples(
        self, losses: list[str], kept: list[str], skips: bool, samples: int
    ) -> NpySamples | CsvSamples | JsonlSamples | ParquetSamples:
        """The place for per-sample losses that stream."""
        from losscli.output.samples import CsvSamples, JsonlSamples, NpySamples, ParquetSamples

        self.streamed = True
        if self.suffix == ".npy":
            return NpySamples(self._place.fd, samples)
        kinds: dict[str, type[CsvSamples] | type[ParquetSamples]]
        kinds = {".csv": CsvSamples, ".jsonl": JsonlSamples, ".parquet": ParquetSamples}
        return kinds[self.suffix](self.name, self._place.fd, losses, kept, skips)

    @property
    def takes_arrays(self) -> bool:
        """Whether the file keeps the shape of unreduced values."""
        return self.suffix == ".npy"

    def write(self, report: Report) -> None:
        """Write a report, unless its values went through :meth:`sink` or :meth:`samples`."""
        if not self.streamed:
            with writing(self.name):
                _WRITERS[self.suffix](report, self._place.fd)


def _write_npy(report: Report, fd: int) -> None:
    import numpy as np

    from losscli.output.npy import NpySink

    one = report.results[0]
    values = np.asarray(one.per_sample if report.samples else one.value)
    sink = NpySink(fd, values.shape, values.dtype.str)  # np.save does not look whether the last bytes had room
    if values.size:
        sink.write(0, values.reshape(-1))


def _write_parquet(report: Report, fd: int) -> None:
    import polars

    from losscli.output.samples import frame_of
    from losscli.report.rows import unreduced

    if report.samples:
        frame = frame_of(report)
    else:
        header, rows = unreduced(report)
        frame = polars.DataFrame(list(rows), schema=header, orient="row")
    with os.fdopen(os.dup(fd), "wb") as file:
        frame.write_parquet(file)


def _write_rows(write: Callable[[Report, Any], None]) -> Callable[[Report, int], None]:
    def into(report: Report, fd: int) -> None:
        with os.fdopen(os.dup(fd), "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            write(report, file)

    return into


def _write_text(render: Callable[[Any], str]) -> Callable[[Any, int], None]:
    def write(report: Any, fd: int) -> None:
        with os.fdopen(os.dup(fd), "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.write(render(report))

    return write


_WRITERS: dict[str, Callable[[Report, int], None]] = {
    ".npy": _write_npy,
    ".csv": _write_rows(csv.write),
    ".jsonl": _write_rows(jsonl.write),
    ".parquet": _write_parquet,
    ".json": _write_text(json.render),
    ".md": _write_text(markdown.render),
}


def _hint(suffix: str, arrays: bool) -> str:
    if not arrays and suffix in ARRAYS:
        return "a reduced result goes to .json, .csv or .md; -r none or -s gives values for .npy and .parquet."
    allowed = " ".join(ARRAYS if arrays else REDUCED)
    if not suffix:
        names = "csv" if arrays else "|".join(name for name, one in SUFFIXES.items() if one in REDUCED)
        allowed += f"; -f {names} names it where the suffix does not"
    return f"{'unreduced and per-sample values go' if arrays else 'a reduced result goes'} to {allowed}."


def is_same(path: str, other: str) -> bool:
    """Whether a file that is there is another, under whatever name."""
    target = Path(path)
    return target.is_file() and os.path.exists(other) and target.samefile(other)

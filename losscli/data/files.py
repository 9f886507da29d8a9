"""Opening one file, whatever its format: a table of named columns, or an array."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO

from losscli.data.location import STDIN, Location, suffix_of
from losscli.data.source import Source
from losscli.data.table import Table
from losscli.errors import SourceError
from losscli.knobs.options import ReadOptions
from losscli.records import NamedTuple
from losscli.temporary import create

LEAN_BYTES = 6_000_000
"""Text up to this size is read by ``np.loadtxt``: above, polars repays its import (measured for two files)."""


def _text(location: Location, options: ReadOptions, lean: bool = True) -> Table:
    content = _small_text(location) if lean else None
    if content is None:
        from losscli.data.text.streamed import odd_text, open_text

        table = open_text(location, options)
        if table is not None:
            return table
        content = odd_text(location, options)
    return _lean(content, location.path, options)


def _lean(content: bytes, name: str, options: ReadOptions) -> Table:
    from losscli.data.text.lean import LeanTable

    return LeanTable(content, name, options)


def _small_text(location: Location) -> bytes | None:
    """The content of one small local file, plain or gzipped."""
    file = location.files[0]
    if location.many or location.remote or file.lower().endswith(".zst") or Path(file).stat().st_size > LEAN_BYTES:
        return None
    if not location.packed:
        return _bytes_of(file)
    import gzip

    with _explained(location.path), gzip.open(file) as packed:
        content = packed.read(LEAN_BYTES + 1)
    return content if len(content) <= LEAN_BYTES else None


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, OSError) as error:
        # gzip's own error is known by its name alone: most runs import no gzip.
        if not isinstance(error, OSError) or type(error).__name__ == "BadGzipFile":
            raise SourceError(
                f"{name}: cannot be unpacked ({str(error).rstrip('.')}).",
                "was it cut off while being written or copied?",
            ) from error
        raise SourceError(f"{name}: cannot be read ({error.strerror or error}).") from error


def _bytes_of(file: str) -> bytes:
    with _explained(file):
        return Path(file).read_bytes()


def _scanned(format: str) -> Callable[[Location, ReadOptions], Table]:
    def open_table(location: Location, options: ReadOptions) -> Table:
        from losscli.data.frames.typed import open_typed

        return open_typed(location, format, options)

    return open_table


def _json(location: Location, options: ReadOptions) -> Table | Source:
    from losscli.data.frames.whole import open_json

    return open_json(location, options)


def _excel(location: Location, options: ReadOptions) -> Table:
    from losscli.data.frames.whole import open_excel

    return open_excel(location, options)


def _zip_in_zip(location: Location, options: ReadOptions) -> Table:
    raise SourceError(f"{location.path}: holds a ZIP file.", "unzip it, and give what is in it.")


def _npy(location: Location, options: ReadOptions) -> Source:
    from losscli.data.arrays.npy import open_npy, open_remote_npy
    from losscli.data.arrays.shards import one_of

    _refuse_selection(location)
    if location.remote:
        return open_remote_npy(location.path)
    return one_of([open_npy(file) for file in location.files], location)


def _archive(location: Location, options: ReadOptions) -> Source:
    from losscli.data.arrays.archive import open_archive
    from losscli.data.arrays.shards import one_of

    suffix = FORMATS[options.input_format].suffixes[0] if options.input_format else None
    names = location.files if location.many else (location.text,)
    named = zip(location.files, names, strict=True)
    parts = [open_archive(file, location.select, name, suffix) for file, name in named]
    return one_of(parts, location)


def _refuse_selection(location: Location) -> None:
    if location.select is not None:
        raise SourceError(
            f"{location.text}: an .npy file is one array; there is nothing to choose.", f"write {location.path}"
        )


class Format(NamedTuple):
    """A kind of file.

    Attributes:
        suffixes: What its files' names end in.
        open: Opens a location.
        what: What is read, for the manual.
        remote: Whether a file at an address is read there; else it is fetched first.
    """

    suffixes: tuple[str, ...]
    open: Callable[[Location, ReadOptions], Table | Source]
    what: str
    remote: bool = False


_IN_BATCHES = "any numeric columns, in batches"
FORMATS = {
    "csv": Format(
        (".csv", ".tsv", ".txt"), _text, "UTF-8 text, also gzipped (`.csv.gz`) or `.csv.zst`; as float64", remote=True
    ),
    "npy": Format(
        (".npy",), _npy, "any real dtype, byte order, memory order and number of axes, in blocks", remote=True
    ),
    "npz": Format((".npz",), _archive, "one of its arrays; in blocks if it is stored, whole if compressed"),
    "parquet": Format((".parquet", ".pq"), _scanned("parquet"), _IN_BATCHES, remote=True),
    "arrow": Format((".arrow", ".feather", ".ipc"), _scanned("arrow"), _IN_BATCHES, remote=True),
    "ndjson": Format(
        (".ndjson", ".jsonl"), _scanned("ndjson"), f"an object a line, also gzipped; {_IN_BATCHES}", remote=True
    ),
    "json": Format((".json",), _json, "a list of objects, or of numbers or of such lists, also gzipped; read whole"),
    "xlsx": Format((".xlsx",), _excel, "the first sheet of an Excel file, read whole; `pip install '.[excel]'`"),
    "zip": Format((".zip",), _zip_in_zip, "one file of any other kind, unpacked to a temporary file"),
    "safetensors": Format((".safetensors",), _archive, "one of its tensors, in blocks; `pip install '.[safetensors]'`"),
    "pt": Format(
        (".pt", ".pth"), _archive, "a tensor, or one of a dict of tensors, `weights_only`, read whole; needs torch"
    ),
}
"""Every format by the name that ``--input-format`` takes."""

_MARK = b"\xef\xbb\xbf"
_MAGIC = {b"\x93NUMPY": "npy", b"PAR1": "parquet", b"ARROW1": "arrow"}
_PACKINGS = {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst"}
_ZIP = b"PK\x03\x04"
_FIRST_IN_ZIP = {
    r".*\.npy$": "npz",
    r"(\[Content_Types\]\.xml|_rels/|docProps/|xl/)": "xlsx",
    r"[^/]+/(data\.pkl|\.format_version|byteorder)$": "pt",
}
"""What the first file in a ZIP file is called, where it is no other file that was zipped."""
_BEGINNINGS = {
    rb"(\xef\xbb\xbf)?\s*\{\s*\"": "ndjson",
    rb"(\xef\xbb\xbf)?\s*\[\s*[\[{\d.-]": "json",
}
"""What else tells a format that no suffix names."""


def open_location(location: Location, options: ReadOptions, temporary: list[str], lean: bool = True) -> Table | Source:
    """Open a file, shards of one source, or standard input.

    Args:
        location: Where it lies.
        options: How to read it.
        temporary: Takes the names of files that are to be removed when the run is over.
        lean: Whether a small text may be read without polars.

    Raises:
        SourceError: Its format is unknown, or it is not what its suffix says.
    """
    if is_read_once(location):
        return _from_pipe(location, options, temporary, lean)
    return _open_as(options.input_format or format_of(location), location, options, temporary, lean)


def open_again(kept: str, location: Location, options: ReadOptions, temporary: list[str], lean: bool) -> Table | Source:
    """Open more of what could be read only once, and was kept in a temporary file."""
    suffix = suffix_of(kept)
    format = options.input_format or next(name for name, one in FORMATS.items() if suffix in one.suffixes)
    return _open_as(format, location._replace(files=(kept,)), options, temporary, lean)


def _open_as(format: str, location: Location, options: ReadOptions, temporary: list[str], lean: bool) -> Table | Source:
    if location.remote:
        from losscli.data.remote import fetched, in_one_piece, without_advice

        if FORMATS[format].remote and (format == "npy" or not in_one_piece(location.path)):
            with without_advice():
                return _read_as(format, location, options, temporary, lean)
        packed = Path(location.path).suffix if location.packed else ""
        kept = fetched(location.path, FORMATS[format].suffixes[0] + packed, temporary)
        location = location._replace(files=(kept,))
    return _read_as(format, location, options, temporary, lean)


def _read_as(format: str, location: Location, options: ReadOptions, temporary: list[str], lean: bool) -> Table | Source:
    if format == "zip":
        from losscli.data.unzip import unzipped

        location, options = unzipped(location, temporary), options.but(input_format=None)
        format = format_of(location) if location.suffix else "csv"  # pandas' to_csv("x.zip") calls the text in it "x"
    if format == "ndjson":
        location = _without_mark(location, temporary)
    return _text(location, options, lean) if format == "csv" else FORMATS[format].open(location, options)


def _without_mark(location: Location, temporary: list[str]) -> Location:
    """The location of NDJSON without the byte order mark that Windows writes, which polars takes for no JSON."""
    if location.remote or location.packed:
        return location
    files = []
    for name in location.files:
        with _explained(name), Path(name).open("rb") as file:
            marked = file.read(len(_MARK)) == _MARK
            files.append(_spool(b"", file, Path(name).suffix, temporary) if marked else name)
    return location._replace(files=tuple(files))


def format_of(location: Location) -> str:
    """The format that a suffix names."""
    suffix = location.suffix
    found = next((name for name, one in FORMATS.items() if suffix in one.suffixes), None)
    if found is None:
        known = " ".join(s for one in FORMATS.values() for s in one.suffixes)
        raise SourceError(
            f"{location.path}: unknown format {suffix or '(no suffix)'!r}.",
            f"losscli reads {known}; --input-format names it.",
        )
    return found


def is_read_once(location: Location) -> bool:
    """Whether it is standard input or a pipe."""
    return location.path == STDIN or (not location.remote and not location.many and not Path(location.path).is_file())


def _from_pipe(location: Location, options: ReadOptions, temporary: list[str], lean: bool) -> Table | Source:
    """What can be read only once: kept in memory while it is small, else in a temporary file."""
    stream: AbstractContextManager[IO[bytes]]
    with _explained(location.path):
        stream = nullcontext(_standard_input())
        if location.path != STDIN:
            stream = Path(location.path).open("rb")  # noqa: SIM115 (entered below)
        with stream as file:
            content = file.read(LEAN_BYTES + 1)
            packed = next((suffix for magic, suffix in _PACKINGS.items() if content.startswith(magic)), "")
            format = options.input_format or _recognised(_unpacked(content) if packed == ".gz" else content)
            small = len(content) <= LEAN_BYTES and not packed
            if small and format == "csv" and lean:
                return _lean(content, location.path, options)
            if small and format == "npy":
                from losscli.data.arrays.npy import parse_npy

                return parse_npy(content, location.path)
            kept = _spool(content, file, FORMATS[format].suffixes[0] + packed, temporary)
    return _open_as(format, location._replace(files=(kept,)), options, temporary, lean)


def _unpacked(content: bytes) -> bytes:
    """The beginning of what was gzipped; nothing where it is damaged, as its reader will tell."""
    try:
        return zlib.decompressobj(wbits=31).decompress(content, 1 << 10)
    except zlib.error:
        return b""


def _recognised(content: bytes) -> str:
    """The format that content begins like."""
    import re

    if content.startswith(_ZIP):
        length = int.from_bytes(content[26:28], "little")
        first = content[30 : 30 + length].decode(errors="replace")
        return next((name for look, name in _FIRST_IN_ZIP.items() if re.match(look, first)), "zip")
    by_magic = (name for magic, name in _MAGIC.items() if content.startswith(magic))
    by_look = (name for look, name in _BEGINNINGS.items() if re.match(look, content))
    return next(by_magic, None) or next(by_look, "csv")


def _standard_input() -> IO[bytes]:
    if sys.stdin is None:  # as Python says that the shell closed it (`<&-`)
        raise SourceError("-: standard input is closed.")
    return sys.stdin.buffer


def _spool(content: bytes, file: IO[bytes], suffix: str, temporary: list[str]) -> str:
    import shutil
    import tempfile

    fd, name = create(tempfile.gettempdir(), "losscli-", suffix)
    with os.fdopen(fd, "wb") as kept:
        temporary.append(name)
        kept.write(content)
        shutil.copyfileobj(file, kept, 1 << 20)
    return name

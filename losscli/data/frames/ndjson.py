"""NDJSON: its columns in the order of the first object, and no key twice in an object."""

from __future__ import annotations

import glob
import json
import math
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from losscli.data.frames.batches import Batches
from losscli.data.frames.problems import refuse_other_columns
from losscli.data.frames.scans import absolute, lines
from losscli.data.location import Location, natural
from losscli.errors import SourceError

_KEY = r'"(?:[^"\\]|\\.)*"\s*:'
_MAY_BE_ANOTHER = r"\\|\s:$"
"""What makes a key the same as another that is written otherwise: escapes, and blanks before the colon."""
_INNERMOST = r'\{[^{}"]*(?:"(?:[^"\\]|\\.)*"[^{}"]*)*\}'
"""An object that holds no object."""


def scan(location: Location) -> pl.LazyFrame:
    """The rows of all files, their columns in the order of the first object.

    Raises:
        SourceError: A key stands twice in an object, or files differ in their keys.
    """
    schemas = [_schema(file, file if location.many else location.path) for file in location.files]
    refuse_other_columns(location, [tuple(one) for one in schemas])
    # Polars maps local NDJSON into memory, and a file that is cut short while it is read would end the process by
    # a signal. At an address it reads.
    addresses = [file if "://" in file else Path(file).absolute().as_uri() for file in location.files]
    scans = [pl.scan_ndjson(address, schema=one) for address, one in zip(addresses, schemas, strict=True)]
    return pl.concat(scans, how="vertical_relaxed")


def place(location: Location, row: int, column: str) -> str:
    """Line and column as an editor counts: blank lines are no rows."""
    if len(location.files) > 1:
        return f"row {row} of its {len(location.files)} files, column {column!r}"
    filled = lines(location.files[0]).with_row_index("at").filter(pl.col("line").str.strip_chars() != "")
    found = filled.select("at").slice(row, 1).collect(engine="streaming")
    return f"line {int(found.item()) + 1 if len(found) else row + 1}, column {column!r}"


def _schema(file: str, name: str) -> dict[str, pl.DataType]:
    """The columns and their types, found in all lines: whole numbers at the beginning say nothing about the rest.

    Polars gives the keys of an object of more than 32 in any order, another one each time; here they come as in the
    first object, and further ones after them.
    """
    path = absolute(file)
    try:
        found = pl.scan_ndjson(path if "://" in path else glob.escape(path), infer_schema_length=None).collect_schema()
    except pl.exceptions.PolarsError:
        _refuse_bad_line(file, name)
        raise
    order = {key: i for i, key in enumerate(_first_keys(file))}
    names = sorted(found, key=lambda name: (order.get(name, len(order)), natural(name)))
    _refuse_repeated_keys(file, name, max(map(_depth, found.values()), default=0))
    return {name: found[name] for name in names}


def _first_keys(file: str) -> list[str]:
    first = lines(file).filter(pl.col("line").str.strip_chars() != "").head(1).collect().to_series()
    try:
        found = json.loads(first[0]) if len(first) else None
    except (ValueError, RecursionError):  # polars says what is wrong with it
        return []
    return list(found) if isinstance(found, dict) else []


def _refuse_bad_line(file: str, name: str) -> None:
    """Raise for the first line that is no object; polars tells what is wrong with it, and not where."""
    number = 0
    for number, line in _filled(file):
        try:
            found = json.loads(line, strict=False, parse_constant=_refuse_constant, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            reason, hint = getattr(error, "msg", str(error)), getattr(error, "hint", "")
            raise SourceError(f"{name}: line {number} is not JSON ({reason}).", hint) from error
        if not isinstance(found, dict):
            raise SourceError(f"{name}: line {number} is not a JSON object.", "an object a line is one row.")
    if not number:
        raise SourceError(f"{name}: is empty.")


def _filled(file: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, by their numbers."""
    done = 0
    for frame in Batches(lines(file)):
        for number, line in enumerate(frame.to_series().to_list(), done + 1):
            if line is not None and line.strip():
                yield number, line
        done += len(frame)


class _NoNumber(ValueError):
    hint = "null stands for a missing value, and --missing omit leaves such rows out."


def _refuse_constant(name: str) -> float:
    raise _NoNumber(f"it has no {name}")


def _finite(text: str) -> float:
    if math.isinf(float(text)):
        raise _NoNumber(f"{text} is past the largest float")
    return float(text)


def _refuse_repeated_keys(file: str, name: str, depth: int) -> None:
    """Polars takes the first value of a key that stands twice, others the last."""
    line = pl.col("line")
    if depth:  # without its first brace the line is not an object, and what is left has the outer keys alone
        line = line.str.strip_chars_start().str.slice(1)
        for _ in range(depth):
            line = line.str.replace_all(_INNERMOST, "0")
    keys = line.str.extract_all(_KEY)
    twice = keys.list.n_unique() < keys.list.len()
    in_other_words = keys.list.eval(pl.element().str.contains(_MAY_BE_ANOTHER)).list.any()
    found = lines(file).select(keys.alias("keys"), doubtful=twice | in_other_words).with_row_index().filter("doubtful")
    for frame in Batches(found.select("index", "keys")):
        for index, written in frame.rows():
            names = [json.loads(key.rstrip(": \t\r"), strict=False) for key in written]
            repeated = next((name for i, name in enumerate(names) if name in names[:i]), None)
            if repeated is not None:
                raise SourceError(
                    f"{name}: line {index + 1} has the key {repeated!r} twice.",
                    "an object has each key once; which of its values counts is not defined.",
                )


def _depth(kind: pl.DataType) -> int:
    """How deep objects are nested in a column."""
    if isinstance(kind, pl.Struct):
        return 1 + max((_depth(f.dtype) for f in kind.fields), default=0)
    return _depth(kind.inner) if isinstance(kind, pl.List) else 0

"""Delimited text: random tables written in random ways, and damaged, against Python's own ``csv``.

Where the delimiter and the header are given, ``csv`` says what the numbers are. Where they are found out there is no
reference but the two readers themselves, which have to agree there too.
"""

from __future__ import annotations

import csv
import io
import random
import re
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from fuzz.reading import Read, read
from fuzz.tables import damaged, table
from losscli.data import files

_NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|inf|infinity|nan)", re.ASCII | re.IGNORECASE)
_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?", re.ASCII)
_CUT_COMMENT = re.compile(rb"#[^\n]*\r[^\r\n]")
"""A comment with a bare return in it, which ``csv`` takes for the end of a line."""
_TRUTH = {"true": 1.0, "false": 0.0}
_MISSING = {"", "na", "n/a", "null", "none", "<na>", "#n/a", r"\n", "-nan", "#na"}


class Asked(NamedTuple):
    """What the reader is told, and which columns are chosen (None: all)."""

    delimiter: str
    header: bool
    missing: str
    chosen: list[str] | None


def case(seed: int, folder: Path) -> str | None:
    """A table as text, or a damaged one: what was written, what ``csv`` reads from it, or an error."""
    rng = random.Random(seed)
    written = table(rng)
    harmed = rng.random() < 0.7
    content = damaged(rng, written) if harmed else written.content
    (folder / "x.csv").write_bytes(content)
    numeric = range(len(written.numbers))
    among = range(len(written.names)) if harmed else numeric
    chosen = sorted(rng.sample(among, rng.randint(1, len(among)))) if rng.random() < 0.5 else list(numeric)
    told: dict[str, Any] = {"missing": rng.choice(["error", "error", "omit"])}
    if rng.random() < 0.7:
        told |= {"delimiter": written.dialect.delimiter, "header": written.dialect.header}
    text = _selection(chosen, written.names, written.dialect.header)
    names = text.partition("::")[2].split(",") if "::" in text else None
    asked = Asked(written.dialect.delimiter, written.dialect.header, told["missing"], names)
    lean, streamed = _both(text, told)
    about = f"{content!r} as {text} {told}"
    if not _agree(lean, streamed, harmed):
        return f"{about}: the readers differ: {lean.shown} and {streamed.shown}"
    if "delimiter" not in told or _CUT_COMMENT.match(content):
        return None
    truth = _reference(content, asked) if harmed else _array([written.numbers[i] for i in chosen])
    for ours in (lean, streamed):
        # Of no rows there is no loss: to have read none is to refuse them.
        right = ours.values is None or not len(ours.values) if isinstance(truth, str) else ours.same(truth)
        if not right and not (harmed and ours.values is None):
            return f"{about}: {ours.shown}, and csv says {truth if isinstance(truth, str) else truth.tolist()}"
    return None


def _selection(chosen: list[int], names: list[str], header: bool) -> str:
    if chosen == list(range(len(names))):
        return "x.csv"
    return "x.csv::" + ",".join(names[i] if header else str(i + 1) for i in chosen)


def _both(text: str, told: dict[str, Any]) -> tuple[Read, Read]:
    lean = read(text, **told)
    with mock.patch.object(files, "LEAN_BYTES", -1):
        return lean, read(text, **told)


def _agree(one: Read, other: Read, harmed: bool) -> bool:
    """Whether the readers say the same; damage that one of them refuses, the other may read if it reads it rightly."""
    if one.values is None or other.values is None:
        return harmed or (one.values is None and other.values is None)
    return one.same(other.values)


def _array(columns: list[list[float]]) -> np.ndarray:
    return np.array(columns[0]) if len(columns) == 1 else np.array(columns).T


def _reference(content: bytes, asked: Asked) -> np.ndarray | str:
    """The numbers by Python's ``csv``, or why there are none."""
    try:
        text = content.decode("utf-8-sig").replace("\r\r\n", "\n")
        # Blanks between a quote and the delimiter are no part of the cell.
        blanks, ends = "[ ]+" if asked.delimiter == "\t" else "[ \t]+", rf"[\r\n]|{re.escape(asked.delimiter)}"
        text = re.sub(rf'"{blanks}(?={ends}|$)', '"', text)
        # A quote after a blank is one of the cell's own letters, unless another ends it.
        inside = rf'[^"\r\n{re.escape(asked.delimiter)}]'
        text = re.sub(rf'(^|{ends}){blanks}"({inside}*"{inside}+)(?={ends}|$)', r"\1q\2", text)
        text = re.sub(rf'(^|{ends}){blanks}(?=")', r"\1", text)
        given = io.StringIO(text, newline="")
        rows = list(csv.reader(given, delimiter=asked.delimiter, skipinitialspace=True, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        return f"{error}"
    while rows and _is_blank(rows[-1], asked.delimiter):
        rows.pop()
    if rows and _is_blank(rows[0], asked.delimiter):
        rows[0] = [""]  # it does not tell how many cells there are
    if rows and rows[0][0].startswith("#"):
        rows[0][0] = rows[0][0][1:].strip()  # as numpy.savetxt marks its header
        # Above a row of another length, or that is a header itself, it is a comment.
        points = any(_POINT.fullmatch(cell.strip()) for row in rows[1:100] for cell in row)
        names = not rows[1:] or (len(rows[0]) == len(rows[1]) and not _has_word(rows[1:2], asked.delimiter, points))
        rows = rows if asked.header and names else rows[1:]
    if len(rows) <= asked.header:
        return "that it has no rows"
    columns = [cell.strip() for cell in rows[0]] if asked.header else [str(i + 1) for i in range(len(rows[0]))]
    if asked.header and all(len(row) == len(columns) + 1 for row in rows[1:] if not _is_blank(row, asked.delimiter)):
        columns = ["", *columns]  # as R writes the names of rows
    chosen = [i for i, name in enumerate(columns) if asked.chosen is None or name in asked.chosen]
    if not chosen:
        return "that it has no such column"
    return _numbers(rows[asked.header :], len(columns), chosen, asked.missing, asked.delimiter)


def _has_word(rows: list[list[str]], delimiter: str, points: bool) -> bool:
    """Whether a cell is neither a number nor a missing value; with points for decimals, one with a comma is."""
    cells = (cell.strip() if points else _decimal(cell.strip(), delimiter) for row in rows for cell in row)
    return any(cell.lower() not in _MISSING and not _NUMBER.fullmatch(cell) for cell in cells)


def _is_blank(row: list[str], delimiter: str) -> bool:
    """Whether the line of a row holds nothing but white space."""
    return (len(row) < 2 or delimiter == "\t") and not any(cell.strip() for cell in row)


def _decimal(cell: str, delimiter: str) -> str:
    """A cell has a decimal comma where commas part no cells."""
    return cell.replace(",", ".") if delimiter != "," and cell.count(",") == 1 and "." not in cell else cell


def _numbers(rows: list[list[str]], width: int, chosen: list[int], missing: str, mark: str) -> np.ndarray | str:
    found = []
    for row in rows:
        if len(row) != width and not _is_blank(row, mark):
            return f"that a row has {len(row)} cells and not {width}"
        cells = (
            [""] * len(chosen)
            if _is_blank(row, mark)
            else [_decimal(row[i].strip().strip("\ufeff"), mark) for i in chosen]
        )
        lacks = [cell.lower() in _MISSING for cell in cells]
        if any(lacks) and missing == "error":
            return "that a value is missing"
        known = [
            lack or cell.lower() in _TRUTH or _NUMBER.fullmatch(cell) for cell, lack in zip(cells, lacks, strict=True)
        ]
        if not all(known):
            return f"that {cells[known.index(None)]!r} is not a number"
        if not any(lacks):
            found.append([_TRUTH[cell.lower()] if cell.lower() in _TRUTH else float(cell) for cell in cells])
    values = np.array(found).reshape(-1, len(chosen))
    return values[:, 0] if len(chosen) == 1 else values

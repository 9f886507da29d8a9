"""What is said about text that cannot be read: one sentence each, the same from both readers."""

from __future__ import annotations

import re

from losscli.errors import SourceError

_THOUSANDS = r"[+-]?\d{1,3}(?:([ ',.\u00a0\u202f])\d{3})(?:\1\d{3})*(?:[.,]\d+)?"


def not_text(name: str, error: UnicodeDecodeError) -> SourceError:
    """Bytes that are no UTF-8."""
    hint = "iconv -f latin1 -t utf-8 converts text of another encoding; a binary file needs its own suffix, e.g. .npy."
    return SourceError(f"{name}: is not UTF-8 text (byte {error.start}).", hint)


def no_rows(name: str) -> SourceError:
    """A header alone."""
    return SourceError(f"{name}: has a header but no rows.", "--no-header reads the first row as data.")


def open_quote(name: str, number: int) -> SourceError:
    """A line with a quote that is not closed, or that would take whole rows into its cell."""
    return SourceError(
        f"{name}: line {number} has a quote that is not closed.", "a quote inside a quoted cell is written twice."
    )


def unsplittable(name: str, number: int, why: str) -> SourceError:
    """A line that breaks the rules of quotes, or holds a carriage return that ends no line."""
    if "new-line" in why:
        return SourceError(
            f"{name}: line {number} holds a carriage return, though other lines end in a line feed.",
            "give all lines the same end.",
        )
    if "expected after" in why:
        return SourceError(
            f"{name}: line {number} has a cell that goes on after its closing quote.",
            "a quote inside a quoted cell is written twice.",
        )
    return SourceError(f"{name}: line {number} cannot be split into cells ({why}).", "is it a table at all?")


def endless_line(name: str, limit: int) -> SourceError:
    """A line that is longer than any row."""
    return SourceError(f"{name}: holds a line of more than {limit >> 20} MiB.", "is it a table at all?")


def skippable_frames(name: str) -> SourceError:
    """Zstandard as pzstd writes it."""
    return SourceError(
        f"{name}: is Zstandard in frames that are to be skipped, as pzstd writes it.", f"zstd -dc {name} | losscli … -"
    )


def blank_line(name: str, number: int) -> SourceError:
    """A blank line in the middle of the data."""
    return SourceError(
        f"{name}: line {number} is blank, in the middle of the data.",
        "it cannot be skipped without pairing the wrong rows; --missing omit leaves the row out of every input.",
    )


def ragged(name: str, number: int, found: int, expected: int, by_header: bool) -> SourceError:
    """A row of another width than the rows (or the header) before it."""
    if by_header:
        return SourceError(
            f"{name}: the header names {expected} column{'s' * (expected > 1)}, the rows have {found}.",
            "--no-header if the first row is data.",
        )
    return SourceError(
        f"{name}: line {number} has {found} cells, the rows before it {expected}.",
        "--delimiter names the character between cells.",
    )


def bad_cell(place: str, cell: str, columns: int) -> SourceError:
    """A cell that is not a number, in a file of so many columns."""
    if re.fullmatch(_THOUSANDS, cell) and not re.fullmatch(r"[+-]?\d+,\d+", cell):
        hint = "losscli reads numbers without separators of thousands: write 1234.5."
    elif re.fullmatch(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?", cell):
        hint = "--decimal , reads decimal commas; separators of thousands are not read."
    elif re.fullmatch(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?", cell):
        hint = "its numbers have decimal commas; --decimal . reads decimal points."
    elif columns > 1:
        hint = "choose the columns of numbers: PATH::COLUMN, PATH::c0..c9; --na-values names words for missing values."
    else:
        hint = "only the first line may be a name; a missing value is an empty line, left out by --missing omit."
    return SourceError(f"{place}: {cell!r} is not a number.", hint)

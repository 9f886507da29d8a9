"""Delimited text through polars: large, compressed or in shards."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from losscli.data.frames.cells import Cells
from losscli.data.frames.problems import explained, refuse_other_columns
from losscli.data.frames.scans import lines as lines_of
from losscli.data.frames.table import FrameTable
from losscli.data.location import Location
from losscli.data.source import UNKNOWN_ROWS
from losscli.data.table import Table
from losscli.data.text.complaints import blank_line, no_rows, not_text
from losscli.data.text.endless import refuse_endless
from losscli.data.text.grammar import HEAD_LINES, NA_WORDS, Head, is_number, read_head, split_lines
from losscli.data.text.lean import LeanTable
from losscli.data.text.queries import CsvText, expression
from losscli.errors import LossCLIError, SourceError
from losscli.knobs.options import ReadOptions

_HEAD_BYTES = 1 << 16


def open_text(location: Location, options: ReadOptions) -> Table | None:
    """Open text for polars; None for text that polars cannot split.

    Raises:
        SourceError: It is no text, or its shards differ in their columns.
    """
    with explained(location.text):
        for file in location.files:
            refuse_endless(file)
        return _csv(location, options)


def _head(file: str, name: str, options: ReadOptions, shard: bool = False) -> Head:
    found = split_lines(_first_text(file))[:HEAD_LINES]
    while found and not found[-1].strip():
        found.pop()
    if not found:
        raise SourceError(f"{name}: is empty.")
    if not found[0].strip():
        raise blank_line(name, 1)
    head = read_head(found, name, options)
    if not head.rows and not shard and len(found) == head.skip:
        raise no_rows(name)
    if len(found) > head.skip and not found[head.skip].strip() and options.missing == "error":
        raise blank_line(name, head.first_line)
    return head


def _first_text(file: str) -> str:
    """Whole lines from the beginning of a file."""
    if "://" in file or file.lower().endswith((".gz", ".zst")):
        return "\n".join(lines_of(file).head(HEAD_LINES).collect().to_series().fill_null("").to_list())
    with Path(file).open("rb") as opened:
        content = opened.read(_HEAD_BYTES)
        while content.count(b"\n") < 2 and (more := opened.read(len(content))):
            content += more
        whole = not opened.read(1)
    # The last character may be cut; any other must be UTF-8.
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(content)
    except UnicodeDecodeError as error:
        raise not_text(file, error) from error
    return text if whole or "\n" not in text else text[: text.rfind("\n")]


def _csv(location: Location, options: ReadOptions) -> FrameTable | None:
    if any("\r" in (_first_text(file) + "\n").replace("\r\n", "\n") for file in location.files):
        return None  # to polars, these returns are no part of a line's end
    many = location.many
    heads = [_head(file, file if many else location.path, options, shard=many) for file in location.files]
    head = heads[0]
    refuse_other_columns(location, [h.columns for h in heads])
    if head.delimiter is None:
        return None
    text = CsvText(location, heads, options)
    table = FrameTable(
        location.path,
        "csv",
        {c: pl.String if head.is_text(c) else pl.Float64 for c in head.columns},
        text.query,
        rows=None,
        explain=text.explain,
        place=text.place,
        missing=options.missing,
    )
    table.stream.blank_end, table.stream.batches = text.blank_end, text.batches
    table.explain_missing, table.check_rows = text.explain_missing, text.check_rows
    table.header, table.notes, table.remarks = head.header, head.notes, head.remarks
    table.missing_words = _missing_words(head)
    table.numbered_header, table.decimals_below = head.numbered, head.decimals
    table.counted = text.count
    table.reopen = lambda header: open_text(location, options.but(header=header)) or table
    table.expected_rows = _expected_rows(location, head)
    return table


def _missing_words(head: Head) -> frozenset[str]:
    return head.missing | {word for word in NA_WORDS if not is_number(word)}


def odd_text(location: Location, options: ReadOptions) -> bytes:
    """The lines of all files, headers but the first left out: for text that only the lean reader can split."""
    first, *others = location.files
    frames = [lines_of(first), *(lines_of(file).slice(_head(file, file, options, shard=True).skip) for file in others)]
    with explained(location.path):  # polars splits lines at the character \1
        lines = pl.concat(frames).collect().to_series().fill_null("").to_list()
    return "\n".join(lines).encode()


def in_memory(table: LeanTable, options: ReadOptions) -> FrameTable:
    """A small text table for polars: what only the lean reader can split."""
    columns = {c: table.texts(c).read(0, UNKNOWN_ROWS).tolist() for c in table.columns}
    frame = pl.LazyFrame(columns, schema=dict.fromkeys(table.columns, pl.String))
    places = {column: i for i, column in enumerate(table.columns)}

    def explain(error: Exception, wanted: Sequence[Cells]) -> Exception | None:
        try:
            table.numbers([w.column for w in wanted if not w.as_text])
        except LossCLIError as better:
            return better
        return None

    made = FrameTable(
        table.name,
        "csv",
        {c: pl.String if table.is_text(c) else pl.Float64 for c in table.columns},
        lambda wanted: frame.select([expression(pl.nth(places[w.column]), w, table.head) for w in wanted]),
        rows=None,
        explain=explain,
        place=table.place,
        missing=options.missing,
    )
    made.header, made.notes, made.remarks = table.header, table.notes, table.head.remarks
    made.missing_words = _missing_words(table.head)
    made.numbered_header, made.decimals_below = table.numbered_header, table.decimals_below
    made.counted = table.count
    made.reopen = lambda header: in_memory(table.with_header(header), options)
    return made


def _expected_rows(location: Location, head: Head) -> int | None:
    if location.remote or location.packed or not head.rows:
        return None
    row = sum(len(",".join(cells)) + 1 for cells in head.rows) / len(head.rows)
    return int(sum(Path(file).stat().st_size for file in location.files) / row)

"""Delimited text through polars: large, compressed or in shards."""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from losscli.data import ReadOptions
from losscli.data.frames.problems import explained, refuse_other_columns, unreadable
from losscli.data.frames.scans import absolute
from losscli.data.frames.scans import lines as _lines
from losscli.data.frames.table import AS_TEXT, FrameTable, bare
from losscli.data.location import Location
from losscli.data.source import UNKNOWN_ROWS, missing_error
from losscli.data.table import Table
from losscli.data.text.lean import (
    Head,
    LeanTable,
    bad_cell,
    blank_line,
    is_number,
    no_rows,
    not_text,
    open_quote,
    ragged,
    read_head,
    split_cells,
    unsplittable,
)
from losscli.errors import LossCLIError, SourceError

_HEAD_LINES = 100
_HEAD_BYTES = 1 << 16


def open_text(location: Location, options: ReadOptions) -> Table | None:
    """Open text for polars; None for text that polars cannot split.

    Raises:
        SourceError: It is no text, or its shards differ in their columns.
    """
    with explained(location.text):
        return _csv(location, options)


def _head(file: str, name: str, options: ReadOptions, shard: bool = False) -> Head:
    found = _first_lines(file)
    while found and not found[-1].strip():
        found.pop()
    if not found:
        raise SourceError(f"{name}: is empty.")
    if not found[0].strip():
        raise blank_line(name, 1)
    with unsplittable(name):
        head = read_head(found, name, options)
    if not head.rows and not shard:
        raise no_rows(name)
    if head.rows and not head.rows[0]:
        raise blank_line(name, head.first_line)
    return head


def _first_lines(file: str) -> list[str]:
    if "://" in file or file.lower().endswith((".gz", ".zst")):
        found = _lines(file).head(_HEAD_LINES).collect().to_series()
        return [line.rstrip("\r") for line in found.fill_null("").to_list()]
    size = _HEAD_BYTES
    with Path(file).open("rb") as opened:
        content = opened.read(size)
        while content.count(b"\n") < 2 and (more := opened.read(size)):
            content += more
    # The last character may be cut; any other must be UTF-8.
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(content)
    except UnicodeDecodeError as error:
        raise not_text(file, error) from error
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1][:_HEAD_LINES] or lines


def _csv(location: Location, options: ReadOptions) -> FrameTable | None:
    if any("\r" in line for file in location.files for line in _first_lines(file)):
        return None  # lines that end in a bare carriage return are one line to polars
    many = location.many
    heads = [_head(file, file if many else location.path, options, shard=many) for file in location.files]
    head = heads[0]
    refuse_other_columns(location, [h.columns for h in heads])
    if head.delimiter is None:
        return None
    text = CsvText(location, head)
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
    table.stream.blank_end = text.blank_end
    table.explain_missing, table.check_rows = text.explain_missing, text.check_rows
    table.header, table.notes = head.header, head.notes
    table.numbered_header, table.decimals_below = head.numbered, head.decimals
    table.reopen = lambda header: open_text(location, replace(options, header=header)) or table
    table.expected_rows = _expected_rows(location, head)
    return table


def odd_text(location: Location, options: ReadOptions) -> bytes:
    """The lines of all files, headers but the first left out: for text that only the lean reader can split."""
    header = location.many and _head(location.files[0], location.path, options).header
    frames = [_lines(file).slice(int(header and i > 0)) for i, file in enumerate(location.files)]
    lines = pl.concat(frames).collect().to_series().fill_null("").to_list()
    return "\n".join(lines).encode()


def in_memory(table: LeanTable, options: ReadOptions) -> FrameTable:
    """A small text table for polars: what only the lean reader can split."""
    columns = {c: table.texts(c).read(0, UNKNOWN_ROWS).tolist() for c in table.columns}
    frame = pl.LazyFrame(columns, schema=dict.fromkeys(table.columns, pl.String))
    places = {column: i for i, column in enumerate(table.columns)}

    def column(wanted: str) -> pl.Expr:
        found = pl.nth(places[bare(wanted)])
        found = pl.when(found != "").then(found)
        return (found if wanted.startswith(AS_TEXT) else found.cast(pl.Float64)).alias(wanted)

    def explain(error: Exception, wanted: list[str]) -> Exception:
        try:
            table.numbers([bare(w) for w in wanted if not w.startswith(AS_TEXT)])
        except LossCLIError as better:
            return better
        return unreadable(table.name, error)

    made = FrameTable(
        table.name,
        "csv",
        {c: pl.String if table.is_text(c) else pl.Float64 for c in table.columns},
        lambda wanted: frame.select([column(w) for w in wanted]),
        rows=None,
        explain=explain,
        place=table.place,
        missing=options.missing,
    )
    made.header, made.notes = table.header, table.notes
    made.numbered_header, made.decimals_below, made.rows_below = (
        table.numbered_header,
        table.decimals_below,
        table.rows_below,
    )
    made.reopen = lambda header: in_memory(table.with_header(header), options)
    return made


def _expected_rows(location: Location, head: Head) -> int | None:
    if location.remote or location.packed or not head.rows:
        return None
    row = sum(len(",".join(cells)) + 1 for cells in head.rows) / len(head.rows)
    return int(sum(Path(file).stat().st_size for file in location.files) / row)


class CsvText:
    """Delimited text as queries: fast, and careful where the fast one stumbles over blanks around numbers."""

    def __init__(self, location: Location, head: Head) -> None:
        self._files, self._name, self._head = location.files, location.path, head
        self._careful = False
        self._quoted = any('"' in line for file in self._files for line in _first_lines(file))
        self._checked = False
        if self._quoted:
            self._refuse_open_quotes()

    def _refuse_open_quotes(self) -> None:
        """A quote that is not closed would take all lines up to the next one into its cell."""
        odd = pl.col("line").str.count_matches('"', literal=True) % 2 == 1
        for file in self._files:
            found = _lines(file).select(pl.arg_where(odd)).head(1).collect(engine="streaming")
            if len(found):
                raise open_quote(self._name if len(self._files) == 1 else file, int(found.item()) + 1)

    def query(self, wanted: list[str]) -> pl.LazyFrame:
        """The wanted columns, numbers as float64."""
        texts = {bare(w) for w in wanted if w.startswith(AS_TEXT)}
        numbers = {bare(w) for w in wanted if not w.startswith(AS_TEXT)}
        fast = numbers - texts if not self._careful else set()
        # Names in the file may repeat; positions do not.
        schema = {str(i): pl.Float64 if c in fast else pl.String for i, c in enumerate(self._head.columns)}
        select = [self._column(w, fast) for w in wanted]
        return pl.concat([self._scan(file, schema).select(select) for file in self._files])

    def _scan(self, file: str, schema: dict[str, Any]) -> pl.LazyFrame:
        return pl.scan_csv(
            absolute(file),
            has_header=False,
            skip_lines=int(self._head.header),
            quote_char='"' if self._quoted else None,
            separator=self._head.delimiter or ",",
            schema=schema,
            glob=False,
        )

    def _column(self, wanted: str, fast: set[str]) -> pl.Expr:
        column = bare(wanted)
        found = pl.col(str(self._head.columns.index(column)))
        if column not in fast:
            trimmed = found.str.strip_chars()
            if not wanted.startswith(AS_TEXT):  # to polars a quote after a blank is part of the cell
                trimmed = trimmed.str.strip_prefix('"').str.strip_suffix('"')
            found = pl.when(trimmed != "").then(trimmed)
            found = found if wanted.startswith(AS_TEXT) else found.cast(pl.Float64)
        return found.alias(wanted)

    def explain(self, error: Exception, wanted: list[str]) -> Exception | None:
        """Our error for what polars refused; None if a more careful query may take it."""
        if not isinstance(error, pl.exceptions.PolarsError):
            return error if isinstance(error, LossCLIError) else unreadable(self._name, error)
        try:
            located = self._locate([bare(w) for w in wanted if not w.startswith(AS_TEXT)])
            if located is None and not self._careful:
                self._careful = self._quoted = True
                self._refuse_open_quotes()
                return None
        except (pl.exceptions.PolarsError, LossCLIError) as other:
            return other if isinstance(other, LossCLIError) else unreadable(self._name, other)
        return located or unreadable(self._name, error)

    def check_rows(self) -> None:
        """Raise if a row has too few cells, which polars fills up with nulls."""
        if self._checked or self._quoted or len(self._head.columns) == 1:
            return
        self._checked = True
        cells = pl.col("line").str.count_matches(self._head.delimiter or ",", literal=True) + 1
        short = pl.col("line").is_not_null() & (cells < len(self._head.columns))
        found = self._rows().with_row_index().filter(short).head(1).collect(engine="streaming")
        if len(found) and found["line"][0].strip():
            row, line = int(found["index"][0]), found["line"][0]
            number, count = row + self._head.first_line, len(split_cells(line, self._head.delimiter))
            raise ragged(self._name, number, count, len(self._head.columns), not row and self._head.header)

    def _locate(self, columns: list[str]) -> SourceError | None:
        """The first row that is ragged, or cell that is no number."""
        width, at = len(self._head.columns), [self._head.columns.index(c) for c in columns]
        row = 0
        for batch in self._rows().collect_batches():
            for line in batch.to_series().fill_null("").to_list():
                cells = split_cells(line, self._head.delimiter)
                if line.strip() and len(cells) != width:
                    return ragged(
                        self._name, row + self._head.first_line, len(cells), width, not row and self._head.header
                    )
                for i in at if line.strip() else ():
                    if cells[i].strip() and not is_number(cells[i].strip()):
                        place = f"{self._name}: {self.place(row, self._head.columns[i])}"
                        return bad_cell(place, cells[i].strip(), width)
                row += 1
        return None

    def _rows(self) -> pl.LazyFrame:
        return pl.concat([_lines(file).slice(int(self._head.header)) for file in self._files])

    def explain_missing(self, count: int, row: int, column: str) -> Exception:
        """What a null is: an empty cell, a blank line or a row that is too short."""
        line = self._rows().slice(row, 1).collect().to_series().fill_null("").item()
        cells = split_cells(line, self._head.delimiter)
        if not line.strip():
            return blank_line(self._name, row + self._head.first_line)
        if line.strip() and len(cells) != len(self._head.columns):
            at = row + self._head.first_line
            return ragged(self._name, at, len(cells), len(self._head.columns), not row and self._head.header)
        return missing_error(self._name, count, self.place(row, column))

    def place(self, row: int, column: str) -> str:
        """Line and column as an editor counts."""
        if len(self._files) > 1:
            return f"row {row} of its {len(self._files)} files, column {column!r}"
        line = f"line {row + self._head.first_line}"
        if not self._head.header and len(self._head.columns) == 1:
            return line
        return f"{line}, column {column!r}" if self._head.header else f"{line}, column {column}"

    def blank_end(self) -> int:
        """How many blank lines end the last file."""
        lines = _lines(self._files[-1]).with_row_index()
        filled = lines.filter(pl.col("line").str.strip_chars() != "").select(pl.col("index").max())
        total = _lines(self._files[-1]).select(pl.len()).collect(engine="streaming").item()
        return int(total) - 1 - int(filled.collect(engine="streaming").item() or 0)

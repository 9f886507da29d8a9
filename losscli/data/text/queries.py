"""Delimited text as queries of polars: what the grammar says, in its expressions.

A fast query reads numbers as numbers. Where it meets what it cannot read (blanks around a number, a word, nothing),
polars leaves a null, and from that batch on a careful query reads text and makes numbers of it by the grammar. What
polars does not tell by itself, quotes out of place and rows that are too short, is looked for where it may be.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Container, Generator, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import polars as pl

from losscli.data.frames.batches import Batches
from losscli.data.frames.cells import Cells
from losscli.data.frames.scans import absolute
from losscli.data.frames.scans import lines as lines_of
from losscli.data.location import Location
from losscli.data.source import missing_error
from losscli.data.text.complaints import bad_cell, blank_line, open_quote
from losscli.data.text.grammar import NA_WORDS, QUOTE, TRUTH, Head, is_number
from losscli.data.text.survey import delimiters_without_quotes
from losscli.errors import LossCLIError
from losscli.knobs.options import ReadOptions

_SEARCHED_AT_ONCE = 1 << 18
_NO_NUMBERS = tuple(word for word in NA_WORDS if not is_number(word))
_QUOTED = '"(?:[^"]|"")*"'


def expression(cell: pl.Expr, wanted: Cells, head: Head) -> pl.Expr:
    """A column by the grammar: its text, or the numbers in it; null where a value is missing."""
    text = cell.str.strip_chars()
    # To polars a quote after a blank is part of the cell.
    text = (
        pl.when(cell.str.contains(r"^\s"))
        .then(text.str.replace(r'(?s)^"(.*)"$', "$1").str.strip_chars())
        .otherwise(text)
    )
    if wanted.as_text:
        return pl.when(text != "").then(text).alias(wanted.label)
    missing = ["", *head.missing, *_NO_NUMBERS]
    text = pl.when(~text.is_in(missing)).then(text)
    if head.is_truth(wanted.column):
        number = text.str.to_lowercase().replace_strict(TRUTH, return_dtype=pl.Float64)
    elif head.decimal == ",":
        number = text.str.replace_all(".", "_", literal=True).str.replace(",", ".", literal=True).cast(pl.Float64)
    else:
        number = text.cast(pl.Float64)
    return number.alias(wanted.label)


class CsvText:
    """The files of one source.

    Args:
        location: Where they lie.
        heads: What the beginning of each tells.
        options: How they are read.
    """

    def __init__(self, location: Location, heads: list[Head], options: ReadOptions) -> None:
        self._files, self._name, self._heads, self._options = location.files, location.path, heads, options
        self._head = heads[0]
        self._width = len(self._head.columns)
        self._places = {column: str(i) for i, column in enumerate(self._head.columns)}
        self._quotes_checked = self._width_checked = self._quoted = False
        self._delimiters: int | None = None
        self._spans: list[tuple[int, int]] = []
        """Rows that take several lines, each with how many more lines than rows there are up to it."""

    def query(self, wanted: Sequence[Cells]) -> pl.LazyFrame:
        """The wanted cells by the grammar, for well-formed text: see :meth:`check_rows`."""
        return self._texts().select(self._expressions(wanted))

    def _texts(self) -> pl.LazyFrame:
        return self._scan([pl.String] * self._width)

    def _expressions(self, wanted: Sequence[Cells]) -> list[pl.Expr]:
        return [expression(pl.col(self._place(w)), w, self._head) for w in wanted]

    def _place(self, wanted: Cells) -> str:
        # Names in the file may repeat; positions do not.
        return self._places[wanted.column]

    def _scan(self, types: list[type[pl.DataType]], quotes: bool = True) -> pl.LazyFrame:
        return pl.concat(
            [self._scan_one(file, head, types, quotes) for file, head in zip(self._files, self._heads, strict=True)]
        )

    def _scan_one(self, file: str, head: Head, types: list[type[pl.DataType]], quotes: bool) -> pl.LazyFrame:
        return pl.scan_csv(
            absolute(file),
            has_header=False,
            skip_lines=head.skip,
            quote_char=QUOTE if quotes else None,
            separator=self._head.delimiter or ",",
            schema={str(i): kind for i, kind in enumerate(types)},
            null_values=list(self._head.missing) or None if pl.Float64 in types else None,
            ignore_errors=True,
            glob=False,
        )

    def batches(self, wanted: Sequence[Cells]) -> Generator[pl.DataFrame, None, None]:
        """The rows of the wanted columns, in order, beside what else the files hold; polars begins at once."""
        fast = self._fast(wanted)
        self._look_at_ends()
        named = {self._place(w): w.label for w in wanted}
        last = named.get(str(self._width - 1), str(self._width - 1))
        slow = [w for w in wanted if w not in fast]
        others = [pl.col(place) for place in self._places.values() if place not in named]
        texts = self._texts().select(*self._expressions([*fast, *slow]), *others)
        if not fast:
            self._check_quotes()
            return self._checked(Batches(texts), last)
        # Where all cells are to be numbers, a quote is none, and is met. Elsewhere it may hide.
        numbers_alone = len(fast) == self._width
        delimiters = None if numbers_alone else self._delimiters_without_quotes()
        if delimiters is not None:  # which tell of cells too many: to see that none lacks takes the last one alone
            others = [] if str(self._width - 1) in named else [pl.col(last)]
        elif not numbers_alone:
            self._check_quotes()
        # Else all columns are read, wanted or not: only then does polars see that a row has too many cells.
        as_numbers = set(fast.values())
        types = [self._type(place, as_numbers, named) for place in self._places.values()]
        numbers = [pl.col(place).alias(w.label) for w, place in fast.items()]
        scan = self._scan(types, quotes=not numbers_alone and delimiters is None)
        begun = Batches(scan.select(*numbers, *self._expressions(slow), *others))
        return self._numbers_or(texts, begun, [w.label for w in fast], last, delimiters)

    def _look_at_ends(self) -> None:
        """Behind the last delimiter of a file there may be one cell too many that polars does not see; and it takes a
        quote near the end for closed even if it is not.
        """
        ends = [_end(file) for file in self._files]
        if any(QUOTE.encode() in end for end in ends):
            self._check_quotes()
        if any(end.endswith((self._head.delimiter or ",").encode()) for end in ends):
            self.check_rows()

    def _delimiters_without_quotes(self) -> int | None:
        """How many delimiters the rows have; None where files hold quotes, or would have to be unpacked to know."""
        delimiter = (self._head.delimiter or ",").encode()
        unknown = self._quotes_checked or len(delimiter) > 1 or any(map(_remote_or_packed, self._files))
        if unknown or self._delimiters is not None:
            return self._delimiters
        found = 0
        for file, head in zip(self._files, self._heads, strict=True):
            count = delimiters_without_quotes(file, head.skip, delimiter, QUOTE.encode())
            if count is None:
                return None
            found += count
        self._quotes_checked, self._delimiters = True, found  # there are no quotes
        return found

    def _numbers_or(
        self, texts: pl.LazyFrame, begun: Batches, fast: list[str], last: str, delimiters: int | None
    ) -> Generator[pl.DataFrame, None, None]:
        """What polars reads as numbers by itself; from where it cannot, what the grammar makes of the text.

        Raises:
            SourceError: There are more delimiters than the rows take, if these were counted.
        """
        done = 0
        with closing(begun) as frames, suppress(pl.exceptions.PolarsError):  # of which the text will tell
            for frame in frames:
                if any(frame[w].null_count() for w in fast):
                    break
                self._check_last(frame[last])
                yield frame
                done += len(frame)
            else:
                self._check_delimiters(done, delimiters)
                return
        self._check_quotes()
        with closing(self._checked(Batches(texts.slice(done)), last)) as careful:
            for frame in careful:
                yield frame
                done += len(frame)
        self._check_delimiters(done, delimiters)

    def _check_delimiters(self, rows: int, found: int | None) -> None:
        """Where no row is too short, one that is too wide has delimiters too many."""
        if found is not None and found != rows * (self._width - 1):
            self._check_width()

    def _checked(self, begun: Batches, last: str) -> Generator[pl.DataFrame, None, None]:
        with closing(begun) as frames:
            for frame in frames:
                self._check_last(frame[last])
                yield frame

    def _type(self, place: str, fast: set[str], named: Container[str]) -> Any:
        """What a cell is read as; a truth value is the cheapest, where nobody looks but at the last of a row."""
        if place in fast:
            return pl.Float64
        return pl.String if place in named or place == str(self._width - 1) else pl.Boolean

    def _fast(self, wanted: Sequence[Cells]) -> dict[Cells, str]:
        """The wanted columns that polars may read as numbers by itself, and their places."""
        if self._head.decimal == ",":
            return {}  # it would take points too
        slow = {w.column for w in wanted if w.as_text or self._head.is_truth(w.column)}
        return {w: self._place(w) for w in wanted if w.column not in slow}

    def _check_last(self, last: pl.Series) -> None:
        if self._width > 1 and not self._width_checked and last.null_count():
            self._check_width()

    def check_rows(self) -> None:
        """Raise if a quote is out of place, or a row has too many or too few cells."""
        self._check_quotes()
        self._check_width()

    def _check_width(self) -> None:
        if self._width_checked:
            return
        self._width_checked = True
        if self._spans:
            self._raise_first([])
            return
        line = pl.col("line")
        bare_line = line.str.replace_all(_QUOTED, "") if self._quoted else line
        wrong = bare_line.str.count_matches(self._head.delimiter or ",", literal=True) + 1 != self._width
        for file, head in zip(self._files, self._heads, strict=True):
            rows = lines_of(file).with_row_index("number", offset=1).slice(head.skip)
            for found in Batches(rows.filter(wrong & (line.str.strip_chars() != ""))):
                for number, text in found.rows():  # a quote inside a cell may have hidden a delimiter here
                    head.check_width(len(head.split(text.rstrip("\r"), number)), number)

    def _check_quotes(self) -> None:
        """Raise where a quote is out of place; it would take all lines up to the next one into its cell."""
        if self._quotes_checked:
            return
        self._quotes_checked = True
        for file, head in zip(self._files, self._heads, strict=True):
            if _remote_or_packed(file) or _holds_quote(file):
                self._check_quotes_of(file, head)

    def _check_quotes_of(self, file: str, head: Head) -> None:
        line = pl.col("line").fill_null("").str.strip_chars_end("\r")
        quoted = line.str.contains(QUOTE, literal=True)
        plain = line.str.contains(_plain(self._head.delimiter or ","))
        rows = lines_of(file).slice(head.skip).select(line, quoted=quoted, odd=quoted & ~plain)
        found, number = _Spans(head), head.first_line
        for frame in Batches(rows):
            self._quoted |= bool(frame["quoted"].any())
            odd = frame["odd"].arg_true().to_list()
            if odd or found.opened:
                found.take(frame["line"].to_list(), odd, number)
            number += len(frame)
        found.end()
        self._spans += found.spans

    def explain(self, error: Exception, wanted: Sequence[Cells]) -> Exception | None:
        """Our error for what polars refused; None if nothing is wrong by the grammar."""
        if isinstance(error, LossCLIError):
            return error
        try:
            self._raise_first([w.column for w in wanted if not w.as_text])
        except (pl.exceptions.PolarsError, OSError, LossCLIError) as other:
            return other if isinstance(other, LossCLIError) else None
        return None

    def _raise_first(self, columns: list[str]) -> None:
        """Raise for the first row that is ragged, or cell that is not a number."""
        at = [(i, self._head.is_truth(c)) for c in columns for i in [self._head.places[c]]]
        for file, head in zip(self._files, self._heads, strict=True):
            blank = 0
            for number, record in head.records(_lines(file, head.skip), head.first_line):
                if not record.strip():
                    blank = blank or number
                    continue
                if blank and self._options.missing == "error":
                    raise blank_line(head.name, blank)
                cells = head.split(record, number)
                head.check_width(len(cells), number)
                for i, truth in at:
                    cell = cells[i]
                    known = cell.lower() in TRUTH if truth else head.number(cell) is not None
                    if not known and not head.is_missing(cell):
                        if "\n" in cell:
                            raise open_quote(head.name, number)
                        raise bad_cell(f"{head.name}: {_named(number, i, head)}", cell, self._width)

    def explain_missing(self, count: int, row: int, column: str) -> Exception:
        """What a null is: an empty cell, a blank line or a row that is too short."""
        try:
            self._raise_first([] if self._head.is_text(column) else [column])
        except LossCLIError as error:
            return error
        return missing_error(self._name, count, self.place(row, column))

    def place(self, row: int, column: str) -> str:
        """Line and column as an editor counts."""
        if len(self._files) > 1:
            return f"row {row} of its {len(self._files)} files, column {column!r}"
        span = bisect_left(self._spans, (row, 0)) - 1
        more = self._spans[span][1] if span >= 0 else 0
        return _named(row + more + self._head.first_line, self._head.places[column], self._head)

    def count(self) -> int:
        """How many rows there are; a pass of its own over the files, for what has to be known beforehand."""
        rows = self._scan([pl.String] * self._width).select(pl.len()).collect(engine="streaming").item()
        return int(rows) - self.blank_end()

    def blank_end(self) -> int:
        """How many blank lines end the last file."""
        lines = lines_of(self._files[-1]).with_row_index()
        filled = lines.filter(pl.col("line").str.strip_chars() != "").select(pl.col("index").max())
        total = lines_of(self._files[-1]).select(pl.len()).collect(engine="streaming").item()
        return int(total) - 1 - int(filled.collect(engine="streaming").item() or 0)


class _Spans:
    """Follows quoted cells over line breaks, given all lines but those that polars has seen to be plain.

    Attributes:
        opened: Lines so far of a cell that is not closed.
        spans: Rows that take several lines, each with how many more lines than rows there are up to it.
    """

    def __init__(self, head: Head) -> None:
        self._head, self._first, self._odd, self._more = head, 0, False, 0
        self.opened: list[str] = []
        self.spans: list[tuple[int, int]] = []

    def take(self, lines: list[str], odd: list[int], number: int) -> None:
        """More lines, the first of this number; those at ``odd`` are not plain by themselves."""
        at = 0
        while at < len(lines):
            if not self.opened:
                following = bisect_left(odd, at)
                if following == len(odd):
                    return
                at = odd[following]
                self._first = number + at
            self.opened.append(lines[at])
            self._odd ^= lines[at].count(QUOTE) % 2 == 1
            at += 1
            if not self._odd:
                self.end()

    def end(self) -> None:
        """Look at the lines so far as one row."""
        for number, record in self._head.records(self.opened, self._first):
            # A quote inside a cell hides delimiters from polars.
            self._head.check_width(len(self._head.split(record, number)), number)
        if len(self.opened) > 1:
            row = self._first - self._head.first_line - self._more
            self._more += len(self.opened) - 1
            self.spans.append((row, self._more))
        self.opened = []


def _plain(delimiter: str) -> str:
    """A pattern of lines of which each cell has quotes around it, or none at all."""
    mark = f"\\x{{{ord(delimiter):x}}}"
    cell = f'(?:[^"{mark}]*|{_QUOTED})'
    return f"^{cell}(?:{mark}{cell})*$"


def _named(number: int, at: int, head: Head) -> str:
    if head.header:
        return f"line {number}, column {head.columns[at]!r}"
    return f"line {number}" if len(head.columns) == 1 else f"line {number}, column {head.columns[at]}"


def _lines(file: str, skip: int) -> Iterator[str]:
    for frame in Batches(lines_of(file).slice(skip)):
        yield from (line.rstrip("\r") for line in frame.to_series().fill_null("").to_list())


def _end(file: str) -> bytes:
    """What is near the end: polars takes a quote there for closed even if it is not."""
    if _remote_or_packed(file):
        return b""
    with Path(file).open("rb") as opened:
        opened.seek(max(0, opened.seek(0, os.SEEK_END) - _SEARCHED_AT_ONCE))
        return opened.read()


def _remote_or_packed(file: str) -> bool:
    return "://" in file or file.lower().endswith((".gz", ".zst"))


def _holds_quote(file: str) -> bool:
    with Path(file).open("rb") as opened:
        return any(QUOTE.encode() in block for block in iter(lambda: opened.read(_SEARCHED_AT_ONCE), b""))

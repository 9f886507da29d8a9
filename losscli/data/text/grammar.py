r"""The grammar of delimited text, which both readers keep to.

- **Lines** end in ``\n`` or ``\r\n`` (``\r\r\n`` too, which text modes make of it), or in a bare ``\r`` where the text
  has no ``\n`` but at its end. Blank lines at the end are no rows; one in the middle is a row whose values are missing.
- **Comments** are the lines at the top that begin with ``#``. The last of them names the columns if it has as many
  cells as the row below it and that row is no header (``numpy.savetxt``).
- **Cells** are parted by the delimiter, the first of tab ``;`` ``,`` ``|`` in the first line, else any white space.
  All rows have as many. Blanks around a cell do not count.
- **Quotes**: ``"`` around a whole cell. Inside, a quote is written twice, and delimiters and line breaks are text. A
  quote after a blank only wraps its own cell's text. Nothing but the delimiter follows a closing quote. Quotes inside
  a cell without quotes around it are text if their number on the line is even. A cell that would take in lines
  that are rows themselves is a quote that is not closed.
- **Header**: a first row with a word that is neither a number nor a missing value, or that counts ``0,1,2...`` (after
  a cell that may be empty). With one name less than the rows have cells, the first column holds the rows' names.
- **Numbers** are what ``float()`` takes, without ``_`` and in ASCII; with decimal commas, those in place of the point.
  In a column that begins with nothing but ``true`` and ``false``, these are 1 and 0.
- **Missing** are empty cells, the words for it that pandas knows (``nan`` in the spellings of ``float()`` is a number),
  and what ``--na-values`` adds to them.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from losscli.data.text.complaints import blank_line, no_rows, open_quote, ragged, unsplittable
from losscli.data.text.doubts import doubts, may_be_decimals, one_or_two
from losscli.errors import Finding, SourceError
from losscli.knobs.options import ReadOptions
from losscli.records import NamedTuple

QUOTE = '"'
NA_WORDS = frozenset(
    ("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA")
).union(("NULL", "NaN", "None", "n/a", "nan", "null"))
"""What pandas takes for a missing value."""
TRUTH = {"true": 1.0, "false": 0.0}
HEAD_LINES = 100
"""Lines that tell delimiter, header, and whether a column holds words."""
_LONGEST_NAME = 100_000
_CANDIDATES = ("\t", ";", ",", "|")
_DECIMAL_COMMA = r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?"
_WITH_COMMA = r"[+-]?\d*,?\d+(?:[eE][+-]?\d+)?"
_DECIMAL_POINT = r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?"


class Head(NamedTuple):
    """What the first lines of a text file tell: the same for every way of reading it.

    Attributes:
        name: The file, for messages.
        delimiter: Between cells; None is any white space.
        decimal: Between the digits of a number.
        header: Whether the columns have names.
        columns: Their names, or numbers from 1 on.
        rows: Cells of the first rows.
        skip: Lines before row 0: comments and header.
        missing: Further words for missing values, which may look like numbers.
        notes: What is doubtful.
        numbered: Whether row 0 is ``0,1,2…``, as pandas names columns without names, and nobody said what it is.
        places: Where each column stands.
    """

    name: str
    delimiter: str | None
    decimal: str
    header: bool
    columns: tuple[str, ...]
    rows: list[list[str]]
    skip: int
    missing: frozenset[str]
    notes: tuple[Finding, ...]
    numbered: bool
    places: dict[str, int]

    @property
    def first_line(self) -> int:
        """The line of row 0."""
        return self.skip + 1

    @property
    def decimals(self) -> bool:
        """Whether a number below the first row is written with a decimal point or an exponent."""
        below = self.rows if self.header else self.rows[1:]
        return any(self.number(c) is not None and not c.lstrip("+-").isdigit() for row in below for c in row)

    @property
    def remarks(self) -> tuple[str, ...]:
        """How it is read, where that is not plain."""
        return ("numbers have decimal commas",) if self.decimal == "," else ()

    def cells(self, column: str) -> list[str]:
        """The first cells of a column that hold something."""
        at = self.places[column]
        return [row[at] for row in self.rows if at < len(row) and not self.is_missing(row[at])]

    def is_text(self, column: str) -> bool:
        """Whether a cell of the column at its beginning is not a number."""
        return any(self.number(cell) is None for cell in self.cells(column))

    def is_truth(self, column: str) -> bool:
        """Whether a column begins with nothing but true and false."""
        cells = self.cells(column)
        return bool(cells) and all(cell.lower() in TRUTH for cell in cells)

    def is_missing(self, cell: str) -> bool:
        """Whether a cell stands for no value."""
        return not cell or cell in self.missing or (cell in NA_WORDS and not is_number(cell))

    def number(self, cell: str) -> float | None:
        """The number that a cell holds; None if it is none."""
        if self.decimal == ",":
            cell = cell.replace(".", "_").replace(",", ".")
        return float(cell) if is_number(cell) else None

    def split(self, record: str, number: int) -> list[str]:
        """The cells of a record that begins at this line, without the blanks around them.

        Raises:
            SourceError: It breaks the rules of quotes.
        """
        try:
            return split_cells(record, self.delimiter)
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise open_quote(self.name, number) from error
            raise unsplittable(self.name, number, str(error)) from error

    def check_width(self, found: int, number: int) -> None:
        """Raise if the record that begins at this line has too many or too few cells."""
        if found != len(self.columns):
            by_header = number == self.first_line and self.header
            raise ragged(self.name, number, found, len(self.columns), by_header)

    def records(self, lines: Iterable[str], number: int = 1) -> Iterator[tuple[int, str]]:
        """Lines, those that a quoted cell spans taken together, each with the number of its first line.

        Raises:
            SourceError: A quote is not closed.
        """
        opened: list[str] = []
        first = number
        for at, line in enumerate(lines, number):
            odd = QUOTE in line and line.count(QUOTE) % 2 == 1
            if opened:
                opened.append(line)
                if odd:
                    if self._are_rows(opened[1:-1]):
                        break
                    yield first, "\n".join(opened)
                    opened = []
            elif odd:
                first, opened = at, [line]
                if not _opens(line, self.delimiter):
                    break
            else:
                yield at, line
        if opened:
            raise open_quote(self.name, first)

    def _are_rows(self, lines: list[str]) -> bool:
        """Whether lines inside a quoted cell are rows of this table."""
        numeric = [i for i, c in enumerate(self.columns) if not self.is_text(c) and self.cells(c)]
        if not lines or not numeric:
            return False
        rows = [line.split(self.delimiter) for line in lines if QUOTE not in line]
        return bool(rows) and all(
            len(row) == len(self.columns) and all(self.number(row[i]) is not None for i in numeric) for row in rows
        )


def read_head(lines: Sequence[str], name: str, options: ReadOptions) -> Head:
    """What the first lines of a file tell; none of them is cut.

    Raises:
        SourceError: There is no row, or it cannot be split.
    """
    comments = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    if comments == len(lines):
        raise no_rows(name)
    delimiter = options.delimiter or _sniff(lines[comments:], options.decimal)
    bare = Head(name, delimiter, ".", False, ("",), [], comments, frozenset(options.na_values), (), False, {"": 0})
    found = list(bare.records(_whole(lines[comments:HEAD_LINES], delimiter), comments + 1))
    # A quote that is open at the end of these lines is closed below them, or the reader tells.
    rows = [bare.split(record, number) if record.strip() else [""] for number, record in found]
    decimal = options.decimal or (_decimal(rows, delimiter))
    bare = bare._replace(decimal=decimal)
    first = rows[0]
    numbered = options.header is None and _counts(first)
    header = _is_header(first, bare) if options.header is None else options.header
    above = _commented(lines[comments - 1], delimiter) if comments else []
    if len(above) == len(first) and options.header is not False and not _has_word(first, bare):
        header, names, numbered = True, tuple(above), False
    elif header:
        if not found[0][1].strip():
            raise blank_line(name, comments + 1)
        if max(map(len, first)) > _LONGEST_NAME:
            raise unsplittable(name, comments + 1, "a name of a column is not as long")
        names, rows = tuple(first), rows[1:]
        comments += found[0][1].count("\n") + 1
    else:
        names = tuple(str(i + 1) for i in range(len(first)))
    given = tuple(names)
    if header:
        names = _distinct(_with_row_names(names, rows))
    # One that counts is judged beside the other inputs.
    counts = _counts(given) or (len(given) > 2 and not given[0] and _counts(given[1:]))
    notes = tuple(doubts(name, given, bare)) if options.header is None and header and not counts else ()
    if not header and delimiter == "," and options.delimiter is options.decimal is None and may_be_decimals(rows):
        notes = (one_or_two(name),)
    rows = [row for row in rows if row != [""] or len(names) == 1]
    places = {name: at for at, name in enumerate(names)}
    return Head(name, delimiter, decimal, header, names, rows, comments, bare.missing, notes, numbered, places)


def _commented(line: str, delimiter: str | None) -> list[str]:
    """The cells of a comment; one that breaks the rules of quotes has none."""
    try:
        return split_cells(line.lstrip("# \t"), delimiter)
    except csv.Error:
        return []


def _whole(lines: Sequence[str], delimiter: str | None) -> Sequence[str]:
    """Lines up to a quoted cell that they do not end."""
    quotes = [i for i, line in enumerate(lines) if line.count(QUOTE) % 2]
    if len(quotes) % 2 and len(lines) > 1 and _opens(lines[quotes[-1]], delimiter) and quotes[-1]:
        return lines[: quotes[-1]]
    return lines


def _with_row_names(names: tuple[str, ...], rows: list[list[str]]) -> tuple[str, ...]:
    """Names of all columns, where the first, of the rows' names, has none (R's ``write.table``)."""
    filled = [row for row in rows if row != [""]]
    one_more = bool(filled) and all(len(row) == len(names) + 1 for row in filled)
    # A delimiter at the end of each row is no column, and names of rows differ.
    named = one_more and any(row[-1] for row in filled) and len({row[0] for row in filled}) == len(filled)
    return ("", *names) if named else names


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names that choose one column each; those that are empty are named as pandas names them."""
    names = tuple(name or f"Unnamed: {i}" for i, name in enumerate(names))
    counts = Counter(names)
    return tuple(n if counts[n] == 1 else _numbered(n, i + 1, counts) for i, n in enumerate(names))


def _numbered(name: str, number: int, taken: Counter[str]) -> str:
    while (candidate := f"{name}_{number}") in taken:
        name += "_"
    return candidate


def text_lines(content: bytes, name: str) -> list[str]:
    """Lines without their ends and without blank ones after the last.

    Raises:
        SourceError: It is no UTF-8 text, or empty.
    """
    from losscli.data.text.complaints import not_text

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_text(name, error) from error
    lines = split_lines(text)
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise SourceError(f"{name}: is empty.")
    return lines


def split_lines(text: str) -> list[str]:
    """Lines without their ends."""
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n")
        text = text if "\n" in text.rstrip("\n") else text.replace("\r", "\n")
    return text.split("\n")


def _sniff(lines: Sequence[str], decimal: str | None) -> str | None:
    """The first candidate outside quotes; else None, any white space, if that is what parts the second row.

    What is known to part the digits of a number parts no cells, unless numbers are quoted.
    """
    bare = "".join(lines[0].split(QUOTE)[::2])
    candidates = [c for c in _CANDIDATES if c != decimal or QUOTE in lines[0]]
    found = next((c for c in candidates if c in bare), None)
    second = lines[:2][-1].split()
    if (
        found == ","
        and len(second) > 1
        and all(re.fullmatch(_WITH_COMMA, cell) for cell in [*second, *lines[0].split()])
    ):
        return None
    # A header of two words does not make two columns.
    blanks = found is None and len(second) > 1 and "\r" not in lines[:2][-1]  # which ends lines, or is an accident
    return None if blanks else found or (";" if decimal == "," else ",")


def _decimal(rows: list[list[str]], delimiter: str | None) -> str:
    """A comma where it parts digits, no point does, and it does not part cells."""
    if delimiter == ",":
        return "."
    cells = [cell for row in rows for cell in row]
    commas = any(re.fullmatch(_DECIMAL_COMMA, cell) for cell in cells)
    return "," if commas and not any(re.fullmatch(_DECIMAL_POINT, cell) for cell in cells) else "."


def split_cells(record: str, delimiter: str | None) -> list[str]:
    """The cells of one record, without the blanks around them.

    Raises:
        csv.Error: It breaks the rules of quotes.
    """
    if delimiter is None:
        record, delimiter = " ".join(record.split()), " "
    if QUOTE not in record and "\r" not in record:
        return [cell.strip() for cell in record.split(delimiter)]
    lines = [line + "\n" for line in record.split("\n")]
    lines[-1] = lines[-1][:-1]
    _make_room(len(record))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    cells = next(reader, [""])
    if reader.line_num < len(lines):  # a quote inside a cell, without quotes around it, would take in the next line
        raise csv.Error("unexpected end of data")
    return [_clean(cell) for cell in cells]


def _make_room(longest: int) -> None:
    """Let Python's csv take a cell of so many characters; by itself it takes 128 KiB."""
    if longest > csv.field_size_limit():
        csv.field_size_limit(longest)


def _clean(cell: str) -> str:
    bare = cell.strip()
    if cell[:1].isspace() and len(bare) > 1 and bare[0] == bare[-1] == QUOTE:
        return bare[1:-1].strip()
    return bare


def _opens(line: str, delimiter: str | None) -> bool:
    """Whether a line leaves a quoted cell open."""
    if delimiter is None:
        return False
    _make_room(len(line) + 1)
    reader = csv.reader([line + "\n", ""], delimiter=delimiter)
    try:
        next(reader)
    except csv.Error:
        return False
    return reader.line_num == 2


def _is_header(cells: Sequence[str], head: Head) -> bool:
    # Without a name for its index, pandas leaves the first cell empty. A lone 0 is more likely a label.
    counts = len(cells) > 1 and (_counts(cells) or (not cells[0] and _counts(cells[1:])))
    return _has_word(cells, head) or counts


def _has_word(cells: Sequence[str], head: Head) -> bool:
    return any(head.number(cell) is None and not head.is_missing(cell) for cell in cells)


def _counts(cells: Sequence[str]) -> bool:
    """Whether cells are 0, 1, 2 and so on, which is how pandas names columns without names."""
    return list(cells) == [str(i) for i in range(len(cells))]


def is_number(cell: str) -> bool:
    """Whether every reader takes a cell for a number with a decimal point."""
    # float() would also take 1_000 and non-ASCII digits, which no CSV reader does.
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell and cell.isascii()

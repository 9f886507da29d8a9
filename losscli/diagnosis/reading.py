"""Opening files without a loss: every column of numbers, or of words that name classes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from losscli.data.columns import class_names
from losscli.data.source import Source
from losscli.data.table import Table
from losscli.diagnosis.facts import Facts, facts_of
from losscli.errors import Finding
from losscli.inputs.files import Files
from losscli.inputs.opening import settle_headers
from losscli.inputs.tables import Tables


class Read(NamedTuple):
    """A file that was read to its end.

    Attributes:
        text: As the user wrote it.
        table: Its table, or None for an array.
        facts: What its numbers are; None where it has none.
        words: Columns of words, and some of each one's.
        notes: What looked wrong while it was opened.
        remarks: How it was read.
    """

    text: str
    table: Table | None
    facts: Facts | None
    words: dict[str, list[str]]
    notes: tuple[Finding, ...]
    remarks: tuple[str, ...]

    @property
    def described(self) -> str:
        """Format, shape and header, as in ``csv, 899 × 10, header``."""
        if self.facts is None:
            return f"{self.table.format if self.table else ''}, words"
        source = self.facts.source
        shape = " × ".join(map(str, (self.facts.rows, *source.row_shape))) if source.shape else "one number"
        dtype = "" if self.table is not None and source.format == "csv" else str(source.own_dtype)
        header = "header" if self.table is not None and self.table.header and source.format == "csv" else ""
        return ", ".join(part for part in (source.format, shape, dtype, header) if part)


class _Opened(NamedTuple):
    """A file before it is read, as :class:`Read` has it after; without numbers it has no source."""

    text: str
    table: Table | None
    source: Source | None
    words: dict[str, list[str]]
    notes: tuple[Finding, ...]
    remarks: tuple[str, ...]

    def read(self, source: Source | None) -> Read:
        """What is in it; its source may be seen in another way."""
        if source is None:
            return Read(self.text, self.table, None, self.words, self.notes, self.remarks)
        facts = facts_of(source)  # of which reading may take note
        notes = tuple(dict.fromkeys([*self.notes, *source.notes]))
        return Read(self.text, self.table, facts, self.words, notes, (*self.remarks, *source.remarks))


Seen = Callable[[dict[str, Source]], dict[str, Source]]
"""What sources are seen as, by the place of each."""


def read_all(files: Files, texts: Sequence[str], seen: Seen = dict) -> list[Read]:
    """Every file, read once.

    Args:
        files: Opens them.
        texts: As the user wrote them.
        seen: Moves axes and shifts positions.

    Raises:
        SourceError: One cannot be opened or read.
    """
    locations = [files.locate(text) for text in texts]
    files.enter(locations)
    settle_headers(files, [at.path for at in locations], files.sources.values())
    chosen: dict[str, set[str]] = {}
    for at in locations:
        if at.select and at.path in files.tables:
            chosen.setdefault(at.path, set()).update(files.tables[at.path].choose(at.select))
    tables = Tables(files, list(dict.fromkeys(at.path for at in locations)), chosen)
    found: list[_Opened] = []
    for text, at in zip(texts, locations, strict=True):
        table = files.tables.get(at.path)
        if table is None:
            found.append(_array(text, files.sources[at.text]))
            continue
        columns = table.choose(at.select) if at.select else tables.data(at.path)
        first = found[0].source.columns if found and found[0].source else ()
        found.append(_table(text, table, columns, first, tables.about(at.path, columns, whole=not at.select)))
    sources = seen({str(i): one.source for i, one in enumerate(found) if one.source is not None})
    return [one.read(sources.get(str(i))) for i, one in enumerate(found)]


def _array(text: str, source: Source) -> _Opened:
    source.name = text
    return _Opened(text, None, source, {}, (), ())


def _table(
    text: str,
    table: Table,
    columns: Sequence[str],
    classes: Sequence[str],
    about: tuple[tuple[str, ...], list[Finding]],
) -> _Opened:
    source, words = _numbers(table, columns, classes)
    remarks, findings = about
    if source is not None:
        source.name, source.tabular = text, True
    return _Opened(text, table, source, words, (*table.notes, *findings), remarks)


def _numbers(
    table: Table, columns: Sequence[str], classes: Sequence[str]
) -> tuple[Source | None, dict[str, list[str]]]:
    """The columns of numbers as one source, and those of words; one column of words alone may be labels."""
    words = {column: table.words(column) for column in columns if table.is_text(column)}
    numeric = [column for column in columns if column not in words]
    if numeric:
        return table.numbers(numeric), words
    (column, *others) = words
    named = None if others or not classes else class_names(tuple(classes), words[column])
    if named is None:
        return None, words
    source = table.coded(column, named)
    source.coded = tuple(named)
    return source, words


_PRED = r"(?i)(y_?hat|y_?pred(icted)?|pred(s|ict(ed|ion|ions)?)?|forecast|fitted|scores?|logits?|prob(a|ability)?)"
_TARGET = r"(?i)(y|y_?true|y_?test|targets?|labels?|truth|ground_?truth|actual|observed|gold)"


def named_pair(columns: Sequence[str]) -> tuple[str, str] | None:
    """The columns that are called as prediction and target are; None unless there is one of each."""
    preds, targets = ([c for c in columns if re.fullmatch(names, c)] for names in (_PRED, _TARGET))
    return (preds[0], targets[0]) if len(preds) == len(targets) == 1 else None

"""The inputs of a run, step by step: located, opened, headers settled, rows paired, columns chosen and put in order."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from losscli.data.location import Location
from losscli.data.source import ArraySource, Source
from losscli.data.table import Table
from losscli.errors import LossCLIError, SourceError, UsageError
from losscli.inputs.beside import Beside, open_beside
from losscli.inputs.files import Files
from losscli.inputs.inline import as_array, inline
from losscli.inputs.labels import coded, refuse_other_than_two
from losscli.inputs.names import Columns, by_name
from losscli.inputs.roles import Named, refuse_missing
from losscli.inputs.tables import Tables
from losscli.records import NamedTuple

if TYPE_CHECKING:
    from losscli.inputs.on import On
    from losscli.knobs.options import Options
    from losscli.spec.loss import Input, Loss


class _Filed(NamedTuple):
    """An input that lies in a file, by the name that it was given by."""

    name: str
    role: Input
    location: Location

    @property
    def label(self) -> bool:
        """Whether it holds class labels, which may be words."""
        return self.role.kind.dtype == "label"

    def in_words(self, table: Table, columns: tuple[str, ...], classes: tuple[str, ...]) -> bool:
        """Whether its column names classes; those of yes and no only where both are given."""
        may = self.label or (self.role.kind.binary and bool(classes))
        return may and len(columns) == 1 and table.is_text(columns[0])


def open_inputs(
    files: Files, chosen: list[Loss], given: dict[str, Any], options: Options, roles: dict[str, Input] | None = None
) -> tuple[dict[str, Source], Beside]:
    """The source of every input that was given, and what is read beside them.

    Args:
        files: The files of the run.
        chosen: The losses.
        given: What was given for each input, by its name.
        options: How to compute.
        roles: What each of those names is to the losses, where they are not the inputs' own: several predictions for
            one target, say.

    Raises:
        SourceError: A file cannot be read, or columns that are wanted are not there.
        UsageError: What was given cannot be meant.
    """
    roles = roles or {role.name: role for one in chosen for role in one.inputs}
    try:
        arrays, filed = _locate(files, roles, given)
    except SourceError as error:
        raise _of_one_table(files, given, error) from error
    beside = [files.locate(text) for text in beside_texts(options) if files.is_file(text)]
    files.enter([*(one.location for one in filed), *beside])
    settle_headers(files, *_by_row(files, roles, arrays, filed))
    paired = list(dict.fromkeys(at.path for at in (*(f.location for f in filed if f.role.streamed), *beside)))
    on: tuple[On, ...] = ()
    if options.on:
        from losscli.inputs.on import parse_on

        on = parse_on(options.on)
        _join(files, paired, on, options, [name for name in arrays if roles[name].streamed])
    tables = Tables(files, paired, _chosen(files, filed), on)
    try:
        found = _sources(files, tables, filed) | arrays
    except SourceError:  # of a table that is given whole in place of two of its columns, the missing one is the mistake
        for one in chosen:
            refuse_missing(one, given)
        raise
    if files.options.classes and not any(source.coded for source in found.values()):
        raise UsageError("--classes names the classes of words, and no input holds words.", "leave it out.")
    # Beside a scalar, what looks like samples may be the classes of one: it has to be seen whole.
    streams = all(source.shape for source in found.values())
    sources = {name: _whole(found[name], streams and _in_order(roles[name], roles, found[name])) for name in given}
    streamed = {name: source for name, source in sources.items() if roles[name].streamed}
    ahead = [name for name in streamed if roles[name] is roles[next(iter(streamed))]]
    for one in chosen:
        refuse_axes(one, options)
    return sources | as_seen(streamed, ahead, options), open_beside(files, tables, chosen, options)


def _by_row(
    files: Files, roles: dict[str, Input], arrays: dict[str, Source], filed: list[_Filed]
) -> tuple[list[str], list[Source]]:
    """The paths of what holds a row a sample, and the arrays that do; not class centres, nor steps before samples."""
    own = [one for one in filed if one.role.streamed and not one.role.axis]
    other = {one.location.text for one in filed} - {one.location.text for one in own}
    read = [source for text, source in files.sources.items() if text not in other]
    given = [source for name, source in arrays.items() if roles[name].streamed and not roles[name].axis]
    return [one.location.path for one in own], [*given, *read]


def _in_order(role: Input, roles: dict[str, Input], source: Source) -> bool:
    """Whether an input is only ever read block after block: one row a sample, which no other's lengths part."""
    joined = not source.row_shape and any(other.kind.counts == role.name for other in roles.values())
    return role.streamed and not role.axis and role.kind.dtype != "length" and not joined


def as_seen(streamed: dict[str, Source], ahead: Sequence[str], options: Options) -> dict[str, Source]:
    """The sources with their class axis in its place and their positions shifted, where that is asked for.

    Args:
        streamed: The inputs that are read row by row, by name.
        ahead: The predictions among them, which look ahead.
        options: How to compute.
    """
    if options.class_axis is None and not options.shift:
        return streamed
    from losscli.inputs.views import shifted, with_class_axis

    if options.class_axis is not None:
        streamed = with_class_axis(streamed, ahead[0], options.class_axis)
    return shifted(streamed, ahead, options.shift) if options.shift else streamed


def refuse_axes(one: Loss, options: Options) -> None:
    """Raise for a loss whose axes cannot be seen as it is asked for.

    Raises:
        UsageError: It has no classes, or its samples do not come first: what moves axes knows no other order.
    """
    classes = options.class_axis is not None
    if classes and "C" not in one.signature.forms[0].inputs[0]:
        raise UsageError(f"{one.name} has no axis of classes.", "leave --class-axis out.")
    first = one.inputs[0]
    if first.axis and (classes or options.shift):
        option = "--class-axis" if classes else "--shift"
        message = f"{one.name} takes {first.name} as {first.shape}, whose axes {option} does not move."
        raise UsageError(message, "leave it out.")


def _locate(files: Files, roles: dict[str, Input], given: dict[str, Any]) -> tuple[dict[str, Source], list[_Filed]]:
    """Inputs in memory, and inputs in files."""
    arrays: dict[str, Source] = {}
    filed: list[_Filed] = []
    for name, value in given.items():
        if isinstance(value, Named):
            within = files.within if isinstance(value.table, str) else files.within_frame
            filed.append(_Filed(name, roles[name], within(value.table, value.text)))
            continue
        numbers = inline(os.fspath(value)) if isinstance(value, str | os.PathLike) else as_array(value, name)
        if numbers is None:
            filed.append(_Filed(name, roles[name], files.locate(os.fspath(value))))
        else:
            arrays[name] = ArraySource(numbers, name)
    _refuse_unused(given, filed)
    files.roles = {one.role.name: one.location for one in filed}
    return arrays, filed


def _of_one_table(files: Files, given: dict[str, Any], error: SourceError) -> SourceError:
    """The same error, with a better hint where what is no file is a column of the table beside it."""
    texts = {name: os.fspath(value) for name, value in given.items() if isinstance(value, str | os.PathLike)}
    tables = [text for text in texts.values() if Path(text).is_file()]
    missing = {name: text for name, text in texts.items() if error.message == f"{text}: no such file."}
    if len(tables) != 1 or not missing:
        return error
    with suppress(LossCLIError):
        files.enter([files.locate(tables[0])])
        if all(files.has_column(text) for text in missing.values()):
            if not all(map(str.isidentifier, texts)):  # several of one role have no options of their own
                columns = " ".join(f"{tables[0]}::{text}" for text in missing.values())
                return SourceError(error.message, f"columns of one file are typed with it: {columns}")
            known = " ".join(f"--{name.replace('_', '-')} {text}" for name, text in missing.items())
            others = " ".join(f"--{name.replace('_', '-')} COLUMN" for name, text in texts.items() if text in tables)
            return SourceError(error.message, f"two columns of one file: {tables[0]} {known} {others}")
    return error


def _refuse_unused(given: dict[str, Any], filed: list[_Filed]) -> None:
    beside = {value.table for value in given.values() if isinstance(value, Named) and isinstance(value.table, str)}
    for table in beside - {one.location.path for one in filed}:
        raise UsageError(f"{table} is not used: {', '.join(given)} name files of their own.", "leave it out.")


def beside_texts(options: Options) -> list[str]:
    """What stands for files or columns that are read beside the inputs."""
    weight = options.sample_weight
    given = [os.fspath(one) for one in (weight, options.cluster) if isinstance(one, str | os.PathLike)]
    return [*given, *options.by, *options.keep]


def settle_headers(files: Files, streamed: Iterable[str], arrays: Iterable[Source]) -> None:
    """Decide about first rows that only count, by what stands beside them.

    Args:
        files: The files of the run, opened.
        streamed: The paths of what has a row a sample.
        arrays: The arrays that have.
    """
    numbered = [path for path, table in files.tables.items() if table.numbered_header]
    if not numbered:
        return
    from losscli.inputs import headers

    beside, paths = list(arrays), list(streamed)
    for path in numbered:
        others = [files.tables.get(other) for other in paths]
        lengths = [count for table in others if table and (count := headers.rows_of(table)) is not None]
        lengths += [s.rows for s in beside]
        table, findings = headers.settle(files.tables[path], lengths)
        table.notes = (*table.notes, *findings)
        files.tables[path] = table


def _join(files: Files, paired: list[str], on: tuple[On, ...], options: Options, arrays: list[str]) -> None:
    from losscli.inputs.join import join

    for name in arrays:
        raise UsageError(f"{name} is not a table, so its rows cannot be paired by key.", "--on is for files.")
    for path in paired:
        if path not in files.tables:
            raise UsageError(f"{path}: is not a table with columns, so its rows cannot be paired by key.")
    if len(paired) > 1:
        found = join([files.tables[path] for path in paired], on, options.unmatched, files.options)
        files.tables.update(zip(paired, found, strict=True))


def _chosen(files: Files, filed: list[_Filed]) -> dict[str, set[str]]:
    """The columns that inputs chose, by path."""
    chosen: dict[str, set[str]] = {}
    for _, _, location in filed:
        if location.select and location.path in files.tables:
            columns = files.tables[location.path].choose(location.select)
            chosen.setdefault(location.path, set()).update(columns)
    return chosen


def _sources(files: Files, tables: Tables, filed: list[_Filed]) -> dict[str, Source]:
    columns = [_columns(files, tables, one) for one in filed]
    ordered = by_name([c for one, c in zip(filed, columns, strict=True) if c and one.role.streamed])
    names = iter(ordered)
    made: dict[tuple[str, bool], Source] = {}
    classes: tuple[str, ...] = ()
    for one, mine in zip(filed, columns, strict=True):
        key = (one.location.text, one.label)
        if mine is None:
            made[key] = files.sources[one.location.text]
            continue
        order = next(names) if one.role.streamed else mine.names
        table = files.tables[mine.path]
        words = one.in_words(table, order, files.options.classes)
        if words and one.role.kind.binary:
            refuse_other_than_two(files.options.classes)
        if key not in made:
            made[key] = coded(table, order[0], files.options.classes, classes) if words else table.numbers(list(order))
            made[key].notes = (*table.notes, *made[key].notes)
            _describe(made[key], tables, one.location, mine, order)
        classes = classes if words else classes or order
    return {one.name: made[one.location.text, one.label] for one in filed}


def _columns(files: Files, tables: Tables, one: _Filed) -> Columns | None:
    """The columns of an input; None for an array."""
    location = one.location
    table = files.tables.get(location.path)
    if table is None:
        return None
    names = table.choose(location.select) if location.select else tables.data(location.path)
    return Columns(location.text, location.path, tuple(names), table.header, bool(location.select))


def _describe(source: Source, tables: Tables, location: Location, mine: Columns, order: tuple[str, ...]) -> None:
    """Say of a source where it came from, and how it was read."""
    remarks, findings = tables.about(mine.path, order, whole=not mine.chosen)
    if order != mine.names:
        remarks = (*remarks, f"columns paired by name: {', '.join(order[:6])}{', …' if len(order) > 6 else ''}")
    source.remarks = (*source.remarks, *remarks)
    source.notes = (*source.notes, *findings)
    source.name = source.name if source.coded else location.text  # a word's place names its column already
    source.tabular = True


def _whole(source: Source, streamed: bool) -> Source:
    """What is not read block by block is read now: its length must be known."""
    return source if streamed else in_memory(source)


def in_memory(source: Source) -> Source:
    """The same array, read now where it comes as a stream."""
    if not source.sequential:
        return source
    whole = ArraySource(
        source.read_all(), source.name, source.format, source.columns, missing=source.missing(0, source.rows)
    )
    whole.notes, whole.remarks = source.notes, source.remarks
    whole.tabular, whole.coded = source.tabular, source.coded
    return whole

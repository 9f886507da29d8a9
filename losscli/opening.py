"""From what was given for each input, arrays and paths, to the sources of a run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from losscli.errors import DataError, UsageError
from losscli.parameters import inline
from losscli.settings import Options

if TYPE_CHECKING:
    from losscli.data.inputs import Files
    from losscli.data.source import Source, Texts
    from losscli.engine.beside import Beside
    from losscli.losses.spec import Input, Loss


def inputs_of(chosen: list[Loss]) -> list[Input]:
    """The inputs of several losses in the order of their files: what any of them requires comes first."""
    roles = {role.name: role for one in chosen for role in one.inputs}
    required = {role.name for one in chosen for role in one.inputs if not role.optional}
    return sorted(roles.values(), key=lambda role: role.name not in required)


def roles_of(chosen: list[Loss], positional: list[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """Input name to what was given for it: named inputs first, then positions in order for the rest."""
    order = [role.name for role in inputs_of(chosen)]
    given = {name: named[name] for name in order if named.get(name) is not None}
    required = dict.fromkeys(role.name for one in chosen for role in one.inputs if not role.optional)
    if len(positional) == 1 and required and given.keys() >= required.keys() and isinstance(positional[0], str):
        return {name: _of_table(positional[0], value) for name, value in given.items()}
    # With a required input given by name, a positional too many is a mistake and no optional input.
    free = [n for n in order if n not in given and (n in required or not given.keys() & required.keys())]
    if len(positional) > len(free):
        names, named_too = ",".join(c.name for c in chosen), f" beside {', '.join(given)}" if given else ""
        files = "1 file" if len(free) == 1 else f"{len(free)} files"
        raise UsageError(
            f"{names} takes {files}{named_too}, {len(positional)} were given.",
            f"the order is {', '.join(order)}.",
        )
    found = given | dict(zip(free, positional, strict=False))
    return {name: found[name] for name in order if name in found}  # the prediction first: its columns name classes


def _of_table(table: str, value: Any) -> Any:
    """An input given by name beside one file: a column of that file, unless it names a file of its own."""
    if not isinstance(value, str) or "::" in value or value == "-" or os.path.exists(value):
        return value
    return f"{table}::{value}"


def open_inputs(files: Files, chosen: list[Loss], roles: dict[str, Any], options: Options) -> dict[str, Source]:
    """The source of every input that was given."""
    from losscli.data.inputs import Wanted
    from losscli.data.source import ArraySource

    texts: list[Wanted] = []
    opened: dict[str, Source] = {}
    known = {role.name: role for one in chosen for role in one.inputs}
    for name, given in roles.items():
        numbers = inline(os.fspath(given)) if isinstance(given, str | os.PathLike) else _as_array(given, name)
        if numbers is None:
            texts.append(Wanted(name, os.fspath(given), known[name].kind.dtype == "label", known[name].streamed))
        elif options.on and known[name].streamed:
            raise UsageError(f"{name} is no table, so its rows cannot be paired by key.", "--on is for files.")
        else:
            opened[name] = ArraySource(numbers, name)
    found = files.open(texts, _beside_texts(options)) | opened
    if files.options.classes and not any(source.coded for source in found.values()):
        raise UsageError("--classes names the classes of words, and no input holds words.", "leave it out.")
    # Beside a scalar, what looks like samples may be the classes of one: it has to be seen whole.
    streams = all(source.shape for source in found.values())
    return {name: _whole(found[name], streams and known[name].streamed) for name in roles}


def _beside_texts(options: Options) -> list[str]:
    weight = options.sample_weight
    given = [os.fspath(weight)] if isinstance(weight, str | os.PathLike) else []
    return [text for text in (*given, *options.by, *options.keep) if text]


def _whole(source: Source, streamed: bool) -> Source:
    """What is not read block by block is read now: its length must be known."""
    from losscli.data.source import ArraySource

    if streamed or not source.sequential:
        return source
    whole = ArraySource(
        source.read_all(), source.name, source.format, source.columns, missing=source.missing(0, source.rows)
    )
    whole.notes, whole.remarks = source.notes, source.remarks
    return whole


def open_beside(files: Files, chosen: list[Loss], options: Options) -> Beside:
    """What is read beside the inputs: sample weights, groups, columns to keep, keys that must agree."""
    from losscli.data.source import ArraySource
    from losscli.engine.beside import Beside

    given: Any = options.sample_weight
    if given is None:
        weight = None
    elif isinstance(given, str | os.PathLike):
        text = os.fspath(given)
        numbers = None if files.has_column(text) else inline(text)
        weight = files.numbers(text) if numbers is None else ArraySource(numbers, "sample_weight")
    else:
        weight = ArraySource(_as_array(given, "sample_weight"), "sample_weight")
    if weight is not None and len(weight.shape) != 1:
        raise UsageError(f"{weight.name}: sample weights have the shape {weight.shape}.", "give one number a sample.")
    groups, keep = (tuple(files.column(c) for c in columns) for columns in (options.by, options.keep))
    _label(keep, options.keep, {"sample", *(one.name for one in chosen)})
    return Beside(weight, groups, keep, tuple(files.pairs()))


def _label(columns: tuple[Texts, ...], given: tuple[str, ...], taken: set[str]) -> None:
    """Name kept columns apart from one another, from losses and from the index."""
    for column, text in zip(columns, given, strict=True):
        names = (column.column, text, f"kept_{column.column}", f"kept_{text}")
        column.label = next((name for name in names if name not in taken), text)
        taken.add(column.label)


def _as_array(given: Any, role: str) -> Any:
    import numpy as np

    if np.ma.is_masked(given):
        raise DataError(f"{role}: is a masked array with masked values.", "fill them with NaN, and use nan='omit'.")
    try:
        return np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"{role}: is no array of numbers ({str(error).splitlines()[0]}).") from error

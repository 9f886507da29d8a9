"""The sources of a run: every input opened, in memory or in a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from losscli.errors import UsageError
from losscli.inputs.inline import as_array, inline

if TYPE_CHECKING:
    from losscli.data.source import Source
    from losscli.inputs.files import Files
    from losscli.losses.spec import Loss
    from losscli.settings import Options


def open_inputs(files: Files, chosen: list[Loss], roles: dict[str, Any], options: Options) -> dict[str, Source]:
    """The source of every input that was given."""
    from losscli.data.source import ArraySource
    from losscli.inputs.files import Wanted

    texts: list[Wanted] = []
    opened: dict[str, Source] = {}
    known = {role.name: role for one in chosen for role in one.inputs}
    for name, given in roles.items():
        numbers = inline(os.fspath(given)) if isinstance(given, str | os.PathLike) else as_array(given, name)
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

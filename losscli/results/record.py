"""What it takes to compute a result again: the request as it was made, and the content of every file that it names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli.data.fingerprint import Content, content_of
from losscli.data.location import STDIN, Location
from losscli.errors import UsageError
from losscli.inputs.inline import inline
from losscli.inputs.opening import beside_texts
from losscli.knobs import Knobs
from losscli.knobs.options import OutputOptions

if TYPE_CHECKING:
    from losscli.inputs.files import Files
    from losscli.knobs.options import Options
    from losscli.spec.loss import Loss

NOT_TOLD = {"record", "threads", "strict", *OutputOptions.knobs}
"""Knobs that have no part in what a result holds."""


class Record(NamedTuple):
    """A request, as JSON can hold it, and what its files held.

    Attributes:
        request: ``loss``, ``params``, ``options``, ``files`` (role to text) and ``beside``: files of weights, groups,
            kept columns and parameters.
        contents: The content of each input's files, by its role; none for numbers that stand in the request.
    """

    request: dict[str, Any]
    contents: dict[str, Content]


class Recorder:
    """Makes the record of one run: first asked whether there can be one, then for it.

    Args:
        files: The files of the run, opened.
        chosen: The losses.
        given: What was given for each input, by its role.
        named: What was given by name to the losses, parameters among it.
        options: How to compute.

    Raises:
        UsageError: Something is no file: standard input, a pipe, an address, or an array in memory.
    """

    def __init__(
        self, files: Files, chosen: list[Loss], given: Mapping[str, Any], named: Mapping[str, Any], options: Options
    ) -> None:
        self._files = files
        self._texts = {role: _text(role, value) for role, value in given.items() if role not in files.roles}
        self._parameters = _parameters(chosen, named)
        self._options = {name: _value(name, value) for name, value in told(options).items()}
        beside = [text for text in beside_texts(options) if files.is_file(text)]
        beside += _paths(chosen, self._parameters)
        self._beside = {text: files.locate(text) for text in beside}
        self._losses = chosen
        for location in (*files.roles.values(), *self._beside.values()):
            _refuse_passing(location)

    def record(self) -> Record:
        """The record, now that everything was read."""
        known: dict[tuple[str, ...], Content] = {}

        def content(location: Location) -> Content:
            return known.setdefault(location.files, known.get(location.files) or content_of(location.files))

        contents = {role: content(location) for role, location in self._files.roles.items()}
        texts = self._texts | {role: location.text for role, location in self._files.roles.items()}
        request = {
            "loss": ",".join(one.name for one in self._losses),
            "params": self._parameters,
            "options": self._options,
            "files": texts,
            "beside": [{"source": text, **content(at).document()} for text, at in self._beside.items()],
        }
        self._files.refuse_changed()  # what was hashed is what was read
        return Record(request, contents)


def told(options: Knobs) -> dict[str, Any]:
    """The knobs that are not at their defaults, but for those that change nothing of a result."""
    values = {name: getattr(options, name) for name in options.knobs if name not in NOT_TOLD}
    return {name: value for name, value in values.items() if not _same(value, options.knobs[name].default)}


def _same(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and bool(value == default))


def _text(role: str, value: Any) -> str:
    if not isinstance(value, str | os.PathLike):
        raise UsageError(f"{role} is an array in memory, and cannot be recorded.", "give the path of a file.")
    return os.fspath(value)


def _value(name: str, value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, tuple):
        return list(value)
    if value is not None and not isinstance(value, str | int | float):
        raise UsageError(f"{name} is an array in memory, and cannot be recorded.", "give the path of a file.")
    return value


def _parameters(chosen: list[Loss], named: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that were given, as JSON can hold them."""
    own = {p.name: p for one in chosen for p in one.parameters}
    given = {name: value for name, value in named.items() if name in own and value is not None}
    return {name: _parameter(value, own[name].type) for name, value in given.items()}


def _parameter(value: Any, kind: str) -> Any:
    if isinstance(value, str | os.PathLike):
        return os.fspath(value)
    if kind != "array":
        return value.item() if hasattr(value, "item") else value
    import numpy as np

    return np.asarray(value, np.float64).tolist()


def _paths(chosen: list[Loss], parameters: Mapping[str, Any]) -> list[str]:
    """The parameters that are files of numbers."""
    arrays = {p.name for one in chosen for p in one.parameters if p.type == "array"}
    texts = [value for name, value in parameters.items() if name in arrays and isinstance(value, str)]
    return [text for text in texts if inline(text) is None]


def _refuse_passing(location: Location) -> None:
    """Raise on what cannot be read a second time, or not as a file."""
    if location.path == STDIN:
        raise UsageError("standard input cannot be recorded: it is gone once it was read.", "give a file.")
    if location.remote:
        raise UsageError(f"{location.path} is an address; only files can be recorded.", "download it first.")
    for file in location.files:
        if not Path(file).is_file():
            raise UsageError(
                f"{file} is not a file, and cannot be recorded: it is gone once it was read.", "give a file."
            )

"""Reading a record: the JSON of a result, as far as it takes to compute it again."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from losscli.errors import SourceError, UsageError
from losscli.unreadable import unreadable

_HOW = "`losscli compute … --record -o result.json` writes one."


class Recorded(NamedTuple):
    """What a document holds.

    Attributes:
        name: The document, for messages.
        folder: Where it lies, or None.
        losscli: The version that wrote it.
        request: What was asked for.
        results: What it came to, one a loss.
        contents: The hash and size that each file text had, by the text.
    """

    name: str
    folder: Path | None
    losscli: str
    request: dict[str, Any]
    results: list[dict[str, Any]]
    contents: dict[str, dict[str, Any]]


def read(given: str | os.PathLike[str] | Mapping[str, Any]) -> Recorded:
    """The record that a file holds, standard input for ``-``, or a document that was read already.

    Raises:
        SourceError: It cannot be read, or is not JSON.
        UsageError: It is no result with its request.
    """
    if isinstance(given, Mapping):
        return _recorded("the record", None, given)
    name = os.fspath(given)
    text = _text(name)
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SourceError(f"{name}: is not JSON ({error}).", _HOW) from error
    return _recorded(name, None if name == "-" else Path(name).parent, document)


def _text(name: str) -> bytes:
    if name == "-":
        if sys.stdin is None:  # as Python says that the shell closed it (`<&-`)
            raise SourceError("-: standard input is closed.")
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise unreadable(name, error) from error


def _recorded(name: str, folder: Path | None, document: Any) -> Recorded:
    if not isinstance(document, Mapping) or "results" not in document:
        raise UsageError(f"{name}: is not a result of losscli.", _HOW)
    if document.get("request") is None:
        raise UsageError(f"{name}: holds no request, so it cannot be computed again.", _HOW)
    request = document["request"]
    try:
        files = dict(request["files"])
        inputs = {files[one["role"]]: one for one in document["inputs"] if "sha256" in one}
        contents = inputs | {one["source"]: one for one in request["beside"]}
        results = [dict(one) for one in document["results"]]
        texts = [request["loss"], *files.values(), *contents, *(c["sha256"] for c in contents.values())]
        sizes = [one.get("bytes", 0) for one in contents.values()]
        if not all(isinstance(text, str) for text in texts) or not all(isinstance(size, int) for size in sizes):
            raise TypeError
        if not results or not all({"loss", "value"} <= one.keys() for one in results):
            raise TypeError
        found = {"params": dict(request["params"]), "options": dict(request["options"])}
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{name}: its request is not as losscli writes it.", _HOW) from error
    return Recorded(name, folder, str(document.get("losscli")), {**request, **found}, results, contents)

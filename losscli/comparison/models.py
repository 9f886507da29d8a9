"""Which of what was given is a model's, and which belongs to all of them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from losscli.errors import UsageError
from losscli.inputs.files import paths_of
from losscli.inputs.inline import inline
from losscli.inputs.roles import Named
from losscli.spec.loss import Input, Loss

LEAST = 2
"""A comparison takes two."""


class Model(NamedTuple):
    """One of the predictions that are compared.

    Attributes:
        name: What it is called in the report.
        inputs: What was given for each of its own inputs, by the input's name.
    """

    name: str
    inputs: dict[str, Any]


class Models(NamedTuple):
    """What was given.

    Attributes:
        models: The baseline first.
        shared: What belongs to all of them, by the input's name.
    """

    models: tuple[Model, ...]
    shared: dict[str, Any]

    def given(self, one: Loss) -> tuple[dict[str, Any], dict[str, Input]]:
        """Everything by a name of its own, and what each name is to the loss; the baseline's inputs first."""
        roles = {role.name: role for role in one.inputs}
        own = [(self.key(i, name), name, value) for i, m in enumerate(self.models) for name, value in m.inputs.items()]
        every = [*own, *((name, name, value) for name, value in self.shared.items())]
        return {key: value for key, _, value in every}, {key: roles[name] for key, name, _ in every}

    def key(self, model: int, name: str) -> str:
        """The name that an input of a model goes by among those of all."""
        return name if not model or name in self.shared else f"{name} of {self.models[model].name}"


def models_of(one: Loss, positional: Sequence[Any], named: Mapping[str, Any]) -> Models:
    """The models, from what was given: ``A B TARGET``, ``{"a": A, "b": B}, TARGET``, or tables and their columns.

    Args:
        one: The loss.
        positional: Predictions, and then what the loss requires beside them; a mapping holds predictions by name.
        named: Inputs by name. Where that names the prediction, it is a column, and the models are tables.

    Raises:
        UsageError: There are fewer than two models, or more than can be meant.
    """
    required = [role.name for role in one.inputs if not role.optional]
    inputs = {role.name: named[role.name] for role in one.inputs if named.get(role.name) is not None}
    first, others = required[0], [name for name in required[1:] if name not in inputs]
    if positional and isinstance(positional[0], Mapping):
        names, predictions = tuple(map(str, positional[0])), list(positional[0].values())
        rest = list(positional[1:])
    else:
        count = len(positional) - len(others)
        names, predictions, rest = (), list(positional[: max(count, 0)]), list(positional[max(count, 0) :])
    if len(predictions) < LEAST or len(rest) != len(others):
        raise _too_few(one, len(predictions), others)
    shared = dict(zip(others, rest, strict=True))
    labels = names or short_names(predictions)
    if first not in inputs:
        given = [{first: prediction} for prediction in predictions]
        return Models(_named(labels, given), inputs | shared)
    return _of_tables(labels, predictions, inputs, shared)


def _of_tables(labels: Sequence[str], tables: list[Any], inputs: dict[str, Any], shared: dict[str, Any]) -> Models:
    """Each model is a table, and its inputs are columns of it; what names a file belongs to all of them."""
    columns = {name: text for name, text in inputs.items() if isinstance(text, str) and not _is_file(text)}
    given = []
    for table in tables:
        if not isinstance(table, str | os.PathLike):
            raise UsageError(
                f"{', '.join(columns)} names columns, and a model is not a table.", "give the models as files."
            )
        given.append({name: Named(os.fspath(table), text) for name, text in columns.items()})
    return Models(_named(labels, given), {n: x for n, x in inputs.items() if n not in columns} | shared)


def _is_file(text: str) -> bool:
    return "::" in text or bool(paths_of([text]))


def _named(labels: Sequence[str], given: list[dict[str, Any]]) -> tuple[Model, ...]:
    return tuple(Model(label, inputs) for label, inputs in zip(labels, given, strict=True))


def _too_few(one: Loss, count: int, others: list[str]) -> UsageError:
    names = " ".join(name.upper() for name in others)
    found = "one prediction was given" if count == 1 else f"{max(count, 0)} predictions were given"
    return UsageError(
        f"{one.name}: a comparison takes two or more predictions, and {found}.",
        f"losscli compare {one.name} A B {names}".rstrip() + ": the baseline first.",
    )


def short_names(given: Sequence[Any]) -> tuple[str, ...]:
    """What tells the models apart: their columns or paths without what all of them begin and end with, in whole words.

    ``run_1/pred.csv`` and ``run_2/pred.csv`` are ``run_1`` and ``run_2``; where one is no path they are a, b, c.
    """
    if not all(isinstance(x, str | os.PathLike) and inline(os.fspath(x)) is None for x in given):
        return tuple(_letter(i) for i in range(len(given)))
    texts = [os.fspath(x) for x in given]
    bare = [text.rpartition("::")[2] if "::" in text else _without_suffix(text) for text in texts]
    for names in (_in_short(bare), _in_short(texts)):
        if all(names) and len(set(names)) == len(names):
            return tuple(names)
    return tuple(text if text not in texts[:i] else f"{text} ({i + 1})" for i, text in enumerate(texts))


def _without_suffix(path: str) -> str:
    folder, slash, file = path.rpartition("/")
    return f"{folder}{slash}{file.partition('.')[0] or file}"


def _in_short(texts: list[str]) -> list[str]:
    parts = [[m.group() for m in re.finditer(r"[^\W_]+|[\W_]", text)] for text in texts]
    before, after = _shared(parts), _shared([part[::-1] for part in parts])
    if before and any(part[before : before + 1] and part[before][0].isdigit() for part in parts):
        before = max(before - 2, 0)  # run_1 and run_2, not 1 and 2
    after = min(after, min(map(len, parts)) - before)
    return ["".join(part[before : len(part) - after]).strip("._-/ :") for part in parts]


def _shared(parts: list[list[str]]) -> int:
    """How many words all of them begin with."""
    count = 0
    for words in zip(*parts, strict=False):
        if len(set(words)) > 1:
            break
        count += 1
    return count


def _letter(i: int) -> str:
    return chr(ord("a") + i) if i < 26 else f"model {i + 1}"

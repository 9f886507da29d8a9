"""Words in a target: which class each one is."""

from __future__ import annotations

from losscli.data.columns import class_names
from losscli.data.source import Source
from losscli.data.table import Table
from losscli.errors import UsageError

_MOST_SHOWN = 12


def coded(table: Table, column: str, given: tuple[str, ...], columns: tuple[str, ...]) -> Source:
    """A column of words as class indices.

    Args:
        table: The target's table.
        column: The column of words.
        given: The classes as the user named them, if they did.
        columns: The prediction's columns, which name them otherwise.

    Raises:
        UsageError: Nothing names the classes.
    """
    classes = given or class_names(columns, table.words(column))
    if classes is None:
        raise UsageError(
            f"{table.name}: column {column!r} holds words, and the prediction's columns do not name them.",
            "--classes cat,dog,fish names the classes in the order of the prediction's columns.",
        )
    source = table.coded(column, classes)
    source.coded = tuple(classes)
    shown = ", ".join(f"{word}={code}" for code, word in enumerate(classes[:_MOST_SHOWN]))
    source.remarks = (*source.remarks, f"classes {shown}{', …' if len(classes) > _MOST_SHOWN else ''}")
    return source


def refuse_other_than_two(classes: tuple[str, ...]) -> None:
    """Raise where a yes or no is told in other than two words."""
    if len(classes) != 2:
        raise UsageError(f"--classes names {len(classes)} classes, and the target is a yes or no.", "--classes no,yes")

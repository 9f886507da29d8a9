"""Choosing columns of a table: a name, a list, a range ``c0..c9``, a pattern ``logit_*``."""

from __future__ import annotations

from fnmatch import fnmatchcase

from losscli.errors import SourceError


def choose(name: str, columns: tuple[str, ...], select: str) -> list[str]:
    """The columns a selection stands for, in its own order.

    Raises:
        SourceError: A part of it names no column, or one column comes twice.
    """
    if select in columns:
        return [select]
    chosen = [column for part in select.split(",") for column in _part(name, columns, part.strip())]
    twice = next((c for i, c in enumerate(chosen) if c in chosen[:i]), None)
    if twice is not None:
        raise SourceError(f"{name}: {select!r} selects column {twice!r} twice.")
    return chosen


def _part(name: str, columns: tuple[str, ...], part: str) -> list[str]:
    if part in columns:
        return [part]
    first, dots, last = part.partition("..")
    if dots and first in columns and last in columns:
        start, stop = columns.index(first), columns.index(last)
        if start > stop:
            raise SourceError(f"{name}: column {first!r} comes after {last!r}.", f"write {last}..{first}")
        return list(columns[start : stop + 1])
    fitting = [c for c in columns if fnmatchcase(c, part)]
    if not fitting:
        raise SourceError(f"{name}: has no column {part!r}.", _nearest(part, columns))
    return fitting


def _nearest(part: str, columns: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(part, columns, n=3)
    if close:
        return f"did you mean {' or '.join(close)}?"
    shown = ", ".join(columns[:8])
    return f"it has {shown}{', …' if len(columns) > 8 else ''}."


def class_names(columns: tuple[str, ...], labels: list[str]) -> tuple[str, ...] | None:
    """Class names from the prediction's columns, if they name any of these labels; None if they do not.

    ``logit_cat, logit_dog`` name cat and dog too: a common beginning up to any separator may be left out.
    """
    candidates = [names for names in (columns, *without_prefix(columns)) if len(set(names)) == len(names)]
    best = max(candidates, key=lambda names: len(set(labels) & set(names)), default=())
    return best if set(labels) & set(best) else None


def without_prefix(columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The names without a common beginning, cut after each of the separators in it; the longest cut first."""
    shortest = min(columns, key=len, default="")
    ends = [end for end in range(len(shortest), 0, -1) if shortest[end - 1] in "_.-: /"]
    return [tuple(c[end:] for c in columns) for end in ends if all(c.startswith(shortest[:end]) for c in columns)]

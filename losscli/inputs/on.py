"""What rows are paired by: ``id``, or ``id=ID`` where the tables call it by two names."""

from __future__ import annotations

from typing import NamedTuple

from losscli.errors import UsageError


class On(NamedTuple):
    """A key: its name in the first table, and in the others."""

    first: str
    others: str

    def of(self, number: int) -> str:
        """Its name in the table of that number."""
        return self.others if number else self.first


def parse_on(texts: tuple[str, ...]) -> tuple[On, ...]:
    """The keys of ``--on``.

    Raises:
        UsageError: A side of ``=`` is empty.
    """
    found = []
    for text in texts:
        first, equals, others = (part.strip() for part in text.partition("="))
        if not first or (equals and not others):
            raise UsageError(f"--on {text!r} names no column.", "--on id, or --on id=ID for keys of two names.")
        found.append(On(first, others or first))
    return tuple(found)

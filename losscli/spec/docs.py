"""A loss's docstring, read as data: a title, an introduction and sections headed ``Name:``."""

from __future__ import annotations

import inspect
import re
from typing import NamedTuple

SECTIONS = (
    "Formula",
    "Inputs",
    "Parameters",
    "Use when",
    "Avoid when",
    "Pitfalls",
    "Gradient",
    "References",
    "Example",
)
"""Every section a loss must have (``Parameters`` only where it has any), in this order."""

_HEADING = rf"^({'|'.join(SECTIONS)}):[ \t]*$"  # compiled where it is used: most runs show no text
_ENTRY = r"^(\w+): "


class LossDoc(NamedTuple):
    """The title line, the introduction and the text of each section."""

    title: str
    summary: str
    sections: dict[str, str]

    def entries(self, section: str) -> dict[str, str]:
        """``name: meaning`` lines of a section, long meanings joined to one line."""
        parts = re.split(_ENTRY, self.sections.get(section, ""), flags=re.MULTILINE)[1:]
        return {name: " ".join(text.split()) for name, text in zip(parts[::2], parts[1::2], strict=True)}

    def items(self, section: str) -> list[str]:
        """The ``- `` items of a section; a section without any is one item."""
        text = self.sections.get(section, "").strip()
        if not text.startswith("- "):
            return [" ".join(text.split())] if text else []
        return [" ".join(item.split()) for item in re.split(r"^- ", text, flags=re.MULTILINE) if item.strip()]


def parse(docstring: str | None) -> LossDoc:
    """Take a docstring apart; unknown headings stay in the text above them."""
    text = inspect.cleandoc(docstring or "")
    head, *rest = re.split(_HEADING, text, flags=re.MULTILINE)
    title, _, summary = head.strip().partition("\n")
    sections = {name: inspect.cleandoc(body) for name, body in zip(rest[::2], rest[1::2], strict=True)}
    return LossDoc(title.strip().rstrip("."), summary.strip(), sections)

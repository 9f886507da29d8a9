"""A loss's docstring, read as data: a title, an introduction and sections headed ``Name:``."""

from __future__ import annotations

import inspect

from losscli.records import NamedTuple

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


class LossDoc(NamedTuple):
    """The title line, the introduction and the text of each section."""

    title: str
    summary: str
    sections: dict[str, str]

    def entries(self, section: str) -> dict[str, str]:
        """``name: meaning`` lines of a section, long meanings joined to one line."""
        found: dict[str, str] = {}
        name = ""
        for line in self.sections.get(section, "").splitlines():
            word, colon, rest = line.partition(": ")
            if colon and word.isidentifier():
                name, line = word, rest
            found[name] = f"{found.get(name, '')} {line.strip()}".strip()
        return found

    def items(self, section: str) -> list[str]:
        """The ``- `` items of a section; a section without any is one item."""
        text = self.sections.get(section, "").strip()
        parts = f"\n{text}".split("\n- ") if text.startswith("- ") else [text]
        return [" ".join(part.split()) for part in parts if part.strip()]


def parse(docstring: str | None) -> LossDoc:
    """Take a docstring apart; unknown headings stay in the text above them."""
    bodies: dict[str, list[str]] = {}
    body = head = []  # type: list[str]
    for line in inspect.cleandoc(docstring or "").splitlines():
        name = line.rstrip().removesuffix(":")
        if name in SECTIONS and name != line.rstrip():
            body = bodies[name] = [""]
        else:
            body.append(line)
    title, _, summary = "\n".join(head).strip().partition("\n")
    sections = {name: inspect.cleandoc("\n".join(lines)) for name, lines in bodies.items()}
    return LossDoc(title.strip().rstrip("."), summary.strip(), sections)

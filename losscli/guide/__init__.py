"""The manual beyond the README: a page a topic, in Markdown, whose outputs the program writes itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from losscli.errors import WARNINGS, UsageError

_HERE = Path(__file__).parent
_GENERATOR = re.compile(r"<!-- \[\[\[cog.*?\]\]\] -->\n?|<!-- \[\[\[end\]\]\] -->\n?", re.DOTALL)
"""What stands around generated parts, for the generator alone."""


class Page(NamedTuple):
    """A topic and what its page is called."""

    topic: str
    title: str


def pages() -> list[Page]:
    """Every page there is, in the order of the alphabet."""
    return [Page(path.stem, _title(path)) for path in sorted(_HERE.glob("*.md"))]


def _title(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().strip().removeprefix("# ")


def _near_codes(wanted: str) -> list[str]:
    """The codes that differ from what was typed in one place, two at most: a letter O is typed for a 0."""
    near = [code for code in WARNINGS if sum(a == b for a, b in zip(code, wanted, strict=False)) == len(code) - 1]
    return near[:2]


def page(name: str) -> str:
    """The text of a topic, or what a warning code means.

    Raises:
        UsageError: There is no such topic or code; the hint names the nearest.
    """
    wanted = name.strip()
    if wanted.upper() in WARNINGS:
        return f"{wanted.upper()}: {WARNINGS[wanted.upper()]}\n"
    path = _HERE / f"{wanted.lower()}.md"
    if wanted.lower() not in [one.topic for one in pages()]:
        from difflib import get_close_matches

        close = get_close_matches(wanted.lower(), [one.topic for one in pages()], n=2) or _near_codes(wanted.upper())
        hint = f"did you mean {' or '.join(close)}?" if close else "`losscli guide` lists the topics."
        raise UsageError(f"the guide has no topic {name!r}, and no warning has that code.", hint)
    return _GENERATOR.sub("", path.read_text(encoding="utf-8"))

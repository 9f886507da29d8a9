"""A page of Markdown as its reader wants it: laid out on a terminal, as it is in a pipe."""

from __future__ import annotations

from typing import IO

_WIDEST = 100
"""Columns of a line of prose that is still read with ease."""


def render(text: str, stream: IO[str]) -> str:
    """The text of a page for ``stream``."""
    if not stream.isatty():
        return text
    from rich.markdown import Markdown

    from losscli.report.table import console, text_of

    out = console(stream)
    out.print(Markdown(text, hyperlinks=False), width=min(out.width, _WIDEST))
    return text_of(out)

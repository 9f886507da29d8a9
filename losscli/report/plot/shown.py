"""A picture for a stream: as wide as that is, in the characters and colours that it has."""

from __future__ import annotations

import os
from typing import IO

from losscli.report.plot.panel import Picture
from losscli.report.plot.terminal import HEIGHT, LEAST_WIDTH, render

_WIDEST = 120
_IN_A_PIPE = 80


def render_for(
    stream: IO[str], picture: Picture, width: int | None = None, ascii_only: bool | None = None, below: int = 0
) -> str:
    """A picture as ``stream`` wants it.

    Args:
        stream: Where it goes.
        picture: What to show.
        width: Columns; None takes those of the terminal, up to 120, and 80 in a pipe.
        ascii_only: Whether only ASCII may be written; None looks at the locale.
        below: Lines that stand below it, for which it leaves room.
    """
    terminal = stream.isatty()
    dumb = os.environ.get("TERM") == "dumb"
    coloured = terminal and not dumb and not os.environ.get("NO_COLOR")
    ascii_only = dumb or not _has_unicode(stream) if ascii_only is None else ascii_only
    return render(picture, columns(stream, width), height=HEIGHT - below, ascii_only=ascii_only, colour=coloured)


def columns(stream: IO[str], width: int | None = None) -> int:
    """How wide a picture for ``stream`` is, where that is not said."""
    if width is not None:
        return width
    if not stream.isatty():
        return _IN_A_PIPE
    import shutil

    return max(LEAST_WIDTH, min(shutil.get_terminal_size().columns, _WIDEST))


def _has_unicode(stream: IO[str]) -> bool:
    """Whether the locale has braille. Python writes UTF-8 in the locale C, too, where nobody said that it is read."""
    wanted = next((x for x in map(os.environ.get, ("LC_ALL", "LC_CTYPE", "LANG")) if x), "")
    encoding = (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "")
    return wanted not in ("C", "POSIX") and encoding == "utf8"

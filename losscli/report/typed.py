"""Commands as they are typed: on several lines where one does not hold them."""

from __future__ import annotations

from collections.abc import Sequence

_INDENT = "    "
_ON = " \\"
"""What tells a shell that a command goes on in the next line."""


def command(words: Sequence[str], width: int) -> list[str]:
    """The lines of a command, each with as many of its words as fit ``width`` columns; no word is broken.

    Args:
        words: Quoted as a shell takes them.
        width: Columns of the lines.
    """
    lines = [words[0]]
    for i, word in enumerate(words[1:], 2):
        longer = f"{lines[-1]} {word}"
        if len(longer) + (len(_ON) if i < len(words) else 0) <= width:
            lines[-1] = longer
        else:
            lines[-1] += _ON
            lines.append(_INDENT + word)
    return lines

"""Shells that complete: bash, which cuts words at colons and equals signs before anybody sees them."""

from __future__ import annotations

import re
from typing import Any

from typer import _completion_classes as typers

_SPECIAL = re.compile(r"""[\s"'\\$`&|;<>()*?\[\]#!{}~]""")


def take_shells() -> None:
    """Let bash complete as this module has it; the others as Typer does."""
    setattr(typers, "BashComplete", Bash)  # noqa: B010 (to a type checker a class is no variable)
    typers.completion_init()


class Bash(typers.BashComplete):
    """Words that hold a colon or ``=`` reach us in pieces, since ``COMP_WORDBREAKS`` has them: they are put together
    again, but for an option and its value, which are read alike as two words.

    What is completed then takes the place of the last piece alone. The script that was installed stays as it is.
    """

    _cut = 0

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is begun, and that."""
        before, last = super().get_completion_args()
        words: list[str] = [""]  # the program, which another word is never a piece of
        behind = False
        for piece in [*before, last] if last else before:
            if piece == "=" and words[-1].startswith("--"):
                words.append("")
                behind = True
                continue
            colon = not piece.strip(":")
            if colon or behind:
                words[-1] += piece
            else:
                words.append(piece)
            behind = colon
        begun = words.pop() if last else ""
        self._cut = begun.rfind(":") + 1 if begun != last else 0
        return words[1:], begun

    def format_completion(self, item: Any) -> str:
        """What bash puts in the place of the piece, as it must be typed."""
        return _SPECIAL.sub(lambda sign: f"\\{sign[0]}", str(item.value)[self._cut :])

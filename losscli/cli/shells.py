"""Shells that complete: bash, which cuts words at colons and equals signs before anybody sees them."""

from __future__ import annotations

import os
import re

from typer._click.shell_completion import CompletionItem as CompletionItem
from typer._click.shell_completion import add_completion_class, split_arg_string
from typer._completion_classes import BashComplete

_SPECIAL = re.compile(r"""[\s"'\\$`&|;<>()*?\[\]#!{}~]""")


def take_shells() -> None:
    """Let bash complete as this module has it; the others as Typer does."""
    add_completion_class(Bash, Bash.name)


class Bash(BashComplete):
    """Words that hold a colon or ``=`` reach us in pieces, since ``COMP_WORDBREAKS`` has them: they are put together
    again, but for an option and its value, which are read alike as two words.

    What is completed then takes the place of the last piece alone. The script that was installed stays as it is.
    """

    _cut = 0

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is begun, and that."""
        pieces = split_arg_string(os.environ["COMP_WORDS"])
        at = int(os.environ["COMP_CWORD"])
        words: list[str] = []
        behind = False
        for piece in pieces[: at + 1]:
            if piece == "=" and words and words[-1].startswith("--"):
                words.append("")
                behind = True
                continue
            colon = not piece.strip(":")
            if words and (colon or behind):
                words[-1] += piece
            else:
                words.append(piece)
            behind = colon
        begun = words.pop() if at < len(pieces) else ""
        self._cut = begun.rfind(":") + 1 if at < len(pieces) and begun != pieces[at] else 0
        return words[1:], begun

    def format_completion(self, item: CompletionItem) -> str:
        """What bash puts in the place of the piece, as it must be typed."""
        return _SPECIAL.sub(lambda sign: f"\\{sign[0]}", str(item.value)[self._cut :])

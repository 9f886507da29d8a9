"""What stands for the characters of tables and texts where a stream has no Unicode."""

from __future__ import annotations

import codecs

NAME = "losscli.alike"
"""The error handler of a stream that writes in another encoding than UTF-8."""
_LINES = dict.fromkeys("─━−–", "-") | dict.fromkeys("│┊", "|") | dict.fromkeys("█▉▊▋▌", "#") | dict.fromkeys("▍▎▏", "")
_MARKS = {"⋮": ":", "…": "...", "×": "x", "·": "*", "▸": ">", "≈": "~", "±": "+-", "≤": "<=", "≥": ">="}
_LETTERS = {"²": "^2", "½": "1/2", "Σ": "sum", "√": "sqrt", "∂": "d", "ℓ": "l", "∞": "inf"}
_ALIKE = _LINES | _MARKS | _LETTERS


def register() -> None:
    """Make the error handler known under :data:`NAME`."""
    codecs.register_error(NAME, _alike)


def _alike(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_ALIKE.get(c, "?") for c in error.object[error.start : error.end]), error.end

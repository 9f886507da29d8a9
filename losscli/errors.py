"""One tree of errors: each carries a sentence, and a hint that says what helps."""

from __future__ import annotations

from dataclasses import dataclass


class LossCLIError(Exception):
    """Base of everything losscli raises on purpose.

    Args:
        message: One sentence that names the file, and where it can the place in it.
        hint: The flag or step that helps, or "".
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} Hint: {self.hint}" if self.hint else self.message


class UsageError(LossCLIError):
    """The request itself makes no sense: an unknown loss, option or combination."""


class ParameterError(UsageError):
    """A loss's parameter is outside its domain or of the wrong kind."""


class SourceError(LossCLIError):
    """A file cannot be opened or read as the format it claims to be."""


class ShapeError(LossCLIError):
    """Inputs whose shapes do not fit the loss or one another."""


class DataError(LossCLIError):
    """Values a loss cannot take: NaN, labels out of range, probabilities above 1."""


class BackendError(LossCLIError):
    """A backend or device that is unknown, not installed or not able."""


class OutputError(LossCLIError):
    """A result that cannot be written where or as it was asked for."""


class StrictError(LossCLIError):
    """A warning, made an error by ``--strict``."""


@dataclass(frozen=True)
class Finding:
    """A coded warning: the number was computed, but something looks wrong.

    Codes are stable: L1xx shapes and files, L2xx values, L3xx the result, L9xx plug-ins.
    """

    code: str
    message: str
    hint: str = ""

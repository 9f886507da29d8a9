"""One tree of errors and one list of warnings: each carries a sentence, and a hint that says what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losscli.records import NamedTuple

if TYPE_CHECKING:
    from typing_extensions import Self


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


class MissingInputError(UsageError):
    """A required input was not given.

    Args:
        message: Which, and of which loss.
        required: The names of all that the loss requires, in their order.
    """

    def __init__(self, message: str, required: tuple[str, ...] = ()) -> None:
        super().__init__(message, f"it takes {', '.join(required)}, in this order.")
        self.required = required


class ParameterError(UsageError):
    """A loss's parameter is outside its domain or of the wrong kind."""


class SourceError(LossCLIError):
    """A file cannot be opened or read as the format it claims to be."""


class UnknownKeyError(SourceError):
    """A file of several arrays holds none of the name that was asked for, or was asked for none.

    Args:
        message: Which file.
        hint: What helps.
        keys: The names of the arrays that it holds.
    """

    def __init__(self, message: str, hint: str, keys: tuple[str, ...]) -> None:
        super().__init__(message, hint)
        self.keys = keys


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


class LossWarning(UserWarning):
    """A finding, as the Python API tells it: the number was computed, but something looks wrong."""


WARNINGS = {
    "L101": "A trailing axis of length 1 was dropped to make the shapes fit: (N, 1) was read as (N,).",
    "L102": "A file was given that one of the losses asked for does not take.",
    "L103": "The first line was read as a header, though a cell of it is a number, or NA, true and the like.",
    "L104": "The first column of a file without a header counts the rows, as an index does, and was read as data.",
    "L105": "A column is named like an id, but its values repeat, and it was read as data.",
    "L106": "The first row counts from 0: pandas' header over columns without names, or data. It says which was taken.",
    "L107": "The rows of a file without a header were read as two whole numbers, and may be one with a decimal comma.",
    "L108": "Files that belong together have unequal numbers of rows.",
    "L110": "Masks may lack their class axis, so that their height was read as classes: (N, H, W) for (N, 1, H, W).",
    "L111": "There are as many positions as classes, and nobody said on which axis the classes are: axis 1 was taken.",
    "L201": "Logits are wanted, and these look like probabilities: all in [0, 1], and rows of classes sum to 1.",
    "L202": "Log-probabilities are wanted, and these look like probabilities, or like logits: some are above 0.",
    "L203": "Probabilities of classes do not sum to 1 in every sample.",
    "L204": "Log-probabilities are wanted, and the rows are not normalised: their exponentials do not sum to 1.",
    "L205": "Prediction and target look swapped: the first holds labels, and the second values between or scores.",
    "L206": "Weights are negative: taken as they are, as torch does.",
    "L207": "Few labels are met, and most if the class columns are put in another order, or labels counted from 1.",
    "L208": "The prediction fits the target moved by one row, and as it stands no better than rows far apart.",
    "L209": "Whole numbers above 2^53, where float64, in which all is computed, cannot tell neighbours apart.",
    "L210": "NaN, infinite or missing values.",
    "L211": "Every value of a column, or of a file, is the same.",
    "L212": "Labels count from 1, and the columns of classes from 0.",
    "L213": "One label is not a class, beside others that are: it may mark what is to be left out.",
    "L214": "The prediction is sure of itself and no better than chance: the rows may be in another order.",
    "L215": "Prediction and target are of different scale, as if one of them were standardised.",
    "L216": "Samples whose inputs are sound one by one do not go together, such as a target longer than its sequence.",
    "L217": "A loss of two parts is in one of them alone, so that the threshold between them makes no difference.",
    "L301": "Nothing counts, all is ignored or has weight 0, or weights add up to 0: the mean is undefined.",
    "L302": "The result is NaN although no input is: infinities met.",
    "L303": "The result is infinite although no input is: too large on the way, or divided by 0.",
    "L304": "A loss that is one number for the whole set was computed without the groups or weights of the others.",
    "L305": "The result is one that sound inputs of this loss do not have, such as a negative divergence.",
    "L401": "An interval rests on few samples: there are fewer than 20, or one of them holds much of the spread.",
    "L402": "An interval rests on few clusters: fewer than 6, or some are so large that the others hardly count.",
    "L403": "Rows share the values of a column that is named like an id, and the interval takes them as independent.",
    "L404": "The loss is above that of the best constant prediction: of one that knows nothing of the inputs.",
    "L900": "A plug-in does not load.",
    "L901": "A plug-in's entry point leads to no loss, or no backend.",
}
"""What each warning means, by its code. A code keeps its meaning: L1 is about files and shapes, L2 about values, L3
about the result, L4 about how sure it is, L9 about plug-ins.
"""


class _Found(NamedTuple):
    code: str
    message: str
    hint: str


class Finding(_Found):
    """A coded warning: the number was computed, but something looks wrong.

    Args:
        code: One of :data:`WARNINGS`.
        message: One sentence that names the file, and where it can the place in it.
        hint: The flag or step that helps, or "".
    """

    __slots__ = ()

    def __new__(cls, code: str, message: str, hint: str = "") -> Self:
        """Make one; of no other code."""
        if code not in WARNINGS:
            raise KeyError(f"{code} is not a warning's code.")
        return super().__new__(cls, code, message, hint)

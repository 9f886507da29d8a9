"""From a path to a source: blocks of samples as NumPy arrays. A reader a file; nothing here knows a loss."""

from __future__ import annotations

from dataclasses import dataclass

MISSING = ("error", "omit")


@dataclass(eq=False, repr=False)
class ReadOptions:
    """How files are to be read; None leaves it to be found out.

    Args:
        delimiter: The character between cells of text.
        decimal: Between the digits of a number in text: a point or a comma.
        na_values: What cells of text may hold that stands for a missing value, beside what pandas takes for one.
        header: Whether the first row of text names the columns.
        format: What the files are, whatever their suffix: a name in :data:`losscli.data.files.FORMATS`.
        missing: A missing value is an ``error``, or its row is left out of every input (``omit``).
        classes: The classes that text labels name, in the order of the prediction's columns.
    """

    delimiter: str | None = None
    header: bool | None = None
    format: str | None = None
    missing: str = "error"
    classes: tuple[str, ...] | None = None
    decimal: str | None = None
    na_values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        from losscli.errors import UsageError

        if self.missing not in MISSING:
            raise UsageError(f"missing is {self.missing!r}.", f"it is one of {', '.join(MISSING)}.")
        if not all(self.classes or (True,)):
            raise UsageError("the classes hold an empty name.", "cat,dog,fish are three.")
        if self.decimal not in (None, ".", ","):
            raise UsageError(f"decimal is {self.decimal!r}.", "it is a point or a comma.")
        twice = next((c for i, c in enumerate(self.classes or ()) if c in (self.classes or ())[:i]), None)
        if twice is not None:
            raise UsageError(f"the classes name {twice!r} twice.", "each is one column of the prediction.")

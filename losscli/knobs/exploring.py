"""Knobs of the commands that take a loss apart, declared as those in :mod:`losscli.knobs.options` are."""

# Annotations are the knobs' types, read when this is imported: as text they would have to be compiled first.
from operator import index
from typing import Any

from losscli.errors import UsageError
from losscli.knobs import BESIDE, PLACED, SILENT, knob
from losscli.knobs.options import (
    OF_INTERVALS,
    OF_REFERENCES,
    SAMPLES,
    ColumnOptions,
    Options,
    OutputOptions,
    PictureOptions,
)


class DistOptions(Options, group=SAMPLES):
    """How a loss is taken apart, beside how it is computed."""

    without = ("per_sample", "record", *OF_INTERVALS, *ColumnOptions.knobs)
    reduction: str = knob("mean", "As in torch.", choices=("mean", "sum", "batchmean"), signed=PLACED, short="-r")
    reference: bool = knob(
        True, "What the best constant prediction gets on the same targets, and the skill over it.", signed=SILENT
    )
    by: tuple[str, ...] = knob((), "Also what groups of samples have of it.", signed=BESIDE, shown="COLUMN,...")
    keep: tuple[str, ...] = knob((), "Columns to show beside the worst samples.", signed=BESIDE, shown="COLUMN,...")
    exact: bool = knob(
        False,
        "Of more than four million samples read the files a second time, to know quantiles and counts exactly.",
        signed=SILENT,
    )
    worst: int = knob(5, "Show the K samples that add most.", least=0, signed=SILENT, shown="K")


class DistOutputOptions(PictureOptions):
    """How ``dist`` shows what it found, and where."""

    quiet: bool = knob(False, "Only the loss.", signed=SILENT, short="-q")
    plot: bool | None = knob(None, "The picture, below the tables; default: no, as these have bars.", signed=SILENT)


WAYS = ("sample", "worst", "id")
"""The knobs that say which samples are meant."""


class ExplainOptions(Options, group=SAMPLES):
    """Which samples are worked out, beside how to compute."""

    without = ("per_sample", "by", "record", *OF_INTERVALS, *OF_REFERENCES)
    reduction: str = knob("mean", "As in torch.", choices=("mean", "sum", "batchmean"), signed=PLACED, short="-r")
    sample: Any = knob(None, "The samples to explain, by their numbers.", signed=SILENT, shown="N,...")
    worst: int | None = knob(None, "Those with the K largest losses.", least=1, most=100, signed=SILENT, shown="K")
    id: str | None = knob(None, "Those that a column names.", signed=SILENT, shown="COLUMN=VALUE")
    at: Any = knob(
        None, "The unit to work out, of several in a sample; default: the worst.", signed=SILENT, shown="POSITION"
    )
    rank: bool | None = knob(
        None, "Whether to read all samples, for the rank and the mean; default: yes.", signed=SILENT
    )

    def check(self) -> None:
        super().check()
        given = [name for name in WAYS if getattr(self, name) is not None]
        if len(given) > 1:
            raise UsageError(f"{' and '.join(map(self.called, given))} exclude each other.", "leave all but one out.")
        if self.rank is False and given and self.sample is None:
            raise UsageError(f"{self.called(given[0])} takes reading all samples.", f"{self.called('sample')} N")
        if self.sample is not None:
            self.sample = tuple(dict.fromkeys(whole_numbers(self.sample, self.called("sample"))))
        self.at = None if self.at is None else whole_numbers(self.at, self.called("at"))
        if self.id is not None and not all(self.id.partition("=")[::2]):
            raise UsageError(f"{self.called('id')} is {self.id!r}.", "it names a column and what stands in it: id=a17")


class ExplainOutputOptions(OutputOptions):
    """How ``explain`` shows what it found, and where."""

    quiet: bool = knob(False, "Only the loss of each sample, one a line.", signed=SILENT, short="-q")
    output: str | None = knob(
        None, "Write the result here instead: .json .csv .md.", signed=SILENT, shown="FILE", short="-o"
    )


def whole_numbers(given: Any, called: str) -> tuple[int, ...]:
    """Numbers from 0 on: one, several, or text with commas between them.

    Raises:
        UsageError: They are none.
    """
    parts = given.split(",") if isinstance(given, str) else given if isinstance(given, list | tuple) else [given]
    try:
        found = [int(part) if isinstance(part, str) else index(part) for part in parts]
    except (TypeError, ValueError):
        raise UsageError(f"{called} is {given!r}.", "it is a whole number from 0 on, or several: 3,17") from None
    if not found or min(found) < 0:
        raise UsageError(f"{called} is {given}.", "they are numbered from 0 on.")
    return tuple(found)

"""The options every ``compute`` command has, and what they mean for the run and the report."""

# Annotations are read when this is imported, at every start: as text they would have to be compiled first.
import inspect
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from losscli.data import MISSING
from losscli.errors import UsageError
from losscli.options import DTYPES, NAN_POLICIES, REDUCTIONS, SPACES, UNMATCHED, Options

if TYPE_CHECKING:
    from losscli.output.target import OutputFile
    from losscli.report import Report

FORMATS = ("table", "json", "csv", "markdown")
GROUP_ORDERS = ("name", "loss", "count", "sum")
_ENDS = 5
"""Samples shown at either end of the table."""


def _one_of(words: tuple[str, ...]) -> str:
    return "|".join(words)


def _delimiter(text: str) -> str:
    one = text.replace("\\t", "\t")
    if len(one) != 1 or one in '"\r\n' or one.isalnum() or not one.isascii():
        raise UsageError(f"--delimiter is {one!r}.", "it is one character such as , ; or |.")
    return one


def _names(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(part.strip() for part in text.split(","))


@dataclass(eq=False, repr=False)
class Common:
    """The values of the common options; the field order is the order in the help."""

    reduction: Annotated[str, typer.Option("-r", "--reduction", metavar=_one_of(REDUCTIONS), help="As in torch.")] = (
        "mean"
    )
    per_sample: Annotated[
        bool | None,
        typer.Option(
            "-s/ ",
            "--per-sample/--no-per-sample",
            help="The per-sample losses; tables show them by default.",
            show_default=False,
        ),
    ] = None
    top: Annotated[
        int | None, typer.Option(min=1, metavar="K", help="Show the K worst samples.", show_default=False)
    ] = None
    head: Annotated[
        int | None, typer.Option(min=1, metavar="K", help="Show the first K samples.", show_default=False)
    ] = None
    backend: Annotated[str, typer.Option("-b", "--backend", metavar="NAME", help="numpy, torch or a plug-in's.")] = (
        "numpy"
    )
    device: Annotated[str, typer.Option(metavar="cpu|cuda|mps", help="Where torch computes.")] = "cpu"
    dtype: Annotated[
        str, typer.Option(metavar=_one_of(DTYPES), help="Arithmetic; native is the files' own. Sums are float64.")
    ] = "float64"
    nan: Annotated[
        str,
        typer.Option(
            metavar=_one_of(NAN_POLICIES), help="NaN in an input: refuse, compute with it, or leave the sample out."
        ),
    ] = "error"
    strict: Annotated[bool, typer.Option("--strict", help="Make warnings errors.", show_default=False)] = False
    format: Annotated[str, typer.Option("-f", "--format", metavar=_one_of(FORMATS), help="What stdout gets.")] = "table"
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Only the number, one line a loss.", show_default=False)
    ] = False
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write the result here instead: .json .csv .md, or with -r none or -s .npy .csv .parquet.",
            show_default=False,
        ),
    ] = None
    digits: Annotated[int, typer.Option(min=1, max=17, metavar="N", help="Significant digits in tables.")] = 6
    delimiter: Annotated[
        str | None,
        typer.Option(metavar="CHAR", help="Between cells of text files; default: found out.", show_default=False),
    ] = None
    decimal: Annotated[
        str | None,
        typer.Option(
            metavar="CHAR", help="A point or a comma, in numbers of text; default: found out.", show_default=False
        ),
    ] = None
    header: Annotated[
        bool | None,
        typer.Option(help="Whether the first row of text files names columns; default: found out.", show_default=False),
    ] = None
    input_format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="What the files are, whatever their suffix.", show_default=False),
    ] = None
    on: Annotated[
        str | None,
        typer.Option(metavar="COLUMN,...", help="Pair the rows of the inputs' tables by key.", show_default=False),
    ] = None
    unmatched: Annotated[
        str, typer.Option(metavar=_one_of(UNMATCHED), help="Rows without a partner by --on: refuse, or leave out.")
    ] = "error"
    missing: Annotated[
        str, typer.Option(metavar=_one_of(MISSING), help="Empty cells: refuse, or leave the row out of every input.")
    ] = "error"
    na_values: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT,...",
            help="What stands for a missing value in text, beside empty cells, NA and the like.",
            show_default=False,
        ),
    ] = None
    classes: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help="The classes that words in the target name, in the order of the prediction's columns.",
            show_default=False,
        ),
    ] = None
    pred_is: Annotated[
        str | None,
        typer.Option(
            metavar=_one_of(SPACES),
            help="What the prediction holds, if not what the loss takes: it is converted.",
            show_default=False,
        ),
    ] = None
    class_axis: Annotated[
        int | None,
        typer.Option(metavar="N", help="The axis of the classes, if not 1; -1 is the last.", show_default=False),
    ] = None
    shift: Annotated[
        int, typer.Option(min=0, metavar="N", help="Positions the prediction looks ahead: 1 for the next token.")
    ] = 0
    label_base: Annotated[int, typer.Option(metavar="N", help="The number of the first class.")] = 0
    sample_weight: Annotated[
        str | None,
        typer.Option(metavar="FILE|COLUMN", help="One weight a sample: a weighted mean.", show_default=False),
    ] = None
    by: Annotated[
        str | None,
        typer.Option(metavar="COLUMN,...", help="Also the loss of each group of samples.", show_default=False),
    ] = None
    sort: Annotated[
        str | None,
        typer.Option(metavar=_one_of(GROUP_ORDERS), help="Order of the groups; default: by name.", show_default=False),
    ] = None
    keep: Annotated[
        str | None,
        typer.Option(metavar="COLUMN,...", help="Columns to show beside per-sample losses.", show_default=False),
    ] = None
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j", "--jobs", min=1, metavar="N", help="Threads; default: the cores there are.", show_default=False
        ),
    ] = None
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.", show_default=False)] = False

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise UsageError(f"--format is {self.format!r}.", f"it is one of {', '.join(FORMATS)}.")
        if self.sort is not None and self.sort not in GROUP_ORDERS:
            raise UsageError(f"--sort is {self.sort!r}.", f"it is one of {', '.join(GROUP_ORDERS)}.")
        if self.sort is not None and not self.by:
            raise UsageError("--sort orders the groups of --by.", "--by COLUMN")
        if self.top and self.head:
            raise UsageError("--top and --head exclude each other.")
        if (self.top or self.head) and self.per_sample is False:
            raise UsageError("--no-per-sample leaves out what --top and --head select.")
        if self.quiet and self.format != "table":
            raise UsageError("-q prints the bare number, and -f a report.", "leave one of them out.")
        if self.output is not None and self.format != "table" and os.path.splitext(self.output)[1]:  # noqa: PTH122
            raise UsageError(
                "-f says what standard output gets, and -o writes a file instead.",
                "the file's suffix names its format.",
            )
        if self.delimiter is not None:
            self.delimiter = _delimiter(self.delimiter)
        if (self.top or self.head) and self.per_sample is None and not self._table:
            self.per_sample = True

    @property
    def unreduced(self) -> bool:
        """Whether values are wanted as they are, one a unit."""
        return self.reduction == "none" and not self.per_sample

    @property
    def beside(self) -> list[str]:
        """Columns and files that are read beside the inputs."""
        return [*_names(self.sample_weight), *_names(self.by), *_names(self.keep)]

    @property
    def every_sample(self) -> bool:
        """Whether the losses of all samples are wanted."""
        return bool(self.per_sample) and not (self.top or self.head)

    @property
    def _table(self) -> bool:
        return self.format == "table" and not self.quiet and self.output is None

    def options(self, progress: Any = None, sink: Any = None, samples: Any = None) -> Options:
        """How to compute; unreduced values and per-sample losses go to a file, or stay in memory."""
        return Options(
            reduction=self.reduction,
            backend=self.backend,
            device=self.device,
            dtype=self.dtype,
            nan=self.nan,
            selection=self._selection(),
            threads=self.jobs,
            strict=self.strict,
            read=self._read(),
            sink=sink,
            samples=samples,
            progress=progress,
            label_base=self.label_base,
            sample_weight=self.sample_weight,
            by=_names(self.by),
            keep=_names(self.keep),
            on=_names(self.on),
            unmatched=self.unmatched,
            pred_is=self.pred_is,
            class_axis=self.class_axis,
            shift=self.shift,
        )

    def _read(self) -> Any:
        from losscli.data import ReadOptions
        from losscli.data.files import FORMATS as INPUT_FORMATS

        if self.input_format is not None and self.input_format not in INPUT_FORMATS:
            raise UsageError(f"--input-format is {self.input_format!r}.", f"it is one of {', '.join(INPUT_FORMATS)}.")
        return ReadOptions(
            self.delimiter,
            self.header,
            self.input_format,
            self.missing,
            _names(self.classes) if self.classes else None,
            self.decimal,
            _names(self.na_values),
        )

    def _selection(self) -> Any:
        from losscli.engine.collect import Selection

        if self.per_sample is False or not (self.per_sample or self._table or self.top or self.head):
            return None
        if self.top or self.head:
            return Selection(head=self.head or 0, top=self.top or 0)
        return Selection(_ENDS, _ENDS) if self._table else Selection.everything()

    def target(self, losses: int, inputs: list[str]) -> AbstractContextManager["OutputFile | None"]:
        """The file to write, opened before the work, or nothing."""
        if self.output is None:
            return nullcontext()
        from losscli.output.target import OutputFile

        arrays = bool(self.per_sample) or self.reduction == "none"
        return OutputFile(self.output, arrays, losses, inputs, self.format)

    def render(self, report: "Report") -> str:
        """The text for standard output."""
        import importlib

        from losscli.report.numbers import plain

        name = "quiet" if self.quiet else self.format
        text: str = importlib.import_module(f"losscli.report.{name}").render(report)
        # In a pipe or a file data are data; a terminal would act on them. The table's own escapes are meant.
        return text if self._table or not sys.stdout.isatty() else plain(text, kept="\n\t")


def split(given: dict[str, Any]) -> tuple[Common, dict[str, Any]]:
    """The common options, and what belongs to the losses.

    Raises:
        UsageError: A value is empty: most often a variable of the shell that is not set.
    """
    empty = next((name for name, value in given.items() if isinstance(value, str) and not value.strip()), None)
    if empty is not None:
        raise UsageError(f"--{empty.replace('_', '-')} is empty text.", "is a variable of the shell not set?")
    names = [f.name for f in fields(Common)]
    common = Common(**{name: given[name] for name in names})
    return common, {name: value for name, value in given.items() if name not in names}


COMMON = [
    inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=f.type)
    for f in fields(Common)
]
"""The common options as parameters of a command's signature."""

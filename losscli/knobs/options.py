"""Every knob once: default, help, choices, and what a signature tells of it.

The options of commands, the keywords of :func:`losscli.compute`, their table in the guide, the groups of a help page
and the signature are derived from here. A command takes the knobs of the classes that its own inherits.
"""

# Annotations are the knobs' types, read when this is imported: as text they would have to be compiled first.
from math import nan
from os.path import splitext
from typing import Any

from losscli.errors import UsageError
from losscli.knobs import BESIDE, GIVEN, PLACED, SILENT, Knobs, knob

COMPUTING = "How to compute"
FILES = "Files and pairing"
SAMPLES = "Groups and samples"
INTERVALS = "Intervals and references"
SHOWN = "What is shown"
GROUPS = (COMPUTING, FILES, SAMPLES, INTERVALS, SHOWN)
"""The groups of options that commands share, in the order of a help page; what a command has of its own comes first."""
MOST_RESAMPLES = 10**6


class ReadOptions(Knobs, group=FILES):
    """How files are read; None leaves it to be detected."""

    delimiter: str | None = knob(None, "Between cells of text files; default: detected.", blank=True, shown="CHAR")
    decimal: str | None = knob(None, "A point or a comma, in numbers of text; default: detected.", shown="CHAR")
    header: bool | None = knob(None, "Whether the first row of text files names columns; default: detected.")
    input_format: str | None = knob(None, "What the files are, whatever their suffix.", shown="FORMAT")
    missing: str = knob("error", "Empty cells: refuse, or leave the row out of every input.", choices=("error", "omit"))
    na_values: tuple[str, ...] = knob(
        (), "What stands for a missing value in text, beside empty cells, NA and the like.", shown="TEXT,..."
    )
    classes: tuple[str, ...] = knob(
        (),
        "The classes that words in the target name, in the order of the prediction's columns.",
        shown="NAME,...",
    )

    def check(self) -> None:
        super().check()
        if self.delimiter is not None:
            self.delimiter = self._one_character(self.delimiter)
        if self.decimal not in (None, ".", ","):
            raise UsageError(f"{self.called('decimal')} is {self.decimal!r}.", "it is a point or a comma.")
        twice = next((c for i, c in enumerate(self.classes) if c in self.classes[:i]), None)
        if twice is not None:
            raise UsageError(f"the classes name {twice!r} twice.", "each is one column of the prediction.")

    def _one_character(self, text: str) -> str:
        one = text.replace("\\t", "\t")
        if len(one) != 1 or one in '"\r\n' or one.isalnum() or not one.isascii():
            raise UsageError(f"{self.called('delimiter')} is {one!r}.", "it is one character such as , ; or |.")
        return one


class PairOptions(Knobs, group=FILES):
    """How inputs go together, and what the prediction holds."""

    on: tuple[str, ...] = knob((), "Pair the rows of the inputs' tables by key.", shown="COLUMN,...")
    unmatched: str = knob("error", "Rows without a partner by --on: refuse, or leave out.", choices=("error", "drop"))
    pred_is: str | None = knob(
        None,
        "What the prediction holds, if not what the loss takes: it is converted.",
        choices=("logits", "probs", "log-probs"),
    )
    class_axis: int | None = knob(None, "The axis of the classes, if not 1; -1 is the last.", shown="N")
    shift: int = knob(0, "Positions the prediction looks ahead: 1 for the next token.", least=0, shown="N")
    label_base: int = knob(0, "The number of the first class.", shown="N")


class SampleOptions(Knobs, group=SAMPLES):
    """What is asked of samples beside their mean or sum."""

    per_sample: bool | None = knob(
        None, "The per-sample losses; tables show them by default.", signed=SILENT, short="-s"
    )
    sample_weight: Any = knob(None, "One weight a sample: a weighted mean.", signed=GIVEN, shown="FILE|COLUMN")
    by: tuple[str, ...] = knob((), "Also the loss of each group of samples.", signed=BESIDE, shown="COLUMN,...")
    keep: tuple[str, ...] = knob((), "Columns to show beside per-sample losses.", signed=BESIDE, shown="COLUMN,...")


class IntervalOptions(Knobs, group=INTERVALS):
    """How sure a loss is. A command may leave them out that has none or its own."""

    ci: Any = knob(None, "Also the interval of the loss at this level: 0.95 or 95%.", signed=SILENT, shown="LEVEL")
    ci_method: str = knob(
        "guarded",
        "How the interval is made.",
        choices=("guarded", "t", "percentile", "bca"),
        signed=SILENT,
    )
    resamples: int = knob(
        1999, "Resamples of percentile and bca.", least=1, most=MOST_RESAMPLES, signed=SILENT, shown="N"
    )
    seed: int = knob(0, "Which numbers percentile and bca draw.", least=0, signed=SILENT, shown="N")
    cluster: Any = knob(
        None, "Samples with equal values here are one unit of the interval.", signed=BESIDE, shown="COLUMN|FILE"
    )


class ReferenceOptions(Knobs, group=INTERVALS):
    """What a loss is worth. A command may leave them out that has none."""

    reference: bool = knob(
        False, "Also what the best constant prediction gets on the same targets, and the skill over it.", signed=SILENT
    )
    in_order: bool = knob(
        False, "Rows are steps in time: with --reference also what the previous value gets.", signed=SILENT
    )


class ColumnOptions(Knobs, group=SAMPLES):
    """What is asked of the columns of a prediction. A command may leave it out that has none of it."""

    each_column: bool = knob(
        False, "Also the loss of each column of the prediction: scikit-learn's raw values.", signed=SILENT
    )


OF_INTERVALS = tuple(IntervalOptions.knobs)
OF_REFERENCES = (*ReferenceOptions.knobs, *ColumnOptions.knobs)


class Options(
    PairOptions, SampleOptions, ColumnOptions, IntervalOptions, ReferenceOptions, ReadOptions, group=COMPUTING
):
    """How to compute: what both front ends can ask for, the same for every loss of a call."""

    reduction: str = knob(
        "mean", "As in torch.", choices=("mean", "sum", "none", "batchmean"), signed=PLACED, short="-r"
    )
    backend: str = knob("numpy", "numpy, torch or a plug-in's.", signed=PLACED, shown="BACKEND", short="-b")
    device: str = knob("cpu", "Where torch computes.", signed=PLACED, shown="cpu|cuda|mps")
    dtype: str = knob(
        "float64",
        "Arithmetic; native is the files' own. Sums are float64.",
        choices=("float64", "float32", "native"),
        signed=PLACED,
    )
    nan: str = knob(
        "error",
        "NaN in an input: refuse, compute with it, or leave the sample out.",
        choices=("error", "propagate", "omit"),
    )
    strict: bool = knob(False, "Make warnings errors.", signed=SILENT)
    record: bool = knob(
        False,
        "Keep in JSON what it takes to compute the result again: the request, and a hash of each file.",
        signed=SILENT,
        group=SHOWN,
    )
    threads: int | None = knob(
        None, "Threads; default: the cores there are.", least=1, signed=SILENT, shown="N", short="-j", long="--jobs"
    )

    @property
    def omits(self) -> bool:
        """Whether samples may be left out of every input."""
        return "omit" in (self.nan, self.missing)

    def check(self) -> None:
        super().check()
        if self.reduction == "none" and (self.sample_weight is not None or self.by):
            raise UsageError("unreduced values have no sample weights and no groups.", "-r mean or sum")
        if self.each_column:
            self._check_columns()
        if self.reference and self.reduction == "none":
            raise UsageError("unreduced values have no reference.", "-r mean or sum")
        if self.in_order and not self.reference:
            raise UsageError(f"{self.called('in_order')} is for a reference.", "--reference --in-order")
        if self.ci is not None:
            self.ci = level_of(self.ci, self.called("ci"))
            if self.reduction == "none":
                raise UsageError("unreduced values have no interval.", "-r mean or sum")

    def _check_columns(self) -> None:
        flag = self.called("each_column")
        if self.reduction == "none":
            raise UsageError(f"{flag} is of reduced losses.", "-r mean or sum; -r none has a column for each.")
        if self.reference:
            raise UsageError(
                f"{flag} and {self.called('reference')} exclude each other.", "ask for one after the other."
            )
        if self.omits:
            raise UsageError(f"{flag} leaves out no samples: columns would be of different ones.", "fill the gaps.")


LEAST_DOUBT = 1e-12
"""A level is no nearer to 1: of what is left beyond, floats have few digits."""


def level_of(given: Any, called: str) -> float:
    """The level of intervals as a number; it may be given in percent.

    Raises:
        UsageError: It is none, or not from 0.5 to below 1.
    """
    text = str(given).strip()
    try:
        level = float(text.removesuffix("%"))
        level = round(level / 100, 15) if text.endswith("%") else level  # 99.9 / 100 is not the float 0.999
    except ValueError:
        level = nan
    if isinstance(given, bool) or not 0.5 <= level <= 1 - LEAST_DOUBT:
        meant = level in (80, 90, 95, 99)
        hint = f"{called} {text}%, or 0.{text}?" if meant else "it is 0.5 or more and below 1, such as 0.95 or 95%."
        raise UsageError(f"{called} is {text}.", hint)
    return level


class ComputeOptions(Options, group=SAMPLES):
    """How ``compute`` computes, and which samples and groups it tells of first."""

    top: int | None = knob(None, "The K worst samples, of each group with --by.", least=1, signed=SILENT, shown="K")
    sort: str | None = knob(
        None,
        "Order of the groups; default: by name.",
        choices=("name", "loss", "count", "sum"),
        signed=SILENT,
    )

    def check(self) -> None:
        super().check()
        if self.sort is not None and not (self.by or self.each_column):
            by, each = self.called("by"), self.called("each_column")
            raise UsageError(
                f"{self.called('sort')} orders the groups of {by}, or the columns of {each}.", f"{by} COLUMN"
            )


class OutputOptions(Knobs, group=SHOWN):
    """How a command shows what it found, and where: none of it changes a number."""

    digits: int = knob(6, "Significant digits in tables.", least=1, most=17, signed=SILENT, shown="N")
    format: str = knob(
        "table", "What stdout gets.", choices=("table", "json", "csv", "markdown"), signed=SILENT, short="-f"
    )
    quiet: bool = knob(False, "Only the number, one line a loss.", signed=SILENT, short="-q")
    output: str | None = knob(
        None,
        "Write the result here instead: .json .csv .md, or with -r none or -s .npy .csv .parquet.",
        signed=SILENT,
        shown="FILE",
        short="-o",
    )
    debug: bool = knob(False, "Show tracebacks.", signed=SILENT)

    def check(self) -> None:
        super().check()
        if self.quiet and self.format != "table":
            raise UsageError(
                "-q and -f exclude each other: both say what standard output gets.", "leave one of them out."
            )
        if self.output is not None and self.format != "table" and splitext(self.output)[1]:  # noqa: PTH122 (pathlib is slower to import)
            raise UsageError(
                "-f says what standard output gets, and -o writes a file instead.",
                "the file's suffix names its format.",
            )


class GradOptions(Options, group="Which gradients"):
    """Which gradients to take, beside how to compute."""

    without = ("record", *OF_INTERVALS, *OF_REFERENCES)
    reduction: str = knob(
        "mean", "Of which the gradient is taken.", choices=("mean", "sum", "batchmean"), signed=PLACED, short="-r"
    )
    per_sample: bool | None = knob(
        None, "The norm of each sample's gradient; tables show the largest.", signed=SILENT, short="-s"
    )
    by: tuple[str, ...] = knob((), "Also what groups of samples get.", signed=SILENT, shown="COLUMN,...")
    keep: tuple[str, ...] = knob(
        (), "Columns to show beside the samples with the largest gradients.", signed=SILENT, shown="COLUMN,..."
    )
    worst: int = knob(5, "Show the K samples with the largest gradients.", least=0, signed=SILENT, shown="K")
    wrt: tuple[str, ...] = knob(
        (),
        "The inputs to take it to; default: the first, and embeddings beside it.",
        signed=SILENT,
        shown="INPUT,...",
    )
    gradcheck: bool = knob(
        False,
        "Hold the closed form to autograd and to differences of the loss: exit code 1 above 1e-6.",
        signed=SILENT,
        long="--check",
    )


class GradOutputOptions(OutputOptions):
    """How ``grad`` shows gradients, and where."""

    quiet: bool = knob(False, "Only the norm, one line an input.", signed=SILENT, short="-q")
    output: str | None = knob(
        None,
        "Write the gradient here: .npy, .npz, or DIR/ for a file an input; or a norm a sample, .csv or .parquet, "
        "with -s .npy; or what is shown, .json or .md.",
        signed=SILENT,
        shown="FILE|DIR/",
        short="-o",
    )


class ShowOptions(OutputOptions, group=SAMPLES):
    """What ``compute`` shows of samples and groups."""

    format: str = knob(
        "table",
        "What stdout gets; jsonl is a line a sample with -s.",
        choices=("table", "json", "jsonl", "csv", "markdown"),
        signed=SILENT,
        short="-f",
    )
    output: str | None = knob(
        None,
        "Write the result here instead: .json .jsonl .csv .md, or with -r none or -s .npy .csv .jsonl .parquet.",
        signed=SILENT,
        shown="FILE",
        short="-o",
    )
    head: int | None = knob(None, "Show the first K samples.", least=1, signed=SILENT, shown="K")


class PictureOptions(OutputOptions):
    """How a command shows numbers and their picture, and where: none of it changes a number."""

    output: str | None = knob(
        None,
        "Write the result here instead: .json .csv .md, or the picture: .svg .png .pdf.",
        signed=SILENT,
        shown="FILE",
        short="-o",
    )
    plot: bool | None = knob(None, "The picture; default: below tables.", signed=SILENT)
    ascii: bool | None = knob(None, "Draw with ASCII alone; default: where the locale has no other.", signed=SILENT)
    width: int | None = knob(
        None,
        "Columns; default: the terminal's, 120 at most, and 80 in a pipe.",
        least=40,
        most=400,
        signed=SILENT,
        shown="N",
    )


_OF_PICTURES = ("per_sample", "by", "keep", "record", *OF_INTERVALS, *OF_REFERENCES)
"""What no point of a picture has."""


class SweepOptions(Options, group="What is swept"):
    """What is swept beside parameters, and how to compute."""

    without = _OF_PICTURES
    reduction: str = knob("mean", "As in torch.", choices=("mean", "sum", "batchmean"), signed=PLACED, short="-r")
    temperature: Any = knob(
        None, "Divide logits by each of these; fit finds the best.", signed=SILENT, shown="VALUES|fit"
    )


class CurveOptions(Options, group="Where it is drawn"):
    """Where a curve is computed, and how; data are read to see where they lie on it."""

    without = _OF_PICTURES
    reduction: str = knob("mean", "As in torch.", choices=("mean", "sum", "batchmean"), signed=PLACED, short="-r")
    range: str | None = knob(
        None,
        "The ends of the axis; default: as far as the data go, or what the loss suggests.",
        signed=SILENT,
        shown="A:B",
    )
    at: Any = knob(None, "Compute here alone, and show a table.", signed=SILENT, shown="X,...")
    classes_count: int | None = knob(
        None, "How many classes there are, without data; default: 10.", least=2, signed=SILENT, shown="C"
    )

"""Every knob once: default, help, choices, and what a signature tells of it.

The options of commands, the keywords of :func:`losscli.compute`, their table in README and the signature are derived
from here. A command takes the knobs of the classes that its own inherits.
"""

# Annotations are read when this is imported, at every start: as text they would have to be compiled first.
from collections.abc import Mapping
from operator import index
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from losscli.errors import UsageError

if TYPE_CHECKING:
    from typing import Self

TOLD = "told"
"""Changes the number: a signature tells its value, where that is not the default."""
PLACED = "placed"
"""Changes the number, and has a place of its own in every signature."""
GIVEN = "given"
"""Holds data, as inputs do: a signature tells that there are some."""
SILENT = "silent"
"""Changes no number, and is not told."""

NAMES = tuple[str, ...]


class Knob(NamedTuple):
    """One thing that can be set.

    Attributes:
        default: Its value where nothing is asked for.
        help: What it does, for help and documentation.
        choices: The values that there are, if they are few.
        least: The smallest number.
        most: The largest number.
        signed: What a signature tells of it: ``TOLD``, ``PLACED``, ``GIVEN`` or ``SILENT``.
        blank: Whether white space is a value.
        shown: What stands for a value in help.
        short: Its flag of one letter.
        long: Its flag, where that is not its name.
        kind: Its type, from the annotation.
        name: Its name, in Python.
    """

    default: Any
    help: str
    choices: tuple[str, ...]
    least: int | None
    most: int | None
    signed: str
    blank: bool
    shown: str
    short: str
    long: str
    kind: Any = None
    name: str = ""

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return self.long or f"--{self.name.replace('_', '-')}"

    @property
    def meaning(self) -> str:
        """What it does, and its choices."""
        return f"{self.help} One of {', '.join(self.choices)}." if self.choices else self.help

    def checked(self, value: Any, called: str) -> Any:
        """A value in the form that the program works with; one name stands for a list of it.

        Raises:
            UsageError: It is none that the knob takes.
        """
        if value is None and self.default is None:
            return None
        refuse_empty(value, called, self.blank)
        if self.kind == NAMES:
            return () if value is None else (value,) if isinstance(value, str) else tuple(value)
        if self.choices and value not in self.choices:
            raise UsageError(f"{called} is {value!r}.", f"it is one of {', '.join(self.choices)}.")
        return self._whole(value, called) if self.kind in (int, int | None) else value

    def _whole(self, value: Any, called: str) -> int:
        try:
            number = index(value)
        except TypeError:
            number = None
        if number is None or not -(2**63) <= number < 2**63:
            raise UsageError(f"{called} is {value!r}.", "it is a whole number of 64 bits.")
        if self.least is not None and number < self.least:
            raise UsageError(f"{called} is {number}.", f"it is {self.least} or more.")
        if self.most is not None and number > self.most:
            raise UsageError(f"{called} is {number}.", f"it is {self.most} or less.")
        return number


def refuse_empty(value: Any, called: str, blank: bool = False) -> None:
    """Raise where a value is text without any in it, where ``blank`` not even white space."""
    if isinstance(value, str) and not (value if blank else value.strip()):
        raise UsageError(f"{called} is empty text.", "is a variable of the shell not set?")


def knob(
    default: Any,
    help: str,
    *,
    choices: tuple[str, ...] = (),
    least: int | None = None,
    most: int | None = None,
    signed: str = TOLD,
    blank: bool = False,
    shown: str = "",
    short: str = "",
    long: str = "",
) -> Any:
    """Declare an attribute of :class:`Knobs` as a knob; see :class:`Knob`."""
    return Knob(default, help, choices, least, most, signed, blank, shown or "|".join(choices), short, long)


class Knobs:
    """Values of the knobs that a class and those it inherits from declare; a dataclass would take ten times as long.

    Attributes:
        knobs: Every knob by its name, those of the class itself first.
    """

    knobs: ClassVar[dict[str, Knob]] = {}

    def __init_subclass__(cls) -> None:
        kinds = cls.__annotations__
        own = {
            name: value._replace(name=name, kind=kinds[name])
            for name, value in vars(cls).items()
            if isinstance(value, Knob)
        }
        for one in own.values():
            setattr(cls, one.name, one.default)
        cls.knobs = own | {name: one for base in cls.__bases__ for name, one in getattr(base, "knobs", {}).items()}

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, self.knobs[name].checked(value, self.called(name)))
        self.check()

    @classmethod
    def called(cls, name: str) -> str:
        """What the user calls a knob."""
        return name

    @classmethod
    def out_of(cls, given: Mapping[str, Any]) -> "tuple[Self, dict[str, Any]]":
        """The knobs among what was given by name, and the rest of it."""
        mine = {name: value for name, value in given.items() if name in cls.knobs}
        return cls(**mine), {name: value for name, value in given.items() if name not in mine}

    def but(self, **values: Any) -> "Self":
        """The same values, but for these."""
        return type(self)(**vars(self) | values)

    def check(self) -> None:
        """Refuse values that contradict one another.

        Raises:
            UsageError: They do.
        """


class ReadOptions(Knobs):
    """How files are read; None leaves it to be found out."""

    delimiter: str | None = knob(None, "Between cells of text files; default: found out.", blank=True, shown="CHAR")
    decimal: str | None = knob(None, "A point or a comma, in numbers of text; default: found out.", shown="CHAR")
    header: bool | None = knob(None, "Whether the first row of text files names columns; default: found out.")
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
        if not all(self.classes):
            raise UsageError("the classes hold an empty name.", "cat,dog,fish are three.")
        twice = next((c for i, c in enumerate(self.classes) if c in self.classes[:i]), None)
        if twice is not None:
            raise UsageError(f"the classes name {twice!r} twice.", "each is one column of the prediction.")

    def _one_character(self, text: str) -> str:
        one = text.replace("\\t", "\t")
        if len(one) != 1 or one in '"\r\n' or one.isalnum() or not one.isascii():
            raise UsageError(f"{self.called('delimiter')} is {one!r}.", "it is one character such as , ; or |.")
        return one


class Options(ReadOptions):
    """How to compute: what both front ends can ask for, the same for every loss of a call."""

    reduction: str = knob("mean", "As in torch.", choices=("mean", "sum", "none"), signed=PLACED, short="-r")
    per_sample: bool | None = knob(
        None, "The per-sample losses; tables show them by default.", signed=SILENT, short="-s"
    )
    backend: str = knob("numpy", "numpy, torch or a plug-in's.", signed=PLACED, shown="NAME", short="-b")
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
    sample_weight: Any = knob(None, "One weight a sample: a weighted mean.", signed=GIVEN, shown="FILE|COLUMN")
    by: tuple[str, ...] = knob((), "Also the loss of each group of samples.", signed=SILENT, shown="COLUMN,...")
    keep: tuple[str, ...] = knob((), "Columns to show beside per-sample losses.", signed=SILENT, shown="COLUMN,...")
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
        for name in ("by", "keep", "on"):
            if not all(isinstance(column, str) and column.strip() for column in getattr(self, name)):
                raise UsageError(
                    f"{self.called(name)} holds an empty name of a column.", "is a variable of the shell not set?"
                )


class ShowOptions(Knobs):
    """What a command shows, and where: none of it changes a number."""

    top: int | None = knob(None, "Show the K worst samples.", least=1, signed=SILENT, shown="K")
    head: int | None = knob(None, "Show the first K samples.", least=1, signed=SILENT, shown="K")
    sort: str | None = knob(
        None,
        "Order of the groups; default: by name.",
        choices=("name", "loss", "count", "sum"),
        signed=SILENT,
    )
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

"""What a knob is: a value that a user can set, with all that there is to know of it."""

# Annotations are read when this is imported, at every start: as text they would have to be compiled first.
from collections.abc import Callable, Mapping
from math import isfinite
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
BESIDE = "beside"
"""Names what is read beside the inputs, which changes the number only by the samples that are left out with it: a
signature tells that there is some, where samples may be left out."""
SILENT = "silent"
"""Changes no number, and is not told."""

NAMES = tuple[str, ...]
_TYPES: dict[Any, tuple[type, str]] = {
    str: (str, "text"),
    str | None: (str, "text"),
    bool: (bool, "True or False"),
    bool | None: (bool, "True, False or None"),
}


class Knob(NamedTuple):
    """One thing that can be set.

    Attributes:
        default: Its value where nothing is asked for.
        help: What it does, for help and documentation.
        choices: The values that there are, if they are few.
        least: The smallest number.
        most: The largest number.
        signed: What a signature tells of it: ``TOLD``, ``PLACED``, ``GIVEN``, ``BESIDE`` or ``SILENT``.
        blank: Whether white space is a value.
        shown: What stands for a value in help; by default the choices.
        short: Its flag of one letter.
        long: Its flag, where that is not its name.
        repeats: Whether its option may be given more than once, a value each, where others take a list as one text.
        group: Under what it stands in help; by default what the knob of that name does that it takes the place of, or
            else what its class says.
        kind: Its type, from the annotation.
        name: Its name, in Python.
    """

    default: Any
    help: str
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    signed: str = TOLD
    blank: bool = False
    shown: str = ""
    short: str = ""
    long: str = ""
    repeats: bool = False
    group: str = ""
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
        if value is None and (self.default in (None, ()) or self.kind is Any):  # nothing was typed
            return self.default
        refuse_empty(value, called, self.blank)
        if self.kind == NAMES:
            return _names(value, called)
        if self.kind in (int, int | None):
            return self._whole(value, called)
        if self.kind in (float, float | None):
            return _finite(value, called)
        if self.choices and value not in self.choices:
            raise UsageError(f"{called} is {value!r}.", f"it is one of {', '.join(self.choices)}.")
        wanted, words = _TYPES.get(self.kind, (object, ""))
        if not isinstance(value, wanted):
            raise UsageError(f"{called} is {value!r}.", f"it is {words}.")
        return value

    def _whole(self, value: Any, called: str) -> int:
        try:
            number = None if isinstance(value, bool) else index(value)
        except TypeError:
            number = None
        if number is None or not -(2**63) <= number < 2**63:
            raise UsageError(f"{called} is {value!r}.", "it is a whole number of 64 bits.")
        if self.least is not None and number < self.least:
            raise UsageError(f"{called} is {number}.", f"it is {self.least} or more.")
        if self.most is not None and number > self.most:
            raise UsageError(f"{called} is {number}.", f"it is {self.most} or less.")
        return number


knob: Callable[..., Any] = Knob
"""Declares an attribute of :class:`Knobs`, of which the type is the annotation's and no Knob."""


def refuse_empty(value: Any, called: str, blank: bool = False) -> None:
    """Raise where a value is text without any in it, where ``blank`` not even white space."""
    if isinstance(value, str) and not (value if blank else value.strip()):
        raise UsageError(f"{called} is empty text.", "is a variable of the shell not set?")


def _alike(value: Any, default: Any) -> bool:
    """Whether a value, which may be an array, is what there is anyway."""
    return value is default or (isinstance(value, type(default)) and bool(value == default))


def _finite(value: Any, called: str) -> float:
    try:
        number = None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or not isfinite(number):
        raise UsageError(f"{called} is {value if number is not None else repr(value)}.", "it is a finite number.")
    return number


def _names(value: Any, called: str) -> tuple[str, ...]:
    try:
        names = (value,) if isinstance(value, str) else tuple(value)
    except TypeError:
        names = (value,)
    for name in names:
        if not isinstance(name, str):
            raise UsageError(f"{called} holds {name!r}.", "it holds text alone.")
        if not name.strip():
            raise UsageError(f"{called} holds an empty name.", "is a variable of the shell not set?")
    return names


class Knobs:
    """Values of the knobs that a class declares or inherits; a dataclass takes forty times as long to make.

    Attributes:
        knobs: Every knob by its name, those of the class itself first; it may declare an inherited one anew.
        group: Under what its own stand in help, if they do not say.
        without: Knobs that are inherited and have no part in what it is for: they stay as they are.
    """

    knobs: ClassVar[dict[str, Knob]] = {}
    group: ClassVar[str] = ""
    without: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, group: str = "") -> None:
        cls.group = group or cls.group
        kinds = cls.__annotations__
        inherited = {name: one for base in cls.__bases__ for name, one in getattr(base, "knobs", {}).items()}
        groups = {name: one.group for name, one in inherited.items()}
        own = {
            name: value._replace(name=name, kind=kinds[name], group=value.group or groups.get(name, cls.group))
            for name, value in vars(cls).items()
            if isinstance(value, Knob)
        }
        for one in own.values():
            setattr(cls, one.name, one.default)
        cls.knobs = own | {name: one for name, one in inherited.items() if name not in own}

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, self.knobs[name].checked(value, self.called(name)))
        self.check()

    @classmethod
    def called(cls, name: str) -> str:
        """What the user calls a knob."""
        return name

    @classmethod
    def offered(cls) -> list[Knob]:
        """The knobs that can be asked for."""
        return [one for name, one in cls.knobs.items() if name not in cls.without]

    @classmethod
    def out_of(cls, given: Mapping[str, Any]) -> "tuple[Self, dict[str, Any]]":
        """The knobs among what was given by name, and the rest of it.

        Raises:
            UsageError: One has no part in this, and is not as it is anyway.
        """
        for name in cls.without:
            if name in given and not _alike(given[name], cls.knobs[name].default):
                raise UsageError(f"{cls.called(name)} has no part in this.", "leave it out.")
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

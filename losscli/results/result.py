"""What a computation returns: the number, and all it takes to trust and repeat it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from losscli import __version__
from losscli.errors import Finding
from losscli.records import NamedTuple
from losscli.results.signature import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from losscli.data.fingerprint import Content
    from losscli.reference.lines import Reference
    from losscli.stats.confidence import Confidence


class InputInfo(NamedTuple):
    """One input as it was read: role, source, format, shape, the file's own dtype, what was done to it, and where that
    was asked for (``record``) what its files held."""

    role: str
    source: str
    format: str
    shape: tuple[int, ...]
    dtype: str
    remarks: tuple[str, ...] = ()
    content: Content | None = None


class GroupResult(NamedTuple):
    """The loss of the samples that share their values in the columns of ``by``, and its interval if that was asked."""

    names: tuple[str, ...]
    value: float
    numerator: float
    denominator: float | int
    samples: int
    ci: Confidence | None = None


@dataclass(eq=False)
class Result:
    """One loss on one set of inputs.

    Attributes:
        loss: The canonical name.
        params: Every parameter with the value used.
        reduction: ``mean``, ``sum`` or ``none``.
        value: The reduced loss, or for ``none`` an array of torch's shape (None when it went to a file).
        numerator: The sum of the unreduced values; None for a loss that is no mean.
        denominator: What that sum is divided by.
        denominator_is: What the denominator counts.
        samples: Samples the value rests on.
        ignored: Units left out on purpose (``ignore_index``).
        omitted: Samples left out because an input was NaN (``nan="omit"``).
        clamped: Units whose value a clamp changed.
        backend: Backend and its version, ``numpy:2.4.6``.
        dtype: The arithmetic dtype.
        per_sample: One value a sample if they were asked for and the loss has them, else None. A sample that is
            ignored or omitted has NaN.
        sample_index: Which samples those are, from 0: all of them, or the worst (``top``).
        told: What prediction and target are at the worst samples, a column each: ``pred``, ``target`` and ``error``,
            or of classes ``target``, ``predicted`` and the ``p`` of the target; ``position`` is the place of a
            sample's unit that adds most, where it has several, or the column of the table.
        ignored_samples: True where a sample had no unit that counts, beside ``per_sample``.
        omitted_samples: True where a sample was left out of every input, beside ``per_sample``.
        skips: Whether samples could be ignored or omitted at all.
        fingerprint: Tells the machine's arithmetic, for signatures: it takes a moment, and is asked for only by them.
        extras: What else the number depends on: optional inputs given, options that are not at their defaults.
        made_of: What the value is a function of where it is not the fraction itself but a root, say: its ``mean`` or
            its ``total``; else "".
        kept: The columns asked for beside ``per_sample``, by name.
        by: The columns that part the samples into groups.
        groups: One result a group; their numerators and denominators add up to the total's, but for
            roundings.
        ci: The interval of the value, if it was asked for.
        inputs: The inputs as read.
        warnings: What looked wrong.
        references: What predictions get that know nothing of the inputs (``reference``), the best constant first.
        request: What it takes to compute it again (``record``), as JSON can hold it; else None.
        columns: What the columns of unreduced values are called in the table that they come from; () where they have no
            names, or more than one the same.
    """

    loss: str
    params: dict[str, Any]
    reduction: str
    value: Any
    numerator: float | None
    denominator: float | int | None
    denominator_is: str
    samples: int
    ignored: int
    omitted: int
    clamped: int
    backend: str
    dtype: str
    per_sample: NDArray[Any] | None = None
    sample_index: NDArray[Any] | None = None
    told: dict[str, NDArray[Any]] = field(default_factory=dict)
    ignored_samples: NDArray[Any] | None = None
    omitted_samples: NDArray[Any] | None = None
    skips: bool = False
    fingerprint: Callable[[], str] = field(default=str, repr=False)
    extras: tuple[str, ...] = ()
    made_of: str = ""
    kept: dict[str, NDArray[Any]] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    groups: tuple[GroupResult, ...] = ()
    ci: Confidence | None = None
    inputs: tuple[InputInfo, ...] = ()
    warnings: tuple[Finding, ...] = field(default=())
    references: tuple[Reference, ...] = ()
    request: dict[str, Any] | None = None
    columns: tuple[str, ...] = ()

    @cached_property
    def signature(self) -> str:
        """A string that is equal where the way to the number is: loss, mean, backend, dtype and versions.

        Behind a backend's version stands what tells apart machines on which its functions differ in their last digits.
        """
        given = [f"{k}={text(v)}" for k, v in self.params.items() if v is not None]
        arguments = ",".join([*given, *self.extras])
        loss = f"{self.loss}({arguments})" if arguments else self.loss
        over = f"{self.reduction}/{self.denominator_is}" if self.reduction == "mean" else self.reduction
        backend = "/".join(filter(None, (self.backend, self.fingerprint())))
        return "|".join((loss, over, backend, self.dtype, f"losscli:{__version__}"))

    def __getstate__(self) -> dict[str, Any]:
        # Where it arrives, another machine's arithmetic would be found.
        return self.__dict__ | {"signature": self.signature, "fingerprint": str}

    def __float__(self) -> float:
        return float(self.value)

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else str(self)

    def __round__(self, digits: int | None = None) -> float:
        return round(float(self), digits)

    def __int__(self) -> int:
        return int(float(self))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Result):
            return self is other or (self._is_number and other._is_number and float(self) == float(other))
        return float(self) == other if self._is_number else NotImplemented

    def __hash__(self) -> int:
        return hash(float(self)) if self._is_number else object.__hash__(self)

    def __lt__(self, other: Any) -> bool:
        return float(self) < _plain(other)

    def __le__(self, other: Any) -> bool:
        return float(self) <= _plain(other)

    def __gt__(self, other: Any) -> bool:
        return float(self) > _plain(other)

    def __ge__(self, other: Any) -> bool:
        return float(self) >= _plain(other)

    @property
    def _is_number(self) -> bool:
        return self.reduction != "none"

    def to_dict(self) -> dict[str, Any]:
        """The result as ``-f json`` has it: numbers, text and lists alone."""
        from losscli.results.shown import to_dict

        return to_dict(self)

    def to_polars(self) -> Any:
        """The table of its samples, else of its groups, else of itself, as a frame of polars."""
        from losscli.results.shown import to_polars

        return to_polars(self)

    def to_pandas(self) -> Any:
        """The same as a frame of pandas, which has to be installed."""
        from losscli.results.shown import to_pandas

        return to_pandas(self)

    def _repr_html_(self) -> str:
        from losscli.results.shown import to_html

        return to_html(self)


def _plain(other: Any) -> float:
    """What a number is compared with: of a result its own, anything else as it is, so that no text is read as one."""
    return float(other) if isinstance(other, Result) else other

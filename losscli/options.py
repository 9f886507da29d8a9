"""How to compute: what both front ends can ask for, the same for every loss of a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from losscli.errors import UsageError

if TYPE_CHECKING:
    from losscli.data import ReadOptions
    from losscli.engine.collect import SampleWriter, Selection, Sink

REDUCTIONS = ("mean", "sum", "none")
DTYPES = ("float64", "float32", "native")
NAN_POLICIES = ("error", "propagate", "omit")
UNMATCHED = ("error", "drop")
SPACES = ("logits", "probs", "log-probs")

UNSIGNED = {"signed": False}
"""Marks an option that no signature tells: it does not change the number, or has its own place there."""

DATA = {"data": True}
"""Marks an option that holds data, of which a signature tells only that it was given."""


@dataclass(eq=False, repr=False)
class Options:
    """How to compute; the same for every loss of a call.

    What is not at its default is told in the signature, here and in :class:`losscli.data.ReadOptions`, unless it
    is marked as ``UNSIGNED``.

    Attributes:
        reduction: ``mean``, ``sum`` or ``none``.
        backend: ``numpy``, ``torch`` or a plug-in's.
        device: ``cpu``, ``cuda`` or ``mps``.
        dtype: Arithmetic in ``float64``, ``float32`` or the files' own (``native``).
        nan: NaN in an input is an ``error``, is computed with (``propagate``) or its sample left out (``omit``).
        selection: The samples whose losses to return, or None.
        threads: None takes the cores there are.
        strict: Make warnings errors.
        read: How files are read.
        label_base: The number of the first class in class-index targets.
        sample_weight: One weight a sample: an array, a file or a column's name.
        by: Columns whose values part the samples into groups.
        keep: Columns to carry along with per-sample losses.
        on: Columns that pair the rows of the inputs' tables.
        unmatched: Rows without a partner by ``on`` are an ``error``, or are left out (``drop``).
        pred_is: The space the prediction is given in: ``logits``, ``probs`` or ``log-probs``; None for the loss's own.
        class_axis: The axis of the classes, where that is not axis 1.
        shift: How many positions ahead the prediction looks.
        progress: Told how many samples each block held, and how many there are (or about; None if unknown).
        sink: Makes the place for unreduced values; None keeps them in memory.
        samples: Makes the place for per-sample losses that are written as they come; None returns them.
    """

    reduction: str = field(default="mean", metadata=UNSIGNED)
    backend: str = field(default="numpy", metadata=UNSIGNED)
    device: str = field(default="cpu", metadata=UNSIGNED)
    dtype: str = field(default="float64", metadata=UNSIGNED)
    nan: str = "error"
    selection: Selection | None = field(default=None, metadata=UNSIGNED)
    threads: int | None = field(default=None, metadata=UNSIGNED)
    strict: bool = field(default=False, metadata=UNSIGNED)
    read: ReadOptions | None = None
    sink: Callable[[tuple[int, ...], str], Sink] | None = field(default=None, metadata=UNSIGNED)
    samples: Callable[[list[str], list[str], bool, int], SampleWriter] | None = field(default=None, metadata=UNSIGNED)
    label_base: int = 0
    sample_weight: Any = field(default=None, metadata=DATA)
    by: tuple[str, ...] = field(default=(), metadata=UNSIGNED)
    keep: tuple[str, ...] = field(default=(), metadata=UNSIGNED)
    on: tuple[str, ...] = ()
    unmatched: str = "error"
    pred_is: str | None = None
    class_axis: int | None = None
    shift: int = 0
    progress: Callable[[int, int | None], None] | None = field(default=None, metadata=UNSIGNED)

    @property
    def omits(self) -> bool:
        """Whether samples may be left out of every input."""
        return self.nan == "omit" or (self.read is not None and self.read.missing == "omit")

    def __post_init__(self) -> None:
        self._refuse_numbers()
        if self.pred_is is not None and self.pred_is not in SPACES:
            raise UsageError(f"pred_is is {self.pred_is!r}.", f"it is one of {', '.join(SPACES)}.")
        if self.reduction == "none" and (self.sample_weight is not None or self.by):
            raise UsageError("unreduced values have no sample weights and no groups.", "-r mean or sum")
        for name in ("by", "keep", "on"):
            if not all(isinstance(column, str) and column.strip() for column in getattr(self, name)):
                raise UsageError(f"{name} holds an empty name of a column.", "is a variable of the shell not set?")
        if isinstance(self.sample_weight, str) and not self.sample_weight.strip():
            raise UsageError("sample_weight is empty text.", "give a file, a column or numbers.")
        choices = (("reduction", REDUCTIONS), ("dtype", DTYPES), ("nan", NAN_POLICIES), ("unmatched", UNMATCHED))
        for name, allowed in choices:
            if getattr(self, name) not in allowed:
                raise UsageError(f"{name} is {getattr(self, name)!r}.", f"it is one of {', '.join(allowed)}.")

    def _refuse_numbers(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise UsageError(f"threads is {self.threads}.", "it is 1 or more, or None for the cores there are.")
        if self.shift < 0:
            raise UsageError(f"shift is {self.shift}.", "it is 1 where the prediction is of the next position.")
        if not -(2**63) <= self.label_base < 2**63:
            raise UsageError(f"label_base is {self.label_base}.", "it is a whole number of 64 bits.")

"""What a whole input looks like, judged from every block of it. What a block shows is a value of its own: blocks can be
looked at anywhere and in any order, and what they show is merged.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from losscli.engine.suspicions.look import Look
from losscli.engine.suspicions.words import way_out
from losscli.errors import Finding
from losscli.records import NamedTuple
from losscli.spec.kinds import SPACE_NAMES

if TYPE_CHECKING:
    from losscli.spec.loss import Loss

Shown = TypeVar("Shown")
"""What blocks show of an input: a value that travels between processes."""

_EXACT = 2.0**53 - 1
"""Up to here float64 holds every whole number and none that was rounded to it."""
_FEWEST = 2
"""Values that it takes to tell probabilities from logits. Of logits with a standard deviation of 2, one lies in [0, 1]
by chance in 19 % of cases, two in 3.7 %, three in 0.7 %, five in 0.03 %."""


class Suspicion(ABC, Generic[Shown]):
    """Looks at an input block by block, and says at the end what it looked like.

    It may remember that a block settled the matter for all, to spare itself a look: that changes nothing of what
    blocks show together.
    """

    @abstractmethod
    def take(self, look: Look) -> Shown:
        """What a block shows; called from several threads."""

    @abstractmethod
    def merge(self, shown: Sequence[Shown]) -> Shown:
        """What blocks show together: one at least, in any order."""

    def finding(self, shown: Shown) -> Finding | None:
        """What is wrong, once every block was seen."""
        return None

    def remark(self, shown: Shown) -> str:
        """What is worth saying though nothing is wrong, or ""."""
        return ""


class Probabilities(NamedTuple):
    """The fact that all values are probabilities: in [0, 1], and along the class axis, if there is one, sum to 1.

    Without a class axis one value between 0 and 1 is asked for, and two values in all.
    """

    possible: bool
    between: bool = False
    values: int = 0

    @classmethod
    def of(cls, look: Look, by_class: bool) -> Probabilities:
        """What a block tells."""
        if not look.within_unit or (by_class and not look.rows_sum_to_one):
            return cls(possible=False)
        return cls(True, by_class or not look.zeros_and_ones, look.raw.size)

    @classmethod
    def merged(cls, parts: Sequence[Probabilities]) -> Probabilities:
        """What blocks tell together."""
        return cls(all(p.possible for p in parts), any(p.between for p in parts), sum(p.values for p in parts))

    @property
    def certain(self) -> bool:
        """Whether they are."""
        return self.possible and self.between and self.values >= _FEWEST


_IMPOSSIBLE = Probabilities(possible=False)


class LogitsWanted(Suspicion[Probabilities]):
    """Probabilities where logits belong."""

    def __init__(self, name: str, loss: Loss, by_class: bool, floor: tuple[str, float] | None) -> None:
        self._name, self._loss, self._by_class, self._floor = name, loss, by_class, floor
        self._possible = True

    def take(self, look: Look) -> Probabilities:
        shown = Probabilities.of(look, self._by_class) if self._possible else _IMPOSSIBLE
        self._possible = shown.possible
        return shown

    def merge(self, shown: Sequence[Probabilities]) -> Probabilities:
        return Probabilities.merged(shown)

    def finding(self, shown: Probabilities) -> Finding | None:
        """L201."""
        if not shown.certain:
            return None
        seen = "every row lies in [0, 1] and sums to 1" if self._by_class else "every value lies in [0, 1]"
        text = f"{self._name}: {seen}: these look like probabilities, not logits."
        if self._floor is not None:
            text += f" With them the loss cannot fall below {self._floor[0]} = {self._floor[1]:.6g}."
        return Finding(
            "L201", text, f"{way_out(self._loss, 'probs')} If they are logits all the same: --pred-is logits."
        )


class LogRows(NamedTuple):
    """What tells whether values are log-probabilities, and how many of the rows looked at are not normalised."""

    probabilities: Probabilities
    highest: float
    bad: int
    seen: int


class LogProbabilitiesWanted(Suspicion[LogRows]):
    """Probabilities, logits, or rows that are not normalised, where log-probabilities belong.

    Whether rows are normalised takes exponentials, which cost more than the loss: some rows of every block tell.
    """

    _ROWS = 64
    _VALUES = 4096

    def __init__(self, name: str, loss: Loss) -> None:
        self._name, self._loss = name, loss

    def take(self, look: Look) -> LogRows:
        width = max(1, look.raw.size // len(look.raw))
        bad, seen = look.rows_of_logarithms(max(1, min(self._ROWS, self._VALUES // width)))
        highest = -math.inf if math.isnan(look.high) else look.high
        return LogRows(Probabilities.of(look, by_class=True), highest, bad, seen)

    def merge(self, shown: Sequence[LogRows]) -> LogRows:
        return LogRows(
            Probabilities.merged([s.probabilities for s in shown]),
            max(s.highest for s in shown),
            sum(s.bad for s in shown),
            sum(s.seen for s in shown),
        )

    def finding(self, shown: LogRows) -> Finding | None:
        """L202 for another space, L204 for rows that are not normalised."""
        wanted = SPACE_NAMES["log-probs"]
        if shown.probabilities.certain:
            text = f"{self._name}: every row lies in [0, 1] and sums to 1: these look like probabilities, not {wanted}."
            return Finding("L202", text, way_out(self._loss, "probs"))
        if shown.highest > 0.0:
            text = f"{self._name}: holds values up to {shown.highest:.6g}, where {wanted} are ≤ 0: logits?"
            return Finding("L202", text, way_out(self._loss, "logits"))
        if shown.bad:
            text = (
                f"{self._name}: in {shown.bad} of {shown.seen} rows looked at the probabilities (e to the values) "
                "do not sum to 1."
            )
            return Finding("L204", text, f"take log_softmax of each row first, or: {way_out(self._loss, 'logits')}")
        return None


class Rounded(Suspicion["int | None"]):
    """Whole numbers that float64 does not hold. Text was rounded when it was read: there, of numbers beyond 2^53, those
    are told that come out with more than 15 digits, which no decimal of so many digits does.
    """

    _MOST = 2.0**64
    _DIGITS = 15
    _SOME = 1000

    def __init__(self, name: str) -> None:
        self._name = name

    def take(self, look: Look) -> int | None:
        if not (look.high > _EXACT or look.low < -_EXACT):
            return None
        large = look.raw[np.abs(look.raw.astype(np.float64)) > _EXACT]
        exact = large.astype(np.float64).astype(large.dtype)
        found = self._rounded(large) if large.dtype.kind == "f" else large[exact != large]
        return self.merge([int(x) for x in (found.max(), found.min())] if found.size else [])

    def merge(self, shown: Sequence[int | None]) -> int | None:
        # Of two as large the positive one: no order of blocks changes which is told.
        return max((x for x in shown if x is not None), key=lambda x: (abs(x), x), default=None)

    def _rounded(self, large: NDArray[Any]) -> NDArray[Any]:
        some = np.sort(large[np.abs(large) < self._MOST])[-self._SOME :]
        digits = [len(repr(float(x)).partition("e")[0].replace(".", "").strip("-0")) for x in some]
        return some[np.array(digits, np.int64) > self._DIGITS]

    def finding(self, shown: int | None) -> Finding | None:
        """L209."""
        if shown is None:
            return None
        text = (
            f"{self._name}: holds whole numbers above 2^53, where float64 cannot tell neighbours apart, "
            f"such as {shown}."
        )
        return Finding("L209", text, "ids, or times in nanoseconds? Subtract what they have in common first.")


class RowSums(NamedTuple):
    """Whether all rows sum to 1, and whether each is a single 1 among zeros."""

    normalised: bool
    one_hot: bool


class Negative(Suspicion[float]):
    """Negative weights."""

    def __init__(self, name: str) -> None:
        self._name = name

    def take(self, look: Look) -> float:
        return look.low

    def merge(self, shown: Sequence[float]) -> float:
        return min(shown)

    def finding(self, shown: float) -> Finding | None:
        """L206."""
        return negative_weights(self._name, shown) if shown < 0 else None


def negative_weights(name: str, lowest: float) -> Finding:
    """What is said of negative weights, wherever they come from."""
    text = f"{name}: holds weights below 0, down to {lowest:.6g}: what they weigh counts against the rest."
    return Finding("L206", text, "meant so, as for events that are subtracted? Else leave them out.")


class Distribution(Suspicion[RowSums]):
    """Class probabilities of a target that do not sum to 1; and one-hot rows, of which a remark tells."""

    def __init__(self, name: str, kind: str) -> None:
        self._name, self._kind = name, kind

    def take(self, look: Look) -> RowSums:
        normalised = look.rows_sum_to_one
        return RowSums(normalised, normalised and look.zeros_and_ones)

    def merge(self, shown: Sequence[RowSums]) -> RowSums:
        return RowSums(all(s.normalised for s in shown), all(s.one_hot for s in shown))

    def finding(self, shown: RowSums) -> Finding | None:
        """L203."""
        if shown.normalised:
            return None
        text = f"{self._name}: {self._kind} of a sample do not sum to 1."
        return Finding("L203", text, "divide each row by its sum, if they should.")

    def remark(self, shown: RowSums) -> str:
        """That rows are one-hot."""
        return "one-hot rows, read as class probabilities" if shown.one_hot else ""

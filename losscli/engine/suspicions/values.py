"""What a whole input looks like, judged from every block of it. Facts only ever tighten, or are added up, so that the
order of blocks, and the threads that look at them, do not matter.
"""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from losscli.engine.suspicions.look import Look
from losscli.engine.suspicions.words import way_out
from losscli.errors import Finding
from losscli.spec.kinds import SPACE_NAMES

if TYPE_CHECKING:
    from losscli.spec.loss import Loss

_EXACT = 2.0**53 - 1
"""Up to here float64 holds every whole number and none that was rounded to it."""
_FEWEST = 2
"""Values that it takes to tell probabilities from logits. Of logits with a standard deviation of 2, one lies in [0, 1]
by chance in 19 % of cases, two in 3.7 %, three in 0.7 %, five in 0.03 %."""


class Suspicion(ABC):
    """Looks at an input block by block, and says at the end what it looked like."""

    @abstractmethod
    def look(self, look: Look) -> None:
        """Take a block; from several threads, in any order."""

    def finding(self) -> Finding | None:
        """What is wrong, once every block was seen."""
        return None

    def remark(self) -> str:
        """What is worth saying though nothing is wrong, or ""."""
        return ""


class Probabilities:
    """The fact that all values are probabilities: in [0, 1], and along the class axis, if there is one, sum to 1.

    Without a class axis one value between 0 and 1 is asked for, and two values in all.
    """

    def __init__(self, by_class: bool) -> None:
        self._by_class = by_class
        self._possible = True
        self._between = by_class
        self._count = 0
        self._lock = threading.Lock()

    def look(self, look: Look) -> None:
        """Take a block."""
        if not self._possible:
            return
        # Other threads may have found out meanwhile: facts are only ever taken back.
        if not look.within_unit or (self._by_class and not look.rows_sum_to_one):
            self._possible = False
            return
        if not self._between and not look.zeros_and_ones:
            self._between = True
        with self._lock:
            self._count += look.raw.size

    def __bool__(self) -> bool:
        return self._possible and self._between and self._count >= _FEWEST


class LogitsWanted(Suspicion):
    """Probabilities where logits belong."""

    def __init__(self, name: str, loss: Loss, by_class: bool, floor: tuple[str, float] | None) -> None:
        self._name, self._loss, self._by_class, self._floor = name, loss, by_class, floor
        self._probabilities = Probabilities(by_class)

    def look(self, look: Look) -> None:
        """Take a block."""
        self._probabilities.look(look)

    def finding(self) -> Finding | None:
        """L201."""
        if not self._probabilities:
            return None
        seen = "every row lies in [0, 1] and sums to 1" if self._by_class else "every value lies in [0, 1]"
        text = f"{self._name}: {seen}: these look like probabilities, not logits."
        if self._floor is not None:
            text += f" With them the loss cannot fall below {self._floor[0]} = {self._floor[1]:.6g}."
        return Finding(
            "L201", text, f"{way_out(self._loss, 'probs')} If they are logits all the same: --pred-is logits."
        )


class LogProbabilitiesWanted(Suspicion):
    """Probabilities, logits, or rows that are not normalised, where log-probabilities belong.

    Whether rows are normalised takes exponentials, which cost more than the loss: some rows of every block tell.
    """

    _ROWS = 64
    _VALUES = 4096

    def __init__(self, name: str, loss: Loss) -> None:
        self._name, self._loss = name, loss
        self._probabilities = Probabilities(by_class=True)
        self._highest = -math.inf
        self._bad = self._seen = 0
        self._lock = threading.Lock()

    def look(self, look: Look) -> None:
        """Take a block."""
        self._probabilities.look(look)
        width = max(1, look.raw.size // len(look.raw))
        bad, seen = look.rows_of_logarithms(max(1, min(self._ROWS, self._VALUES // width)))
        with self._lock:
            self._bad, self._seen = self._bad + bad, self._seen + seen
            if not math.isnan(look.high):
                self._highest = max(self._highest, look.high)

    def finding(self) -> Finding | None:
        """L202 for another space, L204 for rows that are not normalised."""
        wanted = SPACE_NAMES["log-probs"]
        if self._probabilities:
            text = f"{self._name}: every row lies in [0, 1] and sums to 1: these look like probabilities, not {wanted}."
            return Finding("L202", text, way_out(self._loss, "probs"))
        if self._highest > 0.0:
            text = f"{self._name}: holds values up to {self._highest:.6g}, where {wanted} are ≤ 0: logits?"
            return Finding("L202", text, way_out(self._loss, "logits"))
        if self._bad:
            text = (
                f"{self._name}: in {self._bad} of {self._seen} rows looked at the probabilities (e to the values) "
                "do not sum to 1."
            )
            return Finding("L204", text, f"take log_softmax of each row first, or: {way_out(self._loss, 'logits')}")
        return None


class Rounded(Suspicion):
    """Whole numbers that float64 does not hold. Text was rounded when it was read: there, of numbers beyond 2^53, those
    are told that come out with more than 15 digits, which no decimal of so many digits does.
    """

    _MOST = 2.0**64
    _DIGITS = 15
    _SOME = 1000

    def __init__(self, name: str) -> None:
        self._name = name
        self._largest: int | None = None
        self._lock = threading.Lock()

    def look(self, look: Look) -> None:
        """Take a block."""
        if not (look.high > _EXACT or look.low < -_EXACT):
            return
        large = look.raw[np.abs(look.raw.astype(np.float64)) > _EXACT]
        exact = large.astype(np.float64).astype(large.dtype)
        found = self._rounded(large) if large.dtype.kind == "f" else large[exact != large]
        with self._lock:
            seen = [int(x) for x in (found.max(), found.min())] if found.size else []
            self._largest = max([*seen, *([] if self._largest is None else [self._largest])], key=abs, default=None)

    def _rounded(self, large: NDArray[Any]) -> NDArray[Any]:
        some = np.sort(large[np.abs(large) < self._MOST])[-self._SOME :]
        digits = [len(repr(float(x)).partition("e")[0].replace(".", "").strip("-0")) for x in some]
        return some[np.array(digits, np.int64) > self._DIGITS]

    def finding(self) -> Finding | None:
        """L209."""
        if self._largest is None:
            return None
        text = (
            f"{self._name}: holds whole numbers above 2^53, where float64 cannot tell neighbours apart, "
            f"such as {self._largest}."
        )
        return Finding("L209", text, "ids, or times in nanoseconds? Subtract what they have in common first.")


class Distribution(Suspicion):
    """Class probabilities of a target that do not sum to 1; and one-hot rows, of which a remark tells."""

    def __init__(self, name: str, kind: str) -> None:
        self._name, self._kind = name, kind
        self._normalised = self._one_hot = True

    def look(self, look: Look) -> None:
        """Take a block."""
        if self._normalised and not look.rows_sum_to_one:
            self._normalised = self._one_hot = False
        if self._one_hot and not look.zeros_and_ones:
            self._one_hot = False

    def finding(self) -> Finding | None:
        """L203."""
        if self._normalised:
            return None
        text = f"{self._name}: {self._kind} of a sample do not sum to 1."
        return Finding("L203", text, "divide each row by its sum, if they should.")

    def remark(self) -> str:
        """That rows are one-hot."""
        return "one-hot rows, read as class probabilities" if self._one_hot else ""

"""How prediction and target go together over all rows: how often answers are right, how sure they are, how numbers
follow one another; and what that looks like.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.engine.suspicions.pairs import Names
from losscli.errors import Finding

_SURE = 0.6
"""A mean confidence that no model without knowledge has."""
_SIGMAS = 3.0
_FEWEST = 30
"""Rows below which chance explains anything."""
_SCALES = (0.1, 10.0)
_STANDARD = 0.25
"""How far from 0 the mean, and from 1 the deviation, of something standardised may be."""


class Answers(NamedTuple):
    """Guessed classes beside labels, over samples and their positions; what is no class is left out.

    Attributes:
        labels: How often each class is the label.
        guesses: How often it is the guess.
        hits: How often the guess is the label.
        confidence: The probability of each guess, summed in parts.
    """

    labels: NDArray[np.int64]
    guesses: NDArray[np.int64]
    hits: int
    confidence: tuple[float, ...]

    @classmethod
    def of(
        cls, probability: NDArray[np.float64], guesses: NDArray[np.int64], labels: NDArray[np.int64], classes: int
    ) -> Answers:
        """What a block shows: the probability of each guess, the guess, and the label."""
        counts = (labels >= 0) & (labels < classes)
        kept, guessed = labels[counts], guesses[counts]
        met, made = (np.bincount(values, minlength=classes) for values in (kept, guessed))
        return cls(met, made, int((kept == guessed).sum()), (float(probability[counts].sum()),))

    @classmethod
    def merged(cls, parts: Sequence[Answers]) -> Answers:
        """What blocks show together."""
        labels, guesses = (sum(x[1:], x[0].copy()) for x in zip(*((p.labels, p.guesses) for p in parts), strict=True))
        return cls(labels, guesses, sum(p.hits for p in parts), tuple(x for p in parts for x in p.confidence))

    @property
    def seen(self) -> int:
        """How many answers there are."""
        return int(self.labels.sum())

    @property
    def accuracy(self) -> float:
        """The share of answers that are right."""
        return self.hits / self.seen if self.seen else math.nan

    @property
    def mean_confidence(self) -> float:
        """The mean probability of the guesses."""
        return math.fsum(self.confidence) / self.seen if self.seen else math.nan

    @property
    def chance(self) -> float:
        """The accuracy of the same guesses in another order."""
        return float(self.labels @ self.guesses) / self.seen**2 if self.seen else math.nan

    @property
    def figures(self) -> dict[str, float]:
        """What there is to tell of it."""
        return {"accuracy": self.accuracy, "confidence": self.mean_confidence, "chance": self.chance}

    def finding(self, names: Names) -> Finding | None:
        """L214: sure of itself, and within three standard errors of what the same guesses in any order would get."""
        if self.seen < _FEWEST or self.mean_confidence <= _SURE:
            return None
        error = math.sqrt(self.chance * (1.0 - self.chance) / self.seen)
        if not error or abs(self.accuracy - self.chance) > _SIGMAS * error:
            return None
        text = (
            f"{names.pred}: the mean confidence is {self.mean_confidence:.3g}, and {self.accuracy:.3g} of the labels "
            f"of {names.target} are met, where chance meets {self.chance:.3g}: are the rows in the same order?"
        )
        return Finding("L214", text, "--on COLUMN pairs rows by key.")


class Numbers(NamedTuple):
    """Predicted numbers beside true ones: means, and sums of squares and of products about them.

    Attributes:
        seen: How many pairs.
        pred: The mean of the predictions.
        target: The mean of the targets.
        pred_squares: The squares of the predictions about their mean, summed.
        target_squares: The same of the targets.
        products: The products of both, summed.
    """

    seen: int
    pred: float
    target: float
    pred_squares: float
    target_squares: float
    products: float

    @classmethod
    def of(cls, pred: NDArray[np.float64], target: NDArray[np.float64]) -> Numbers:
        """What a block shows."""
        mean, true = float(pred.mean()), float(target.mean())
        x, y = pred - mean, target - true
        return cls(pred.size, mean, true, float(x @ x), float(y @ y), float(x @ y))

    @classmethod
    def merged(cls, parts: Sequence[Numbers]) -> Numbers:
        """What blocks show together, one after the other (Chan, Golub, LeVeque 1979)."""
        found = parts[0]
        for part in parts[1:]:
            found = found._with(part)
        return found

    def _with(self, other: Numbers) -> Numbers:
        count = self.seen + other.seen
        dx, dy = other.pred - self.pred, other.target - self.target
        share = self.seen * other.seen / count
        return Numbers(
            count,
            self.pred + dx * other.seen / count,
            self.target + dy * other.seen / count,
            self.pred_squares + other.pred_squares + dx * dx * share,
            self.target_squares + other.target_squares + dy * dy * share,
            self.products + other.products + dx * dy * share,
        )

    @property
    def deviations(self) -> tuple[float, float]:
        """The standard deviations of predictions and targets."""
        return math.sqrt(self.pred_squares / self.seen), math.sqrt(self.target_squares / self.seen)

    @property
    def correlation(self) -> float:
        """Pearson's r; NaN where one of the two does not vary."""
        scale = math.sqrt(self.pred_squares) * math.sqrt(self.target_squares)
        return self.products / scale if scale else math.nan

    @property
    def explained(self) -> float:
        """R²: the share of the targets' variance that is explained; NaN where they do not vary."""
        apart = self.pred - self.target
        errors = self.pred_squares + self.target_squares - 2.0 * self.products + self.seen * (apart * apart)
        return 1.0 - errors / self.target_squares if self.target_squares else math.nan

    @property
    def figures(self) -> dict[str, float]:
        """What there is to tell of it."""
        return {"correlation": self.correlation, "r2": self.explained, "mean_error": self.pred - self.target}

    def findings(self, names: Names) -> list[Finding]:
        """L215 for the scale, else L214 for the order of rows."""
        if self.seen < _FEWEST:
            return []
        found = self._scale(names) or self._order(names)
        return [found] if found else []

    def _scale(self, names: Names) -> Finding | None:
        pred, target = self.deviations
        if not pred or not target:
            return None
        low, high = _SCALES
        standard = abs(self.pred) < _STANDARD and abs(pred - 1.0) < _STANDARD
        true = abs(self.target) < _STANDARD and abs(target - 1.0) < _STANDARD
        if low <= pred / target <= high and not (standard and not true and abs(self.target) > target):
            return None
        looks = " The predictions look standardised." if standard and not true else ""
        looks = " The targets look standardised." if true and not standard else looks
        text = (
            f"{names.pred}: mean {self.pred:.3g}, standard deviation {pred:.3g}; {names.target}: mean "
            f"{self.target:.3g}, standard deviation {target:.3g}.{looks}"
        )
        return Finding("L215", text, "undo the scaling of one, or scale the other.")

    def _order(self, names: Names) -> Finding | None:
        if not self.explained < 0.0 or not abs(self.correlation) < _SIGMAS / math.sqrt(self.seen):
            return None
        text = (
            f"{names.pred}: predictions do not follow {names.target} (r = {self.correlation:.2g}, R² = "
            f"{self.explained:.3g}): are the rows in the same order?"
        )
        return Finding("L214", text, "--on COLUMN pairs rows by key.")

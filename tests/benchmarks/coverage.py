"""How often the intervals of ``losscli.stats`` cover what they are about: simulated sets of losses of known mean.

    python -m tests.benchmarks.coverage --sets 1000

prints Markdown tables of the coverage, in percent, of nominal 95 % intervals. The error of a figure near 95 is
0.7 with 1000 sets, 0.2 with 10 000. Methods that draw have a quarter of the sets, and none of 10 000 samples.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from losscli.stats.interval import estimate, interval
from losscli.stats.moments import spread, sums_of
from losscli.stats.resample import bca, percentile, resampled
from tests.benchmarks.measure import table

RESAMPLES = 999
METHODS = ("t", "percentile", "BCa", "guarded t")
Random = np.random.Generator
Units = tuple[np.ndarray, "np.ndarray | float"]
"""What units add to numerator and denominator."""


@dataclass(frozen=True)
class Case:
    """Sets of units to draw.

    Args:
        name: How the table calls them.
        mean: The ratio of endlessly many of them.
        draw: Draws so many units.
    """

    name: str
    mean: float
    draw: Callable[[Random, int], Units]


def _softplus(z: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, -z)


def _normal_mean(function: Callable[[np.ndarray], np.ndarray], mean: float, sd: float) -> float:
    grid = np.linspace(-12, 12, 200_001)
    density = np.exp(-(grid**2) / 2)
    return float((function(mean + sd * grid) * density).sum() / density.sum())


EASY, HARD = (_normal_mean(_softplus, mean, 2.0) for mean in (3.0, 0.0))
RARE = 0.05
"""The share of the rare class, which weighs ten times as much."""

MEANS = [
    Case("l1, normal errors", math.sqrt(2 / math.pi), lambda rng, n: (np.abs(rng.standard_normal(n)), 1.0)),
    Case("mse, normal errors", 1.0, lambda rng, n: (rng.standard_normal(n) ** 2, 1.0)),
    Case("cross entropy, logits N(3, 2)", EASY, lambda rng, n: (_softplus(rng.normal(3, 2, n)), 1.0)),
    Case("lognormal, σ = 1", math.exp(0.5), lambda rng, n: (rng.lognormal(0, 1, n), 1.0)),
    Case("mse, t₅ errors", 5 / 3, lambda rng, n: (rng.standard_t(5, n) ** 2, 1.0)),
    Case("mse, t₃ errors (no variance)", 3.0, lambda rng, n: (rng.standard_t(3, n) ** 2, 1.0)),
]


def _class_weights(rng: Random, n: int) -> Units:
    rare = rng.random(n) < RARE
    weight = np.where(rare, 10.0, 1.0)
    return _softplus(rng.normal(np.where(rare, 0.0, 3.0), 2.0)) * weight, weight


def _grouped(effect: float) -> Callable[[Random, int], Units]:
    """Units of geometric size, the losses within one alike by an effect on the log scale."""

    def draw(rng: Random, n: int) -> Units:
        sizes = rng.geometric(0.1, n)
        means = rng.lognormal(0, effect, n)
        return rng.standard_gamma(sizes) * means, sizes.astype(float)

    return draw


def _sample_weights(rng: Random, n: int) -> Units:
    weight = rng.lognormal(0, 1, n)
    return rng.standard_normal(n) ** 2 * weight, weight


RATIOS = [
    Case(
        "class weights 1 and 10, rare hard class",
        (RARE * 10 * HARD + (1 - RARE) * EASY) / (RARE * 10 + 1 - RARE),
        _class_weights,
    ),
    Case("mean per token, sequences of geometric length", math.exp(0.2**2 / 2), _grouped(0.2)),
    Case("sample weights lognormal(0, 1), squared errors", 1.0, _sample_weights),
    Case("clusters of unequal size, effect sd 0.5", math.exp(0.5**2 / 2), _grouped(0.5)),
]


@dataclass
class Count:
    """How many intervals of a method there were, how many covered, and how wide they were beside plain t's."""

    sets: int = 0
    covered: int = 0
    width: float = 0.0

    def add(self, low: float | None, high: float | None, mean: float, plain: float) -> None:
        """Count one; of no interval, as one that does not cover."""
        self.sets += 1
        if low is not None and high is not None:
            self.covered += low <= mean <= high
            self.width += (high - low) / plain


def simulate(case: Case, n: int, sets: int, seed: int, level: float = 0.95) -> dict[str, Count]:
    """Draw sets of ``n`` units and count how often each method covers the mean."""
    rng, found = np.random.default_rng(seed), {name: Count() for name in METHODS}
    for i in range(sets):
        a, w = case.draw(rng, n)
        sums = sums_of(a, w)
        about = estimate(spread([sums] if sums else []))
        if about.why_not:
            for count in found.values():
                count.add(None, None, case.mean, 1.0)
            continue
        plain = interval(about, level, "t")
        width = plain.high - plain.low
        found["t"].add(*plain, case.mean, width)
        found["guarded t"].add(*interval(about, level), case.mean, width)
        if i % 4 == 0 and n <= 1000:
            drawn = resampled(a, None if isinstance(w, float) else w, RESAMPLES, seed=i)
            found["percentile"].add(*percentile(drawn, level), case.mean, width)
            found["BCa"].add(*bca(drawn, about.value, about.skew_k, level), case.mean, width)
    return found


def _cells(found: dict[str, Count]) -> list[str]:
    cells = [f"{100 * one.covered / one.sets:.1f}" if one.sets else "" for one in found.values()]
    guarded = found["guarded t"]
    return [*cells, f"{guarded.width / max(1, guarded.sets):.2f}"]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.coverage", description=__doc__)
    parser.add_argument("--sets", type=int, default=400, help="sets of each kind (400)")
    given = parser.parse_args()
    header = ["units", "n", *METHODS, "width / t"]
    for title, cases, sizes in (
        ("One loss a sample", MEANS, (5, 10, 20, 100, 1000, 10_000)),
        ("Ratios of sums: unequal weights, sequences, clusters", RATIOS, (5, 20, 100, 1000)),
    ):
        rows = [
            [case.name, str(n), *_cells(simulate(case, n, given.sets, seed=100 * i + n))]
            for i, case in enumerate(cases)
            for n in sizes
        ]
        table(f"{title}: coverage of 95 % intervals, {given.sets} sets", header, rows)


if __name__ == "__main__":
    main()

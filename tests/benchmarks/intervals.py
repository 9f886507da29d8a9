"""What an interval costs: ``compute --ci`` beside the same command without."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measure import LOSSCLI, PYTHON, Goal, Process, Race, Sample, cells, table

ROUNDS = 9
ROWS = 1_000_000
GOAL = Goal(1.3)
WRITE = """
import numpy as np
rng = np.random.default_rng(0)
np.save("x.npy", rng.standard_normal({rows})); np.save("y.npy", rng.standard_normal({rows}))
np.save("logits.npy", rng.standard_normal(({rows}, 10))); np.save("labels.npy", rng.integers(0, 10, {rows}))
np.save("w.npy", rng.uniform(0.5, 2, {rows})); np.save("user.npy", rng.integers(0, 1000, {rows}))
"""
WAYS = [
    ("mse", ["x.npy", "y.npy"], [], GOAL),
    ("mse, sample weights", ["x.npy", "y.npy"], ["--sample-weight", "w.npy"], None),
    ("cross_entropy", ["logits.npy", "labels.npy"], [], GOAL),
]
METHODS = [
    ("95 % interval", ["--ci", "0.95"]),
    ("percentile", ["--ci", "0.95", "--ci-method", "percentile"]),
    ("1000 clusters", ["--ci", "0.95", "--cluster", "user.npy"]),
]


def _command(folder: Path, name: str, *rest: str) -> Process:
    return Process([LOSSCLI, "compute", name.partition(",")[0], *rest, "-f", "json"], folder)


def main(scale: float, rounds: int | None) -> None:
    """Print the tables."""
    rows = max(1000, int(ROWS * scale))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        Process([PYTHON, "-c", WRITE.format(rows=rows)], folder)()
        lines = []
        for name, files, more, goal in WAYS:
            plain = _command(folder, name, *files, *more)
            race = Race(
                {"plain": plain} | {m: _command(folder, name, *files, *more, *ci) for m, ci in METHODS},
                rounds or ROUNDS,
            )
            for method, _ in METHODS:
                wanted = goal if method == "95 % interval" else None
                times = [f"{1e3 * race.seconds(one):.0f}" for one in ("plain", method)]
                lines.append([name, method, *times, *cells(race.ratio(method, "plain"), wanted)])
        header = ["loss", "", "without, ms", "with, ms", "ratio", "goal", "reached"]
        table(f"Whole process, NPY of {rows} rows, -f json", header, lines)
        table(
            f"Within a process, arrays of {rows} rows",
            ["loss", "without, ms", "with, ms", "ratio"],
            _within(folder, rounds),
        )


def _within(folder: Path, rounds: int | None) -> list[list[str]]:
    import numpy as np

    import losscli

    lines = []
    for name, files, more, _ in WAYS:
        inputs = [np.load(folder / file) for file in files]
        named = {"sample_weight": np.load(folder / "w.npy")} if more else {}
        loss = name.partition(",")[0]
        race = Race(
            {
                "plain": _timed(lambda: losscli.compute(loss, *inputs, **named)),  # noqa: B023 (called at once)
                "interval": _timed(lambda: losscli.compute(loss, *inputs, ci=0.95, **named)),  # noqa: B023
            },
            rounds or ROUNDS,
        )
        times = [f"{1e3 * race.seconds(one):.1f}" for one in ("plain", "interval")]
        lines.append([name, *times, f"{race.ratio('interval', 'plain'):.2f}x"])
    return lines


def _timed(call: Callable[[], object]) -> Callable[[], Sample]:
    def run() -> Sample:
        start = time.perf_counter()
        call()
        return Sample(time.perf_counter() - start)

    return run

"""The worst samples with prediction and target beside them: ``compute --top`` on large NPY files over that without."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks.measure import LOSSCLI, PYTHON, Goal, Process, Race, cells, table

ROUNDS = 5
ROWS = 20_000_000
_WRITE = """
import numpy as np
rng = np.random.default_rng(0)
for name in "ab":
    np.save(f"{{name}}.npy", rng.standard_normal({rows}, np.float32))
np.save("logits.npy", rng.standard_normal(({rows} // 10, 10), np.float32))
np.save("labels.npy", rng.integers(0, 10, {rows} // 10))
"""
_CASES = {"mse": ["a.npy", "b.npy"], "cross_entropy": ["logits.npy", "labels.npy"]}
GOAL = Goal(1.5)


def main(scale: float, rounds: int | None) -> None:
    """Print the table."""
    rows = max(1000, int(ROWS * scale))
    lines = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        Process([PYTHON, "-c", _WRITE.format(rows=rows)], folder)()
        for loss, files in _CASES.items():
            command = [LOSSCLI, "compute", loss, *files]
            contestants = {"without": [*command, "-f", "json"], "--top 10": [*command, "--top", "10", "-f", "json"]}
            race = Race({name: Process(argv, folder) for name, argv in contestants.items()}, rounds or ROUNDS)
            times = [f"{1e3 * race.seconds(name):.0f}" for name in contestants]
            lines.append([loss, *times, *cells(race.cpu_ratio("--top 10", "without"), GOAL)])
    header = ["loss", "without, ms", "--top 10, ms", "processor time", "goal", "reached"]
    table(f"The worst samples of {rows} numbers a file, whole process", header, lines)

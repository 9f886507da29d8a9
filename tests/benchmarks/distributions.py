"""``losscli dist`` on large NPY files, beside ``compute`` on the same, and NumPy sorting: time and peak memory."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.benchmarks.measure import LOSSCLI, PYTHON, Goal, Process, Race, cells, python, table

ROUNDS = 3
ROWS = 100_000_000
_FILES = ["a.npy", "b.npy"]
_DIST, _EXACT, _COMPUTE, _NUMPY = "dist", "dist --exact", "compute", "numpy: sort, quantiles, shares"
_LINES, _BOTH = "dist with reference and shift", "compute --reference"
GOALS = (
    (_DIST, _COMPUTE, 2.0),
    (_DIST, _NUMPY, 1.0),
    (_EXACT, _NUMPY, 1.0),
    (_LINES, _COMPUTE, None),
    (_LINES, _BOTH, None),
)
PEAK_MIB = Goal(128)


def main(scale: float, rounds: int | None) -> None:
    """Print the tables."""
    rows = max(1, int(ROWS * scale))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save = "; ".join(f"np.save('{file}', r.standard_normal({rows}, np.float32))" for file in _FILES)
        subprocess.run(
            [PYTHON, "-c", f"import numpy as np; r = np.random.default_rng(0); {save}"], cwd=folder, check=True
        )
        dist = [LOSSCLI, "dist", "mse", *_FILES, "--no-reference", "-q"]
        sorting = (
            "import numpy as np; e = np.sort((np.load('a.npy') - np.load('b.npy')).astype('f8') ** 2)\n"
            "n = len(e); print(e.mean(), e[[int(q * (n - 1)) for q in (0, .25, .5, .75, .9, .99, 1)]])\n"
            "print([e[n - int(q * n):].sum() / e.sum() for q in (.01, .05, .1, .25)])"
        )
        race = Race(
            {
                _DIST: Process(dist, folder),
                _EXACT: Process([*dist, "--exact"], folder),
                _COMPUTE: Process([LOSSCLI, "compute", "mse", *_FILES, "-q"], folder),
                _LINES: Process([LOSSCLI, "dist", "mse", *_FILES, "-q"], folder),
                _BOTH: Process([LOSSCLI, "compute", "mse", *_FILES, "--reference", "-q"], folder),
                _NUMPY: python(sorting, folder),
            },
            rounds or ROUNDS,
        )
    found = [[name, f"{1e3 * race.seconds(name):.0f}", f"{race.mib(name):.0f}"] for name in race.samples]
    table(f"Distributions: two NPY files of {rows} float32, whole process, ms", ["case", "median", "peak MiB"], found)
    for what, ratio in (("wall time", race.ratio), ("processor time", race.cpu_ratio)):
        goals = [
            [one, other, *cells(ratio(one, other), None if bound is None else Goal(bound))]
            for one, other, bound in GOALS
        ]
        table(f"Ratios of {what}", ["of", "over", "ratio", "goal", "reached"], goals)
    peaks = [[name, *PEAK_MIB.cells(race.mib(name), "")] for name in (_DIST, _EXACT, _LINES)]
    table("Peak memory, MiB", ["case", "peak", "goal", "reached"], peaks)

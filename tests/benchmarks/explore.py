"""What explores a loss: values of a parameter in one pass over large NPY files, and a curve of no data at all."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.benchmarks.measure import LOSSCLI, PYTHON, Goal, Process, Race, cells, python, table

ROUNDS = 5
ROWS = 10_000_000
VALUES = 21
PEAK_MIB = Goal(192)
_FILES = ["a.npy", "b.npy"]
_SWEEP = f"sweep of {VALUES} values"
_ONE = "compute, one value"
_LOOP = f"numpy, {VALUES} values in a loop"
_ROW, _ALONE = "explain, one row", "explain, that row alone"
_CURVE, _IMPORT = "curve", "import numpy"


def contestants(folder: Path) -> dict[str, Process]:
    """A sweep, one of its values, and NumPy with as many; a curve, and the import of what it computes with."""
    loop = (
        "import numpy as np; e = np.abs(np.load('a.npy', mmap_mode='r') - np.load('b.npy', mmap_mode='r'))\n"
        f"for d in np.geomspace(0.1, 10, {VALUES}):\n"
        "    print(np.where(e <= d, e * e / 2, d * (e - d / 2)).mean(dtype='f8'))"
    )
    return {
        _SWEEP: Process([LOSSCLI, "sweep", "huber", *_FILES, "--delta", f"0.1:10:log:{VALUES}", "-q"], folder),
        _ONE: Process([LOSSCLI, "compute", "huber", *_FILES, "-q"], folder),
        _ROW: Process([LOSSCLI, "explain", "huber", *_FILES, "--sample", "7", "-q"], folder),
        _ALONE: Process([LOSSCLI, "explain", "huber", *_FILES, "--sample", "7", "--no-rank", "-q"], folder),
        _LOOP: python(loop, folder),
        _CURVE: Process([LOSSCLI, "curve", "huber"], folder),
        _IMPORT: python("import numpy", folder),
    }


def main(scale: float, rounds: int | None) -> None:
    """Print the table."""
    rows = max(1, int(ROWS * scale))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: see measure.py.
        save = "; ".join(f"np.save('{file}', r.standard_normal({rows}, np.float32))" for file in _FILES)
        subprocess.run(
            [PYTHON, "-c", f"import numpy as np; r = np.random.default_rng(0); {save}"], cwd=folder, check=True
        )
        race = Race(contestants(folder), rounds or ROUNDS)
    found = [[name, f"{1e3 * race.seconds(name):.0f}", f"{race.mib(name):.0f}"] for name in race.samples]
    table(f"Exploring: two NPY files of {rows} float32, whole process, ms", ["case", "median", "peak MiB"], found)
    goals = [
        [one, other, *cells(race.ratio(one, other), Goal(bound))]
        for one, other, bound in (
            (_SWEEP, _ONE, VALUES),
            (_ROW, _ONE, 1.2),
            (_ALONE, _ONE, 1.0),
            (_SWEEP, _LOOP, 1.0),
            (_CURVE, _IMPORT, 1.4),
        )
    ]
    table("Goals", ["time of", "over", "ratio", "goal", "reached"], goals)
    rows_of = [[_SWEEP, *PEAK_MIB.cells(race.mib(_SWEEP), "")], [_LOOP, f"{race.mib(_LOOP):.0f}", "", ""]]
    table("Memory", ["peak MiB of", "MiB", "goal", "reached"], rows_of)

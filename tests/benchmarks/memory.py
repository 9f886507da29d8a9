"""Peak memory of losscli as files grow (goal M1); sparse files, so that little is read from the disk."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.benchmarks.measure import LOSSCLI, PYTHON, Goal, Process, Race, table

ROUNDS = 1
PEAK_MIB = Goal(64)
ROWS_OF_1_GB = 125_000_000
_STREAM = ("-r", "none", "-o", "out.npy")
CASES: list[tuple[str, float, tuple[str, ...]]] = [
    *((f"mse, files of {size:g} GB", size, ("-q",)) for size in (0.1, 1.0, 4.0)),
    *((f"mse -r none -o out.npy, files of {size:g} GB", size, _STREAM) for size in (0.1, 1.0)),
]


def _sparse(folder: Path, rows: int) -> None:
    code = (
        "import numpy as np; from numpy.lib.format import open_memmap as m; "
        f"[m(f, mode='w+', dtype=np.float64, shape=({rows},)) for f in ('a.npy', 'b.npy')]"
    )
    subprocess.run([PYTHON, "-c", code], cwd=folder, check=True)


def main(scale: float, rounds: int | None) -> None:
    """Print the table."""
    rows = []
    for name, size, arguments in CASES:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            _sparse(folder, max(1, int(size * scale * ROWS_OF_1_GB)))
            process = Process([LOSSCLI, "compute", "mse", "a.npy", "b.npy", *arguments], folder)
            race = Race({name: process}, rounds or ROUNDS)
        rows.append([name, f"{1e3 * race.seconds(name):.0f}", *PEAK_MIB.cells(race.mib(name), "")])
    shrunk = "" if scale == 1 else f" (inputs scaled by {scale:g})"
    table(f"Peak memory of losscli, two float64 files{shrunk}", ["case", "ms", "peak MiB", "goal", "reached"], rows)

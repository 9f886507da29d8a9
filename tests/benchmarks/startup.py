"""Whole processes on two CSV files of 1000 rows, and the commands that read none (goals S1 to S5, and X1)."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from tests.benchmarks.measure import LOSSCLI, Goal, Process, Race, cells, python, table

ROUNDS = 11
ROWS = 1000
IMPORT = "import numpy"
QUIET = "losscli compute mse a.csv b.csv -q"
CURVE = "losscli curve huber"
TEN = "losscli check -q, of ten checks on five pairs of files"

_PEERS = {
    IMPORT: IMPORT,
    "numpy.loadtxt": "import numpy as np; print(np.mean((np.loadtxt('a.csv') - np.loadtxt('b.csv')) ** 2))",
    "polars": "import polars as pl; a, b = (pl.read_csv(f, has_header=False).to_series() for f in ('a.csv', 'b.csv')); "
    "print(((a - b) ** 2).mean())",
    "pandas": "import pandas as pd; a, b = (pd.read_csv(f, header=None)[0] for f in ('a.csv', 'b.csv')); "
    "print(((a - b) ** 2).mean())",
    "numpy.loadtxt + torch": "import numpy as np, torch; "
    "a, b = (torch.from_numpy(np.loadtxt(f)) for f in ('a.csv', 'b.csv')); "
    "print(torch.nn.functional.mse_loss(a, b).item())",
}
_COMMANDS = {
    QUIET: ["compute", "mse", "a.csv", "b.csv", "-q"],
    "... as a table, to a file": ["compute", "mse", "a.csv", "b.csv"],
    TEN: ["check", "-q"],
    CURVE: ["curve", "huber"],
    "losscli --version": ["--version"],
    "losscli list": ["list"],
    "losscli show mse": ["show", "mse"],
    "losscli --help": ["--help"],
}
_TERMINAL = {
    "... as a table, to a terminal": ["compute", "mse", "a.csv", "b.csv"],
    "losscli list, to a terminal": ["list"],
}
_GOALS = [
    ("S1", QUIET, IMPORT, 1.6),
    ("S2", "... as a table, to a terminal", IMPORT, 1.9),
    ("S3", QUIET, "numpy.loadtxt", 1.5),
    ("S3", QUIET, "polars", 0.75),
    ("S3", QUIET, "pandas", 0.35),
    ("S3", QUIET, "numpy.loadtxt + torch", 0.12),
    ("S5", TEN, IMPORT, 2.0),
    ("X1", CURVE, IMPORT, 1.4),
    ("S4", "losscli --version", IMPORT, 0.85),
    ("S4", "losscli list", IMPORT, 0.85),
    ("S4", "losscli --help", IMPORT, 0.85),
]


def contestants(folder: Path) -> dict[str, Process]:
    """Every contestant by name; pandas only where it is installed."""
    from importlib.util import find_spec

    found = {name: python(code, folder) for name, code in _PEERS.items() if name != "pandas" or find_spec("pandas")}
    found |= {name: Process([LOSSCLI, *arguments], folder) for name, arguments in _COMMANDS.items()}
    return found | {name: Process([LOSSCLI, *arguments], folder, True) for name, arguments in _TERMINAL.items()}


def _write_checks(folder: Path) -> None:
    """Ten checks, of two losses of each of five pairs of small files."""
    checks = []
    for i in range(5):
        for side in ("pred", "target"):
            (folder / f"{side}{i}.csv").write_text("".join(f"{n + i}\n" for n in range(100)))
        checks += [
            f'[check.{loss}{i}]\nloss = "{loss}"\npred = "pred{i}.csv"\ntarget = "target{i}.csv"\nmax = 1\n'
            for loss in ("mse", "l1")
        ]
    (folder / "losscli.toml").write_text("\n".join(checks))


def main(scale: float, rounds: int | None) -> None:
    """Print the tables; the scale does not matter here."""
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("a.csv", "b.csv"):
            (folder / file).write_text("".join(f"{rng.gauss(0, 1)!r}\n" for _ in range(ROWS)))
        _write_checks(folder)
        race = Race(contestants(folder), rounds or ROUNDS)
    rows = [
        [
            f"`{case}`",
            f"{1e3 * race.seconds(case):.0f}",
            f"{1e3 * race.fastest(case):.0f}",
            f"{race.ratio(case, IMPORT):.2f}x",
            f"{race.cpu_ratio(case, IMPORT):.2f}x",
            f"{race.ratio(QUIET, case):.2f}x",
            f"{race.mib(case):.0f}",
        ]
        for case in race.samples
    ]
    title = f"Start-up: two CSV files of {ROWS} rows, whole process, ms"
    table(title, ["case", "median", "least", f"/ `{IMPORT}`", "the same in CPU time", "-q / it", "peak MiB"], rows)
    if "pandas" not in race.samples:
        print("\npandas is not installed and was left out.")
    goals = [
        [f"{goal}: `{one}`", f"`{other}`", *cells(race.ratio(one, other), Goal(bound))]
        for goal, one, other, bound in _GOALS
        if other in race.samples
    ]
    table("Goals", ["time of", "over", "ratio", "goal", "reached"], goals)

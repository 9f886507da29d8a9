"""What a comparison costs: ``compare`` of two models beside ``compute`` of one, and a script of NumPy and SciPy.

Whole processes: a share of the script's time is the import of its libraries, of pandas where it reads CSV.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks.measure import LOSSCLI, PYTHON, Process, Race, cells, table

ROUNDS = 7
ROWS = 1_000_000
WRITE = """
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
y = rng.standard_normal({rows})
for name, values in (("y", y), ("a", y + rng.standard_normal({rows})), ("b", y + rng.standard_normal({rows}))):
    np.save(f"{{name}}.npy", values)
    pd.DataFrame({{name: values}}).to_csv(f"{{name}}.csv", index=False)
"""
READ = {
    "npy": "import numpy as np; a, b, y = (np.load(f'{x}.npy') for x in 'aby')",
    "csv": "import pandas as pd; a, b, y = (pd.read_csv(f'{x}.csv')[x].to_numpy() for x in 'aby')",
}
SCRIPT = """
from scipy import stats
{read}
a, b = (a - y) ** 2, (b - y) ** 2
test = stats.ttest_rel(b, a)
print(a.mean(), b.mean(), test.pvalue, test.confidence_interval())
"""


def main(scale: float, rounds: int | None) -> None:
    """Print the table."""
    rows = max(1000, int(ROWS * scale))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        Process([PYTHON, "-c", WRITE.format(rows=rows)], folder)()
        lines = []
        for suffix in ("npy", "csv"):
            a, b, y = (f"{name}.{suffix}" for name in "aby")
            race = Race(
                {
                    "compare": Process([LOSSCLI, "compare", "mse", a, b, y, "-f", "json"], folder),
                    "compute": Process([LOSSCLI, "compute", "mse", a, y, "-f", "json"], folder),
                    "script": Process([PYTHON, "-c", SCRIPT.format(read=READ[suffix])], folder),
                },
                rounds or ROUNDS,
            )
            for peer in ("compute", "script"):
                times = [f"{1e3 * race.seconds(one):.0f}" for one in ("compare", peer)]
                lines.append([suffix, peer, *times, *cells(race.ratio("compare", peer), None)])
        header = ["files", "beside", "compare, ms", "peer, ms", "ratio", "goal", "reached"]
        table(f"Whole process, two models and a target of {rows} rows, mse", header, lines)

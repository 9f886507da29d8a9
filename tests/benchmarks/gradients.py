"""``losscli grad -o`` on large NPY files, beside ``compute`` on the same: CPU time, and peak memory.

To write takes the disk its time, which is no part of the goal.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.benchmarks.measure import LOSSCLI, PYTHON, Goal, Process, Race, python, table

ROUNDS = 3
RATIO = Goal(4)
PEAK_MIB = Goal(96)
_TORCH = (
    "import numpy as np, torch, torch.nn.functional as F; "
    "a, b = (torch.from_numpy(np.load(f)) for f in ('a.npy', 'b.npy')); "
    "a = a.double().requires_grad_(); F.{function}(a, b{as_is}).backward(); np.save('torch.npy', a.grad)"
)
CASES = [
    ("mse", "mse_loss", 100_000_000, "r.standard_normal(n, np.float32)", "r.standard_normal(n, np.float32)"),
    ("cross_entropy", "cross_entropy", 5_000_000, "r.standard_normal((n, 10), np.float32)", "r.integers(0, 10, n)"),
]


def main(scale: float, rounds: int | None) -> None:
    """Print the table."""
    rows = []
    for loss, function, count, pred, target in CASES:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            setup = f"import numpy as np; r = np.random.default_rng(0); n = {max(1, int(count * scale))}"
            saves = f"np.save('a.npy', {pred}); np.save('b.npy', {target})"
            subprocess.run([PYTHON, "-c", f"{setup}; {saves}"], cwd=folder, check=True)
            as_is = ".double()" if loss == "mse" else ""
            found = Race(
                {
                    "compute": Process([LOSSCLI, "compute", loss, "a.npy", "b.npy", "-q"], folder),
                    "grad": Process([LOSSCLI, "grad", loss, "a.npy", "b.npy", "-o", "g.npy", "-q"], folder),
                    "torch": python(_TORCH.format(function=function, as_is=as_is), folder),
                },
                rounds or ROUNDS,
            )
        row = [loss, *(f"{1e3 * found.seconds(name):.0f}" for name in found.samples)]
        row.append(f"{found.ratio('grad', 'compute'):.2f}x")
        row += RATIO.cells(found.cpu_ratio("grad", "compute")) + PEAK_MIB.cells(found.mib("grad"), "")
        rows.append([*row, f"{found.mib('torch'):.0f}"])
    shrunk = "" if scale == 1 else f" (inputs scaled by {scale:g})"
    header = ["case", "compute", "grad -o", "torch autograd", "grad/compute", "the same in CPU time", "goal", "reached"]
    table(f"Gradients to an NPY file, ms{shrunk}", [*header, "peak MiB", "goal", "reached", "torch MiB"], rows)

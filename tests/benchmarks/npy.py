"""Whole processes on large NPY files in the page cache: wall time and peak memory (goals N1 to N3, M1)."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import LOSSCLI, PYTHON, Goal, Process, Race, cells, python, table

ROUNDS = 5
PEAK_MIB = Goal(64)
PEAK_SHARE = Goal(0.05)


@dataclass(frozen=True)
class Case:
    """A loss, the code that makes its inputs ``a`` and ``b``, and the one-liners it competes with.

    Args:
        name: How the table calls it.
        loss: Its losscli name.
        make: Expressions for a and b, over ``r`` (a generator), ``n`` (rows) and ``f`` (np.float32).
        rows: Rows at scale 1.
        torch: An expression over the tensors a and b and ``F``.
        numpy: An expression over the memory maps a and b.
        goals: How many times faster than torch and than numpy losscli should be.
    """

    name: str
    loss: str
    make: tuple[str, str]
    rows: int
    torch: str
    numpy: str
    goals: tuple[float | None, float | None]


_NORMAL = "r.standard_normal(n, f)"
_LABEL = "r.integers(0, 2, n).astype(f)"
CASES = [
    Case(
        "mse float32 2 x 400 MB",
        "mse",
        (_NORMAL, _NORMAL),
        100_000_000,
        "F.mse_loss(a, b)",
        "np.mean((a - b) ** 2)",
        (5.0, 1.3),
    ),
    Case(
        "mse float64 2 x 800 MB",
        "mse",
        ("r.standard_normal(n)", "r.standard_normal(n)"),
        100_000_000,
        "F.mse_loss(a, b)",
        "np.mean((a - b) ** 2)",
        (6.0, 1.8),
    ),
    Case(
        "cross_entropy (10^7, 10) float32",
        "cross_entropy",
        ("r.standard_normal((n, 10), f)", "r.integers(0, 10, n)"),
        10_000_000,
        "F.cross_entropy(a, b)",
        "(lambda z: np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(len(b)), b]))(a - a.max(1, keepdims=True))",
        (7.0, 3.0),
    ),
    Case(
        "bce float32 2 x 200 MB",
        "bce",
        ("r.random(n, f) * f(0.98) + f(0.01)", _LABEL),
        50_000_000,
        "F.binary_cross_entropy(a, b)",
        "-np.mean(b * np.log(a) + (1 - b) * np.log1p(-a))",
        (4.0, None),
    ),
    Case(
        "bce_with_logits float32 2 x 200 MB",
        "bce_with_logits",
        (_NORMAL, _LABEL),
        50_000_000,
        "F.binary_cross_entropy_with_logits(a, b)",
        "np.mean(np.maximum(a, 0) - a * b + np.log1p(np.exp(-np.abs(a))))",
        (6.0, None),
    ),
]


def contestants(case: Case, folder: Path) -> dict[str, Process]:
    """Losscli, torch and numpy on the case's files."""
    load = "a, b = (np.load(p, mmap_mode='r') for p in ('a.npy', 'b.npy'))"
    torch = f"import numpy as np, torch; import torch.nn.functional as F; {load}; a, b = map(torch.from_numpy, (a, b))"
    return {
        "losscli": Process([LOSSCLI, "compute", case.loss, "a.npy", "b.npy", "-q"], folder),
        "torch": python(f"{torch}; print({case.torch}.item())", folder),
        "numpy": python(f"import numpy as np; {load}; print({case.numpy})", folder),
    }


def race(case: Case, scale: float, rounds: int) -> Race:
    """Run one case on files made for it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: see measure.py.
        setup = (
            f"import numpy as np; r = np.random.default_rng(0); n = {max(1, int(case.rows * scale))}; f = np.float32"
        )
        saves = "; ".join(f"np.save('{file}', {code})" for file, code in zip("ab", case.make, strict=True))
        subprocess.run([PYTHON, "-c", f"{setup}; {saves}"], cwd=folder, check=True)
        return Race(contestants(case, folder), rounds)


def main(scale: float, rounds: int | None) -> None:
    """Print the tables."""
    times, peaks = [], []
    for case in CASES:
        found = race(case, scale, rounds or ROUNDS)
        row = [case.name, *(f"{1e3 * found.seconds(name):.0f}" for name in found.samples)]
        for peer, bound in zip(("torch", "numpy"), case.goals, strict=True):
            row += cells(found.ratio(peer, "losscli"), Goal(bound, at_least=True) if bound else None)
        times.append(row)
        share = found.mib("losscli") / found.mib("torch")
        peaks.append(
            [
                case.name,
                f"{found.mib('torch'):.0f}",
                f"{found.mib('numpy'):.0f}",
                *PEAK_MIB.cells(found.mib("losscli"), ""),
                *PEAK_SHARE.cells(share),
            ]
        )
    shrunk = "" if scale == 1 else f" (inputs scaled by {scale:g})"
    header = ["case", "losscli", "torch", "numpy mmap", "torch/losscli", "goal", "reached"]
    table(f"NPY files, whole process, ms{shrunk}", [*header, "numpy/losscli", "goal", "reached"], times)
    header = ["case", "torch", "numpy mmap", "losscli", "goal", "reached", "losscli/torch", "goal", "reached"]
    table(f"Peak memory of the same, MiB{shrunk}", header, peaks)

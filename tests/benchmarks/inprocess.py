"""``losscli.compute`` on arrays in memory against ``torch.nn.functional`` on the whole tensors (goal N5)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.measure import Goal, Race, Sample, cells, table

ROUNDS = 5


@dataclass(frozen=True)
class Case:
    """A loss on random float32 inputs.

    Args:
        name: How the table calls it.
        loss: Its losscli name.
        torch: Its name in ``torch.nn.functional``.
        shape: The prediction's shape; the scale shrinks its first axis.
        goal: How many times faster than torch the numpy backend should be.
    """

    name: str
    loss: str
    torch: str
    shape: tuple[int, ...]
    goal: Goal | None


def _faster(bound: float) -> Goal:
    return Goal(bound, at_least=True)


CASES = [
    Case("l1", "l1", "l1_loss", (50_000_000,), _faster(3.0)),
    Case("mse", "mse", "mse_loss", (100_000_000,), _faster(2.5)),
    Case("smooth_l1", "smooth_l1", "smooth_l1_loss", (50_000_000,), _faster(1.6)),
    Case("bce", "bce", "binary_cross_entropy", (20_000_000,), _faster(3.0)),
    Case("bce_with_logits", "bce_with_logits", "binary_cross_entropy_with_logits", (20_000_000,), _faster(2.5)),
    Case("cross_entropy C=10", "cross_entropy", "cross_entropy", (10_000_000, 10), _faster(5.0)),
    Case("cross_entropy C=100", "cross_entropy", "cross_entropy", (1_000_000, 100), _faster(1.4)),
    Case("cross_entropy C=5000", "cross_entropy", "cross_entropy", (50_000, 5000), _faster(1.3)),
    Case("nll C=10", "nll", "nll_loss", (10_000_000, 10), None),
    Case("triplet_margin 128-d", "triplet_margin", "triplet_margin_loss", (2_000_000, 128), _faster(4.0)),
]


def arrays(case: Case, scale: float) -> list[Any]:
    """The case's inputs."""
    import numpy as np

    rng = np.random.default_rng(0)
    shape = (max(1, int(case.shape[0] * scale)), *case.shape[1:])
    if case.loss == "triplet_margin":
        return [rng.random(shape, np.float32) for _ in range(3)]
    if case.loss in ("cross_entropy", "nll"):
        logits = rng.standard_normal(shape, np.float32)
        if case.loss == "nll":
            logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True)) + np.float32(1e-3)
        return [logits, rng.integers(0, shape[1], shape[0])]
    if case.loss == "bce_with_logits":
        return [rng.standard_normal(shape, np.float32), rng.integers(0, 2, shape).astype(np.float32)]
    if case.loss == "bce":
        target = rng.integers(0, 2, shape).astype(np.float32)
        return [rng.random(shape, np.float32) * np.float32(0.98) + np.float32(0.01), target]
    return [rng.standard_normal(shape, np.float32) for _ in range(2)]


def _timed(call: Callable[[], object]) -> Callable[[], Sample]:
    def run() -> Sample:
        start = time.perf_counter()
        call()
        return Sample(time.perf_counter() - start)

    return run


def race(case: Case, scale: float, rounds: int) -> tuple[Race, int]:
    """Run one case; the second value is the inputs' bytes."""
    import torch

    import losscli

    inputs = arrays(case, scale)
    tensors = [torch.from_numpy(x) for x in inputs]
    whole = getattr(torch.nn.functional, case.torch)
    contestants = {
        "numpy": _timed(lambda: losscli.compute(case.loss, *inputs)),
        "numpy native": _timed(lambda: losscli.compute(case.loss, *inputs, dtype="native")),
        "torch native": _timed(lambda: losscli.compute(case.loss, *inputs, backend="torch", dtype="native")),
        "one thread": _timed(lambda: losscli.compute(case.loss, *inputs, threads=1)),
        "peer": _timed(lambda: whole(*tensors)),
    }
    with torch.no_grad():
        return Race(contestants, rounds), sum(x.nbytes for x in inputs)


def main(scale: float, rounds: int | None) -> None:
    """Print the tables."""
    numpy_rows, torch_rows = [], []
    for case in CASES:
        found, size = race(case, scale, rounds or ROUNDS)
        ms = {name: f"{1e3 * found.seconds(name):.0f}" for name in found.samples}
        rate = f"{size / found.seconds('numpy') / 1e9:.1f}"
        over = cells(found.ratio("peer", "numpy"), case.goal)
        gain = f"{found.ratio('one thread', 'numpy'):.2f}x"
        numpy_rows.append([case.name, f"{size / 1e6:.0f}", ms["numpy"], rate, ms["peer"], *over, gain])
        native = [f"{found.ratio('peer', name):.2f}x" for name in ("torch native", "numpy native")]
        torch_rows.append([case.name, ms["torch native"], ms["numpy native"], ms["peer"], *native])
    title = "float32 arrays, losscli's default (numpy backend, float64 arithmetic) against torch on whole tensors, ms"
    header = ["loss", "MB", "losscli", "GB/s", "torch", "torch/losscli", "goal", "reached", "1 thread/2"]
    table(title, header, numpy_rows)
    header = ["loss", "losscli -b torch", "losscli -b numpy", "torch", "torch/(-b torch)", "torch/(-b numpy)"]
    table("The same in float32 arithmetic (dtype='native'), ms", header, torch_rows)

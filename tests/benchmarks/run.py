"""``python -m tests.benchmarks.run SECTION``, one of :data:`SECTIONS`, or ``all``."""

from __future__ import annotations

import argparse
import importlib
import os

SECTIONS = (
    "startup",
    "growth",
    "npy",
    "gradients",
    "explore",
    "paint",
    "distributions",
    "memory",
    "tables",
    "intervals",
    "compare",
    "worst",
    "inprocess",
)
"""In this order: the last one fills this process's memory, which the processes started after it would inherit."""


def main() -> None:
    """Run the sections asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.run", description=__doc__)
    parser.add_argument("section", choices=(*SECTIONS, "all"))
    parser.add_argument("--scale", type=float, default=1.0, help="shrink the large inputs, for a quick try")
    parser.add_argument("--rounds", type=int, default=None, help="default: each section's own")
    given = parser.parse_args()
    for name in SECTIONS if given.section == "all" else (given.section,):
        importlib.import_module(f"tests.benchmarks.{name}").main(given.scale, given.rounds)
        print(f"\nLoad average when this ended: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")


if __name__ == "__main__":
    main()

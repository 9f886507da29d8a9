"""``python -m tests.fuzz readers|losses|commands|signals|all --cases N --seed S``.

Case i of a run is made from the seed S + i alone, so the line that tells of a failure also repeats it.
"""

from __future__ import annotations

import argparse
import importlib
import tempfile
import time
from pathlib import Path

from fuzz.children import Trial, failures

AREAS = {
    "readers": ("text", "records", "binary"),
    "losses": ("losses",),
    "commands": ("commands",),
    "signals": ("signals",),
}
"""The modules of each area; every one has a function ``case``."""
_LONGEST = 600
"""Characters of a failure that are shown; ``--keep`` leaves the files."""


def main() -> int:
    """Run the cases asked for; 1 if any failed."""
    modules = [name for names in AREAS.values() for name in names]
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("area", choices=(*AREAS, *(m for m in modules if m not in AREAS), "all"))
    parser.add_argument("--cases", type=int, default=1000, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="leave the files of the last case in this folder")
    given = parser.parse_args()
    chosen = modules if given.area == "all" else AREAS.get(given.area, (given.area,))
    return max([_run(name, given.cases, given.seed, given.keep) for name in chosen])


def _run(name: str, cases: int, seed: int, keep: Path | None) -> int:
    case: Trial = importlib.import_module(f"fuzz.{name}").case
    found, start = 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as made:
        for failed, what in failures(case, range(seed, seed + cases), keep or Path(made)):
            found += 1
            what = what.replace("\n", " ")
            shown = what if len(what) <= _LONGEST else f"{what[: _LONGEST // 2]} … {what[-_LONGEST // 2 :]}"
            print(f"python -m tests.fuzz {name} --seed {failed} --cases 1: {shown}", flush=True)
    print(f"{name}: {cases} cases from seed {seed}, {found} failed, {time.monotonic() - start:.0f} s", flush=True)
    return int(found > 0)

"""Start-up as the catalogue grows: the package as it is, and copies with generated losses beside the real ones."""

from __future__ import annotations

import compileall
import random
import re
import shutil
import tempfile
from pathlib import Path

from losscli import losses
from tests.benchmarks.measure import Process, Race, python, table

ROUNDS = 15
SIZES = (40, 135)
"""How many losses the copies have."""
IMPORT = "import numpy"
_COMMANDS = {
    "compute mse -q": "compute mse a.csv b.csv -q",
    "... by an alias": "compute MSELoss a.csv b.csv -q",
    "list": "list",
}


def package(folder: Path, size: int | None) -> Path:
    """A copy of the package with so many losses, compiled; with those it has if None."""
    import losscli

    home = Path(losscli.__file__).parent
    shutil.copytree(home, folder / "losscli", ignore=shutil.ignore_patterns("__pycache__"))
    real = [one for one in losses.built_in() if one.origin == "losscli"]
    for i in range(0 if size is None else max(0, size - len(real))):
        one = real[i % len(real)]
        file = home / "losses" / one.family / f"{one.name}.py"
        text = re.sub(rf"\b{one.name}\b", f"{one.name}_made{i}", file.read_text(encoding="utf-8"))
        text = re.sub(r"aliases=\([^)]*\)", lambda m: re.sub(r'"(\w+)"', rf'"\1_made{i}"', m.group()), text)  # noqa: B023
        (folder / "losscli" / "losses" / one.family / f"{one.name}_made{i}.py").write_text(text, encoding="utf-8")
    compileall.compile_dir(folder / "losscli", quiet=1)
    return folder


def _process(home: Path, command: str, folder: Path) -> Process:
    words = ["losscli", *command.split()]
    start = f"import sys; sys.path.insert(0, {str(home)!r}); sys.argv = {words!r}"
    return python(f"{start}; from losscli.__main__ import main; main()", folder)


def main(scale: float, rounds: int | None) -> None:
    """Print the table; the scale does not matter here."""
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("a.csv", "b.csv"):
            (folder / file).write_text("".join(f"{rng.gauss(0, 1)!r}\n" for _ in range(1000)))
        sizes = (None, *SIZES)
        homes = {size: package(folder / str(size), size) for size in sizes}
        contestants = {IMPORT: python(IMPORT, folder)}
        for case, command in _COMMANDS.items():
            contestants |= {f"{case} {size}": _process(homes[size], command, folder) for size in sizes}
        race = Race(contestants, rounds or ROUNDS)
    rows = [
        [
            f"`{case}`",
            *(f"{1e3 * race.seconds(f'{case} {size}'):.0f}" for size in sizes),
            *(f"{race.cpu_ratio(f'{case} {size}', f'{case} None'):.2f}x" for size in SIZES),
            *(f"{race.cpu_ratio(f'{case} {size}', IMPORT):.2f}x" for size in sizes),
        ]
        for case in _COMMANDS
    ]
    counts = [str(size or len(losses.built_in())) for size in sizes]
    header = [f"{count} losses, ms" for count in counts] + [f"{c} / {counts[0]}" for c in counts[1:]]
    title = "Start-up as the catalogue grows: whole processes, wall time in ms and ratios of CPU time"
    table(title, ["case", *header, *(f"{c} / `{IMPORT}`" for c in counts)], rows)

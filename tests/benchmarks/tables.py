"""Whole processes on CSV, compressed CSV and Parquet, and on per-sample output (goals C1 to C3, M2, P1, P2)."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from math import isclose
from multiprocessing import get_context
from pathlib import Path
from shutil import which
from typing import NamedTuple

from tests.benchmarks.measure import LOSSCLI, Goal, Process, Race, Sample, cells, python, table

ROUNDS = 5
OUTPUT_ROUNDS = 11
"""More, as what is compared there are differences of short times."""
PEAK_MIB = Goal(320)
PART_ROWS = 5_000_000
"""Rows of one column that make 98 MB of CSV or 40 MB of Parquet; larger files repeat them."""
WIDE_ROWS = 125_000
"""Rows of 100 columns that make 95 MB of CSV."""
ROW_GROUP = 1 << 20
"""Rows that pyarrow, and so pandas, puts into a row group; polars' own are a tenth of that."""


class Versus(NamedTuple):
    """The time of one contestant over that of another, and what it should be."""

    one: str
    other: str
    goal: Goal | None


_POLARS, _DUCKDB, _PANDAS, _MAWK = "polars streaming", "duckdb", "pandas chunks", "paste + mawk"
_PEERS = {
    _POLARS: """
import polars as pl
a, b = (pl.scan_csv(f, schema={c: pl.Float64}) for f, c in (('pred.csv', 'y_hat'), ('tgt.csv', 'y')))
loss = ((pl.col('y_hat') - pl.col('y')) ** 2).mean()
print(pl.concat([a, b], how='horizontal').select(loss).collect(engine='streaming').item())
""",
    # Not duckdb.sql(...).fetchone(), which duckdb 2 has not; the product is no slower there than the power.
    _DUCKDB: """
import duckdb
print(duckdb.execute('''
    SELECT avg((y_hat - y) * (y_hat - y)) FROM read_csv('pred.csv') POSITIONAL JOIN read_csv('tgt.csv')
''').fetchone()[0])
""",
    # Chunks of 100,000 rows are 15 % slower.
    _PANDAS: """
import pandas as pd
total = rows = 0
for a, b in zip(*(pd.read_csv(f, chunksize=1_000_000) for f in ('pred.csv', 'tgt.csv'))):
    total += ((a['y_hat'] - b['y']) ** 2).sum()
    rows += len(a)
print(total / rows)
""",
}
_AWK = 'NR > 1 { d = $1 - $2; s += d * d } END { printf "%.17g\\n", s / (NR - 1) }'
_BATCHES = """
import polars as pl
from itertools import zip_longest
schema = {f'c{i}': pl.Float64 for i in range(100)}
for _ in zip_longest(*(pl.scan_csv(f, schema=schema).collect_batches() for f in ('pred.csv', 'tgt.csv'))):
    pass
"""
_MISSING = {
    _DUCKDB: not find_spec("duckdb"),
    _PANDAS: not find_spec("pandas"),
    _MAWK: not (which("paste") and which("mawk")),
}

# Parts a file, its name, and the comparisons made with it.
_COLUMNS = [
    (
        1,
        "5M rows, 2 x 98 MB",
        (
            Versus("losscli", _POLARS, Goal(1.3)),
            Versus(_DUCKDB, "losscli", Goal(1.3, at_least=True)),
            Versus(_PANDAS, "losscli", Goal(1.7, at_least=True)),
            Versus(_MAWK, "losscli", Goal(2.8, at_least=True)),
        ),
    ),
    (
        10,
        "50M rows, 2 x 1 GB",
        (Versus("losscli", _POLARS, Goal(1.2)), Versus(_DUCKDB, "losscli", Goal(2, at_least=True))),
    ),
]
_FORMATS = [
    Versus("all.csv.gz", "all.csv", Goal(1.6)),
    Versus("all.csv.zst", "all.csv", None),
    Versus("all.parquet", "all.csv", Goal(0.85)),
]
# Suffix, parts a file, and its name. 4 GB are made at scale 1 only.
_PEAKS = [(".csv", 10, "1 GB"), (".csv", 40, "4 GB"), (".parquet", 25, "1 GB"), (".parquet", 100, "4 GB")]

_QUIET, _NPY, _CSV, _TOP = "-q", "-s -o out.npy", "-s -o out.csv", "--top 100 -f csv"
# What losscli does beside -q, the peer's name, its preparation and its work, and the goal.
_LOAD = "import numpy as np; x = np.load('losses.npy')"
# The import is part of the work: losscli needs polars for CSV and for nothing else in these runs.
_WRITE = "import polars as pl; pl.DataFrame({'sample': np.arange(len(x)), 'mse': x}).write_csv('out.csv')"
_OUTPUTS = [
    (_NPY, "numpy tofile", _LOAD, "x.tofile('out.bin')", Goal(3)),
    (_CSV, "polars write_csv", _LOAD, _WRITE, Goal(1.5)),
    (_TOP, "np.load of the losses", "import numpy as np", "np.load('losses.npy')", None),
]


def _two_columns(folder: Path, rows: int, parts: int, suffix: str) -> None:
    """Two files of one column, each of them the same rows again and again."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    target = rng.standard_normal(rows)
    for name, column, values in (("pred", "y_hat", target + rng.random(rows)), ("tgt", "y", target)):
        path, frame = folder / f"{name}{suffix}", pl.DataFrame({column: values})
        if suffix == ".parquet":
            pl.concat([frame.lazy()] * parts).sink_parquet(path, row_group_size=ROW_GROUP)
            continue
        frame.write_csv(path)
        body = path.read_bytes().partition(b"\n")[2] if parts > 1 else b""
        with path.open("ab") as file:
            file.writelines([body] * (parts - 1))


def _wide(folder: Path, rows: int) -> None:
    """Two files of 100 columns of numbers like ``-12.345``."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    for name in ("pred", "tgt"):
        numbers = {f"c{i}": np.round(100 * rng.standard_normal(rows), 3) for i in range(100)}
        pl.DataFrame(numbers).write_csv(folder / f"{name}.csv")


def _formats(folder: Path, rows: int) -> None:
    """Two columns in one file, in every format that the installed polars writes."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    target = rng.standard_normal(rows)
    frame = pl.DataFrame({"y_hat": target + rng.random(rows), "y": target})
    frame.write_csv(folder / "all.csv")
    frame.write_parquet(folder / "all.parquet")
    with suppress(TypeError):  # an older polars, which does not compress text
        frame.write_csv(folder / "all.csv.gz", compression="gzip")
        frame.write_csv(folder / "all.csv.zst", compression="zstd")


def _losses(folder: Path, rows: int) -> None:
    """Two arrays, and their losses as the peers have them."""
    import numpy as np

    rng = np.random.default_rng(0)
    a, b = rng.standard_normal(rows), rng.standard_normal(rows)
    for name, array in (("a", a), ("b", b), ("losses", (a - b) ** 2)):
        np.save(folder / f"{name}.npy", array)


@contextmanager
def _made(make: Callable[..., None], *arguments: object) -> Iterator[Path]:
    """A temporary folder with data in it, made in a process of its own (see measure.py) and already on the disk."""
    with tempfile.TemporaryDirectory() as name:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            pool.submit(make, Path(name), *arguments).result()
        os.sync()
        yield Path(name)


class Answer(Process):
    """A contestant that prints the loss."""

    def __call__(self) -> Sample:
        sample = super().__call__()
        self.answer = float(self.output.split()[-1])  # duckdb shows progress before it, after two seconds
        return sample


class Fresh(Process):
    """A contestant that finds none of the files it writes: putting one in place of another makes ext4 flush it."""

    def __call__(self) -> Sample:
        for path in self.folder.glob("out.*"):
            path.unlink()
        return super().__call__()


class Work(Fresh):
    """A contestant that takes the time of its work itself: the imports before it would drown it."""

    def __init__(self, prepare: str, work: str, folder: Path) -> None:
        code = f"from time import perf_counter as now; {prepare}; start = now(); {work}; print(now() - start)"
        super().__init__(python(code, folder).argv, folder)

    def __call__(self) -> Sample:
        whole = super().__call__()
        return Sample(float(self.output), whole.mib)


def _race(contestants: dict[str, Process], rounds: int) -> Race:
    """A race of contestants that all have to find the same loss, those that print one."""
    race = Race(contestants, rounds)
    answers = {name: run.answer for name, run in contestants.items() if isinstance(run, Answer)}
    if not all(isclose(a, b, rel_tol=1e-9) for a in answers.values() for b in answers.values()):
        raise SystemExit(f"These should be the same: {answers}")
    return race


def _losscli(folder: Path, *files: str) -> Answer:
    return Answer([LOSSCLI, "compute", "mse", *files, "-q"], folder)


def _lines(case: str, race: Race, comparisons: Iterable[Versus]) -> list[list[str]]:
    return [
        [
            case,
            *(f"{text} {1e3 * race.seconds(text):.0f}" for text in (one, other)),
            *cells(race.ratio(one, other), goal),
        ]
        for one, other, goal in comparisons
        if one in race.samples and other in race.samples
    ]


def _csv(scale: float, rounds: int) -> list[list[str]]:
    """Two CSV files against the peers that read them too."""
    lines = []
    for parts, case, comparisons in _COLUMNS:
        with _made(_two_columns, max(1, int(PART_ROWS * scale)), parts, ".csv") as folder:
            peers = {name: Answer(python(code, folder).argv, folder) for name, code in _PEERS.items()}
            peers[_MAWK] = Answer(["sh", "-c", f"paste -d, pred.csv tgt.csv | mawk -F, '{_AWK}'"], folder)
            wanted = {name for versus in comparisons for name in versus[:2] if not _MISSING.get(name)}
            runs = {"losscli": _losscli(folder, "pred.csv", "tgt.csv"), **peers}
            race = _race({name: run for name, run in runs.items() if name in wanted}, rounds)
        lines += _lines(case, race, comparisons)
    with _made(_wide, max(1, int(WIDE_ROWS * scale))) as folder:
        runs = {"losscli": _losscli(folder, "pred.csv", "tgt.csv"), "bare batches": python(_BATCHES, folder)}
        race = _race(runs, rounds)
    return lines + _lines("100 columns, 2 x 95 MB", race, [Versus("losscli", "bare batches", Goal(1.2))])


def _one_file(scale: float, rounds: int) -> list[list[str]]:
    """The same two columns of one file in several formats."""
    with _made(_formats, max(1, int(PART_ROWS * scale))) as folder:
        names = [path.name for path in sorted(folder.iterdir())]
        race = _race({name: _losscli(folder, f"{name}::y_hat", f"{name}::y") for name in names}, rounds)
    return _lines("`compute mse FILE::y_hat FILE::y`", race, _FORMATS)


def _peaks(scale: float, rounds: int) -> list[list[str]]:
    """Peak memory of losscli as files grow."""
    lines = []
    for suffix, parts, size in _PEAKS:
        if size == "4 GB" and scale < 1:
            continue
        with _made(_two_columns, max(1, int(PART_ROWS * scale)), parts, suffix) as folder:
            race = _race({"losscli": _losscli(folder, f"pred{suffix}", f"tgt{suffix}")}, rounds)
        case = f"two {suffix} files of {size}"
        lines.append([case, f"{1e3 * race.seconds('losscli'):.0f}", *PEAK_MIB.cells(race.mib("losscli"), "")])
    return lines


def _outputs(scale: float, rounds: int) -> list[list[str]]:
    """What per-sample output adds to the time of a bare number, against what the work itself takes."""
    with _made(_losses, max(1, int(PART_ROWS * scale))) as folder:
        compute = [LOSSCLI, "compute", "mse", "a.npy", "b.npy"]
        runs = {name: Fresh([*compute, *name.split()], folder) for name in (_QUIET, _NPY, _CSV, _TOP)}
        runs |= {peer: Work(prepare, work, folder) for _, peer, prepare, work, _ in _OUTPUTS}
        race = _race(runs, rounds)
    quiet = race.samples[_QUIET]
    lines = []
    for ours, peer, *_, goal in _OUTPUTS:
        adds = [a.seconds - b.seconds for a, b in zip(race.samples[ours], quiet, strict=True)]
        ratio = statistics.median(a / b.seconds for a, b in zip(adds, race.samples[peer], strict=True))
        times = [f"{1e3 * statistics.median(adds):.0f}", f"{peer} {1e3 * race.seconds(peer):.0f}"]
        lines.append([f"`{ours}`", *times, *cells(ratio, goal)])
    return lines


def main(scale: float, rounds: int | None) -> None:
    """Print the tables."""
    shrunk = "" if scale == 1 else f" (inputs scaled by {scale:g})"
    header = ["case", "time of", "over", "ratio", "goal", "reached"]
    table(f"CSV files, whole process, ms{shrunk}", header, _csv(scale, rounds or ROUNDS))
    left_out = [name for name, missing in _MISSING.items() if missing]
    if left_out:
        print(f"\nNot installed and left out: {', '.join(left_out)}.")
    title = f"One file of 5M rows in several formats, losscli, whole process, ms{shrunk}"
    table(title, header, _one_file(scale, rounds or ROUNDS))
    header = ["case", "ms", "peak MiB", "goal", "reached"]
    table(f"Peak memory of losscli on text and Parquet{shrunk}", header, _peaks(scale, rounds or 1))
    header = ["losscli", "adds to -q, ms", "a peer's work, ms", "ratio", "goal", "reached"]
    title = f"Per-sample output of 5M rows: whole process less that of -q, and a peer's work in its process{shrunk}"
    table(title, header, _outputs(scale, rounds or OUTPUT_ROUNDS))

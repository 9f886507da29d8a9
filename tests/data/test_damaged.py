"""Damaged Parquet, Arrow and NDJSON: one line and exit code 2, or a number; the process never ends otherwise."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

# Runs the program on many files in one process, as its console script does; tells of each one that it came through.
MANY = """
import contextlib, io, os, sys
from losscli import guard
from losscli.cli import app
guard.stand_ready(app._take_crashes)
for line in open(sys.argv[1]).read().splitlines()[int(sys.argv[2]):]:
    error = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(error):
        code = app.run(line.split())
    os.write(1, f"{code} {' '.join(error.getvalue().split())}\\n".encode())
os._exit(0)
"""
WAYS = ["", "--missing omit", "--on k", "--by k", "--keep k -s"]


pytestmark = pytest.mark.usefixtures("folder")


def outcomes(commands):
    """Exit code and standard error of every command, and how often one ended the process."""
    Path("commands").write_text("\n".join(commands))
    found, ended = [], 0
    while len(found) < len(commands):
        done = subprocess.run(
            [sys.executable, "-c", MANY, "commands", str(len(found))], capture_output=True, text=True, check=False
        )
        lines = done.stdout.splitlines()
        found += [(int(line[0]), line[2:]) for line in lines]
        if done.returncode:
            ended += 1
            found.append((done.returncode, done.stderr))
        else:
            assert done.stderr == ""
    return found, ended


def damaged(rng, content):
    """The content with some of its bits flipped, of its bytes overwritten or left out."""
    found = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5])):
        at = rng.choice([rng.randrange(len(found)), rng.randrange(60), max(0, len(found) - 1 - rng.randrange(200))])
        at = min(at, len(found) - 1)
        how = rng.randrange(4)
        if how < 2:
            found[at] ^= 1 << rng.randrange(8)
        elif how == 2:
            found[at : at + 4] = rng.choice([b"\0", b"\xff", b"\x7f"]) * 4
        else:
            del found[at : at + rng.choice([1, 8, 100])]
        found = found or bytearray(b"\0")
    return bytes(found)


def _write(frame, path):
    kind = Path(path).suffix
    {".parquet": frame.write_parquet, ".arrow": frame.write_ipc, ".ndjson": frame.write_ndjson}[kind](path)


def mutants(kind, count, seed=0):
    """Commands, each with a damaged file of its own."""
    rng, commands = random.Random(seed), []
    for i in range(count):
        rows = rng.choice([1, 7, 300])
        numbers = np.random.default_rng(i).integers(0, 50, (rows, 2)) / 4
        frame = pl.DataFrame(numbers, schema=["a", "b"]).with_columns(k=pl.Series([f"k{j}" for j in range(rows)]))
        if rng.random() < 0.3:
            frame = frame.with_columns(a=pl.concat_list("a", "b"), b=pl.concat_list("b", "b"))
        path = f"{i}{kind}"
        _write(frame, path)
        Path(path).write_bytes(damaged(rng, Path(path).read_bytes()))
        way = rng.choice(WAYS)
        commands.append(f"compute mse {path}::a {'whole.csv' if '--on' in way else path}::b {way}")
    Path("whole.csv").write_text("k,b\n" + "".join(f"k{j},{j}\n" for j in range(300)))
    return commands


@pytest.mark.parametrize("kind", [".parquet", ".arrow", ".ndjson"])
def test_no_damage_ends_the_process_or_shows_a_traceback(kind):
    found, _ = outcomes(mutants(kind, 150))
    assert {code for code, _ in found} == {0, 2}
    for code, said in found:
        for word in ("Traceback", "internal error", "panicked", "backtrace", "gave up"):
            assert word not in said
        if code:
            assert said.startswith("Error: ")
            assert kind in said or "no input has a column" in said  # its name may be what was damaged


def test_an_abort_inside_a_library_is_one_line_that_names_the_file():
    program = (
        "import os, sys; from losscli import guard; from losscli.cli import app; guard.stand_ready(app._take_crashes);"
        "guard.about_to_read('x.parquet'); os.write(2, b'memory allocation of 7 bytes failed\\n'); os.abort()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    first, second = done.stderr.splitlines()
    assert first == "Error: x.parquet: cannot be read (memory allocation of 7 bytes failed)."
    assert second.startswith("Hint: was it damaged")


def test_a_length_beyond_all_memory_is_told():
    pl.DataFrame({"a": [0.0, 1.0]}).write_parquet("x.parquet", compression="uncompressed")
    content = bytearray(Path("x.parquet").read_bytes())
    found = set()
    for at in range(4, 40):
        for bit in range(8):
            content[at] ^= 1 << bit
            Path(f"{at}-{bit}.parquet").write_bytes(content)
            content[at] ^= 1 << bit
            found.add(f"compute mse {at}-{bit}.parquet {at}-{bit}.parquet")
    results, _ = outcomes(sorted(found))
    assert {code for code, _ in results} == {0, 2}


@pytest.mark.parametrize("kind", [".parquet", ".arrow"])
def test_a_panic_amid_a_file_is_an_error_and_not_its_end(kind, monkeypatch):
    from losscli.data.frames.batches import Batches
    from losscli.errors import SourceError
    from losscli.inputs.files import open_source

    _write(pl.DataFrame({"a": np.arange(10.0)}), f"x{kind}")

    def panics(query, take):
        take(query.head(3).collect())
        raise pl.exceptions.PanicException("somewhere")

    monkeypatch.setattr(pl.LazyFrame, "sink_batches", panics)
    with pytest.raises(SourceError, match="cannot be read"):
        open_source(f"x{kind}").read_all()
    batches = Batches(pl.LazyFrame({"a": [1, 2, 3, 4]}))
    assert len(next(batches)) == 3
    for _ in range(2):
        with pytest.raises(pl.exceptions.PanicException):
            next(batches)


def test_an_arrow_file_cut_short_while_it_is_read_is_told():
    rows = 3_000_000
    pl.DataFrame({"a": np.zeros(rows), "b": np.zeros(rows)}).write_ipc("x.arrow", compression="uncompressed")
    program = (
        "import os, sys; from losscli import guard; from losscli.cli import app; guard.stand_ready(app._take_crashes);"
        "from losscli.inputs.files import open_source; import numpy as np;"
        "source = open_source('x.arrow'); out = np.empty((1000, 2)); source.read(0, 1000, out);"
        "os.truncate('x.arrow', 4096); source.read_all()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2)
    assert "x.arrow" in done.stderr
    assert done.returncode == 2 or "SourceError" in done.stderr


def test_the_guard_is_not_taken_where_no_such_file_is_read():
    Path("x.csv").write_text("1\n2\n")
    program = (
        "import sys; from losscli.cli import app; app.run(sys.argv[1:]); print('losscli.cli.crash' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "compute", "mse", "x.csv", "x.csv", "-q"],
        capture_output=True, text=True, check=True, env=os.environ,
    )  # fmt: skip
    assert done.stdout.split() == ["0.0", "False"]

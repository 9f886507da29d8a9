"""Standard output that is a pipe, a full disk, closed, or of a narrow encoding."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("files")


def _into(target, *arguments):
    """Run the program in a process of its own with its standard output connected to ``target``."""
    return subprocess.run(
        [sys.executable, "-m", "losscli", *arguments], stdout=target, stderr=subprocess.PIPE, text=True, check=False
    )


@pytest.mark.parametrize("arguments", [["compute", "mse", "p.csv", "t.csv"], ["list"], ["show", "mse"], ["--help"]])
def test_reader_that_goes_away_gets_no_traceback(arguments):
    # What `| head -1` does, without a race: the reading end is closed before anything is written.
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = _into(writing, *arguments)
    finally:
        os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 141  # as SIGPIPE would


@pytest.mark.parametrize("arguments", [["compute", "mse", "p.csv", "t.csv", "-q"], ["list"], ["show", "mse"]])
def test_full_disk_is_an_error_line(arguments):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = _into(full, *arguments)
    assert done.returncode == 2
    assert "Error: " in done.stderr
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.parametrize(
    "arguments", [["compute", "mse", "p.csv", "t.csv"], ["list"], ["show", "mse"], ["compute", "mse", "-h"]]
)
def test_narrow_encoding_of_standard_output_costs_no_number(encoding, arguments):
    # Pipes on Windows are cp1252, which has no line drawing.
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-m", "losscli", *arguments], env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"mse" in done.stdout


def test_tables_have_lines_and_bars_in_ascii(files):
    (files / "g.csv").write_text("p,y,g\n1,2,a\n4,2,b\n")
    command = [sys.executable, "-m", "losscli", "compute", "mse", "g.csv", "--pred", "p", "--target", "y", "--by", "g"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert "?" not in out
    assert "-----" in out
    assert "80.0 % ##########" in out


@pytest.mark.parametrize(("closed", "out"), [(">&-", ""), ("2>&-", "0.5\n")])
def test_closed_stream_changes_nothing_but_what_it_shows(files, closed, out):
    (files / "half.csv").write_text("0.5\n")
    command = f"{shlex.quote(sys.executable)} -m losscli compute l1 half.csv 0 -q {closed}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, out, "")

"""What comes out: JSON, CSV, Markdown, tables and files, each whole and readable by what is meant to read it."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import shlex
import stat
import subprocess
import sys

import numpy as np
import polars
import pytest
from rich.cells import cell_len
from shell import cli, compute, refused, without_escapes, write

import losscli
from losscli.report.numbers import jsonable, plain, rounded, shortest

RESULT_KEYS = {
    "loss", "params", "reduction", "value", "numerator", "denominator", "denominator_is", "samples", "ignored",
    "omitted", "clamped", "backend", "dtype", "signature",
}  # fmt: skip


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    write(
        tmp_path,
        p="0.1\n-2\n3\n1e-300\n5\n6\n7\n8\n9\n10\n11\n12\n",
        t="0\n" * 12,
        m="1,2\n3,4\n5,6\n",
        z="0,0\n0,0\n0,0\n",
        odd="inf\n-inf\nnan\n",
        three="0\n0\n0\n",
    )
    return tmp_path


def document(*arguments):
    return json.loads(compute(*arguments, "-f", "json").out, parse_constant=_no_constants)


def _no_constants(name):
    raise AssertionError(f"{name} is not JSON")


# JSON


def test_json_has_the_keys_that_programs_rely_on():
    found = document("mse", "p.csv", "t.csv")
    assert set(found) == {"schema", "losscli", "inputs", "results", "warnings"}
    assert found["schema"] == 1
    assert found["losscli"] == losscli.__version__
    assert found["inputs"][0] == {
        "role": "pred", "source": "p.csv", "format": "csv", "shape": [12], "dtype": "float64", "remarks": [],
    }  # fmt: skip
    (one,) = found["results"]
    assert set(one) == RESULT_KEYS
    assert one["denominator"] == one["samples"] == 12
    assert one["value"] == one["numerator"] / one["denominator"]
    signature = f"mse|mean/elements|numpy:{np.__version__}|float64|losscli:{losscli.__version__}"
    assert (one["signature"], one["backend"]) == (signature, f"numpy:{np.__version__}")
    assert found["warnings"] == []


def test_json_is_one_line():
    assert compute("mse,l1", "p.csv", "t.csv", "-f", "json").out.count("\n") == 1


def test_json_of_an_unreduced_matrix_is_nested():
    assert document("mse", "m.csv", "z.csv", "-r", "none")["results"][0]["value"] == [[1, 4], [9, 16], [25, 36]]


def test_json_per_sample():
    one = document("mse", "m.csv", "z.csv", "-s")["results"][0]
    assert set(one) == RESULT_KEYS | {"per_sample"}
    assert one["per_sample"] == [2.5, 12.5, 30.5]


def test_json_without_s_has_no_samples():
    assert "per_sample" not in document("mse", "m.csv", "z.csv")["results"][0]


def test_json_numbers_that_are_not_finite_are_strings():
    one = document("l1", "odd.csv", "three.csv", "--nan", "propagate", "-r", "none")["results"][0]
    assert one["value"] == ["Infinity", "Infinity", "NaN"]
    assert document("l1", "odd.csv", "three.csv", "--nan", "omit")["results"][0]["value"] == "Infinity"
    assert jsonable({"a": [-math.inf, (math.nan,)]}) == {"a": ["-Infinity", ["NaN"]]}


def test_json_keeps_every_digit(tmp_path):
    value = document("mse", "p.csv", "t.csv")["results"][0]["value"]
    assert value == losscli.compute("mse", "p.csv", "t.csv").value


# CSV and Markdown


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_reads_back_to_the_same_floats():
    found = rows(compute("mse,l1", "p.csv", "t.csv", "-f", "csv").out)
    wanted = document("mse,l1", "p.csv", "t.csv")["results"]
    assert [row["loss"] for row in found] == ["mse", "l1"]
    for row, one in zip(found, wanted, strict=True):
        assert set(row) == RESULT_KEYS - {"params"}
        assert float(row["value"]) == one["value"]
        assert float(row["numerator"]) == one["numerator"]
        assert int(row["denominator"]) == one["denominator"]
        assert row["signature"] == one["signature"]


def test_csv_per_sample_has_a_column_a_loss():
    found = rows(compute("mse,l1", "p.csv", "t.csv", "-s", "-f", "csv").out)
    wanted = document("mse,l1", "p.csv", "t.csv", "-s")["results"]
    assert [int(row["sample"]) for row in found] == list(range(12))
    for one in wanted:
        assert [float(row[one["loss"]]) for row in found] == one["per_sample"]


def test_csv_unreduced_matrix_has_a_column_each():
    found = rows(compute("mse", "m.csv", "z.csv", "-r", "none", "-f", "csv").out)
    assert list(found[0]) == ["mse_0", "mse_1"]
    assert [[float(x) for x in row.values()] for row in found] == [[1, 4], [9, 16], [25, 36]]


def test_csv_output_is_a_losscli_input():
    compute("mse", "m.csv", "z.csv", "-r", "none", "-o", "out.csv")
    assert compute("mse", "out.csv", "out.csv", "-q").out == "0.0\n"


def test_unreduced_values_with_three_axes_are_no_table(tmp_path):
    np.save("cube.npy", np.zeros((2, 3, 4)))
    error, hint = refused(cli("compute", "mse", "cube.npy", "cube.npy", "-r", "none", "-f", "csv"))
    assert "(2, 3, 4)" in error
    assert ".npy" in hint


def test_markdown_is_a_table():
    lines = compute("mse,l1", "p.csv", "t.csv", "-f", "markdown").out.splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len({len(row) for row in cells}) == 1
    assert all(re.fullmatch(r"-+:?", cell) for cell in cells[1])
    assert [row[0] for row in cells] == ["loss", "---", "mse", "l1"]
    value = document("mse", "p.csv", "t.csv")["results"][0]["value"]
    assert cells[2][cells[0].index("value")] == f"{value:.6g}"


def test_markdown_shows_what_was_left_out():
    assert "omitted" in compute("l1", "odd.csv", "three.csv", "--nan", "omit", "-f", "markdown").out


def test_markdown_per_sample_has_a_row_a_sample():
    assert len(compute("mse", "p.csv", "t.csv", "-s", "-f", "markdown").out.splitlines()) == 2 + 12


# Output files


@pytest.mark.parametrize(("suffix", "parsed"), [(".json", "json"), (".csv", "csv"), (".md", "markdown")])
def test_reduced_file_is_what_stdout_would_be(suffix, parsed):
    ran = compute("mse", "p.csv", "t.csv", "-o", f"out{suffix}")
    assert ran.out == ""
    assert f"wrote out{suffix}" in ran.err
    with open(f"out{suffix}", encoding="utf-8") as file:
        assert file.read() == compute("mse", "p.csv", "t.csv", "-f", parsed).out


@pytest.mark.parametrize("suffix", [".npy", ".csv", ".parquet", ".NPY"])
@pytest.mark.parametrize("what", [["-r", "none"], ["-s"]])
def test_values_file(suffix, what):
    compute("l1", "p.csv", "t.csv", *what, "-o", f"out{suffix}")
    wanted = np.abs(np.loadtxt("p.csv"))
    if suffix.lower() == ".npy":
        found = np.load(f"out{suffix}")
    elif suffix == ".csv":
        found = np.loadtxt("out.csv", delimiter=",", skiprows=1, ndmin=2)[:, -1]
    else:
        found = polars.read_parquet("out.parquet")["l1"].to_numpy()
    assert found.dtype == np.float64
    assert found.shape == wanted.shape
    assert np.array_equal(found, wanted)


def test_npy_keeps_torchs_shape(tmp_path):
    values = np.arange(24.0).reshape(2, 3, 4)
    np.save("cube.npy", values)
    np.save("zero.npy", np.zeros_like(values))
    compute("l1", "cube.npy", "zero.npy", "-r", "none", "-o", "out.npy")
    assert np.array_equal(np.load("out.npy"), values)


def test_npy_of_many_blocks_is_whole():
    # 300 000 samples are three blocks, each written at its own offset.
    values = np.random.default_rng(0).standard_normal(300_000)
    np.save("a.npy", values)
    np.save("b.npy", np.zeros_like(values))
    compute("l1", "a.npy", "b.npy", "-r", "none", "-o", "out.npy", "-j", "2")
    assert np.array_equal(np.load("out.npy"), np.abs(values))


def test_parquet_has_a_column_a_loss():
    compute("mse,l1", "p.csv", "t.csv", "-s", "-o", "out.parquet")
    frame = polars.read_parquet("out.parquet")
    assert frame.columns == ["sample", "mse", "l1"]
    assert frame["sample"].to_list() == list(range(12))
    assert frame["mse"].to_list() == document("mse", "p.csv", "t.csv", "-s")["results"][0]["per_sample"]


def test_two_losses_are_no_npy_file():
    error, hint = refused(cli("compute", "mse,l1", "p.csv", "t.csv", "-s", "-o", "out.npy"))
    assert "one array" in error
    assert ".csv" in hint
    assert not os.path.exists("out.npy")


@pytest.mark.parametrize(
    "arguments",
    [["-o", "out.npy"], ["-o", "out.parquet"], ["-o", "out.txt"], ["-o", "out"], ["-s", "-o", "out.json"],
     ["-r", "none", "-o", "out.md"]],
)  # fmt: skip
def test_wrong_suffix_is_refused_with_those_that_fit(arguments, files):
    before = sorted(files.iterdir())
    error, hint = refused(cli("compute", "mse", "p.csv", "t.csv", *arguments))
    assert arguments[-1] in error
    assert ".csv" in hint
    assert sorted(files.iterdir()) == before


@pytest.mark.parametrize("target", ["no/such/folder/out.json", "p.csv/out.json", "folder.json"])
def test_target_that_cannot_be_written_is_refused_before_the_work(target, files):
    (files / "folder.json").mkdir()
    # The input is missing too: that the target is what is named shows it was tried first.
    error, _ = refused(cli("compute", "mse", "missing.csv", "t.csv", "-o", target))
    assert target in error


@pytest.mark.parametrize("older", [None, "precious"])
@pytest.mark.parametrize("arguments", [["missing.csv"], ["t.csv", "--strict"], ["odd.csv"]])
def test_failure_leaves_no_file_and_an_older_one_untouched(older, arguments, files):
    np.save("column.npy", np.zeros((12, 1)))
    target = files / "out.json"
    if older:
        target.write_text(older)
    before = sorted(files.iterdir())
    refused(cli("compute", "mse", "column.npy", *arguments, "-o", "out.json"))
    assert sorted(files.iterdir()) == before
    assert not older or target.read_text() == older


def test_failure_while_values_stream_leaves_no_file(files):
    values = np.zeros(300_000)
    values[-1] = np.nan  # found in the last block, when the others are already written
    np.save("late.npy", values)
    before = sorted(files.iterdir())
    refused(cli("compute", "mse", "late.npy", "late.npy", "-r", "none", "-o", "out.npy"))
    assert sorted(files.iterdir()) == before


def test_older_file_is_replaced():
    with open("out.json", "w", encoding="utf-8") as file:
        file.write("old " * 10_000)
    compute("mse", "p.csv", "t.csv", "-o", "out.json")
    with open("out.json", encoding="utf-8") as file:
        assert json.load(file)["schema"] == 1


def test_file_is_readable_as_the_umask_says(files):
    before = os.umask(0o022)
    try:
        compute("mse", "p.csv", "t.csv", "-o", "out.json")
    finally:
        os.umask(before)
    assert stat.S_IMODE((files / "out.json").stat().st_mode) == 0o644


def test_output_never_overwrites_an_input(files):
    before = (files / "p.csv").read_text()
    error, _ = refused(cli("compute", "l1", "p.csv", "t.csv", "-r", "none", "-o", "p.csv"))
    assert "p.csv: is one of the inputs" in error
    assert (files / "p.csv").read_text() == before


def test_symbolic_link_stays_one(files):
    (files / "real.json").write_text("old")
    (files / "link.json").symlink_to("real.json")
    compute("mse", "p.csv", "t.csv", "-o", "link.json")
    assert (files / "link.json").is_symlink()
    assert json.loads((files / "real.json").read_text())["schema"] == 1


# Tables


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")

    def run(width, *arguments):
        monkeypatch.setenv("COLUMNS", str(width))
        return compute(*arguments, terminal=True).out

    return run


@pytest.mark.parametrize("width", range(60, 201, 10))
def test_table_fits_the_terminal_and_cuts_no_number(width, terminal):
    out = without_escapes(terminal(width, "mse,l1,smooth_l1", "p.csv", "t.csv"))
    assert max(cell_len(line) for line in out.splitlines()) <= width
    assert "…" not in out
    for one in document("mse,l1,smooth_l1", "p.csv", "t.csv", "-s")["results"]:
        wanted = [one["value"], one["numerator"], *one["per_sample"][:5], *one["per_sample"][-5:]]
        for number in wanted:
            assert re.search(rf"(?<![\w.]){re.escape(rounded(number, 6))}(?![\w.])", out), number


@pytest.mark.parametrize("width", [60, 80])
def test_long_numbers_are_not_cut_either(width, terminal):
    out = without_escapes(terminal(width, "mse", "p.csv", "t.csv", "--digits", "17"))
    assert max(cell_len(line) for line in out.splitlines()) <= width
    one = document("mse", "p.csv", "t.csv")["results"][0]
    assert rounded(one["value"], 17) in out
    assert rounded(one["numerator"], 17) in out


def test_colour_is_for_terminals_only(terminal):
    assert "\x1b[" in terminal(100, "mse", "p.csv", "t.csv")
    assert "\x1b" not in compute("mse", "p.csv", "t.csv").out


def test_no_color_is_obeyed(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    out = terminal(100, "mse", "p.csv", "t.csv")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", out)  # weight is no colour
    assert without_escapes(out) == without_escapes(compute("mse", "p.csv", "t.csv", terminal=True).out)


@pytest.mark.parametrize("command", [["list"], ["backends"], ["show", "mse"]])
def test_other_commands_pipe_without_escapes(command):
    assert "\x1b" not in cli(*command).out


def test_piped_table_is_the_same_whatever_the_terminal(monkeypatch):
    found = set()
    for width in ("40", "80", "300"):
        monkeypatch.setenv("COLUMNS", width)
        found.add(compute("mse,l1,smooth_l1", "p.csv", "t.csv", "--digits", "17").out)
    assert len(found) == 1


def test_piped_lines_do_not_end_in_blanks():
    assert not re.search(r"[ \t]$", compute("mse", "p.csv", "t.csv").out, re.MULTILINE)


# Names that files and columns may have


NASTY = ["[red]x", "\x1b[31mx", "a\nb", "tab\tb", "\x07bell", "\u202eright", "[b]", "ü→π", "a" * 200]


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_file_names_come_out_as_plain_text(name, files):
    missing, empty = f"{name}.csv", files / f"{name}_.csv"
    empty.write_text("")
    for given in (missing, empty.name):
        error, _ = refused(cli("compute", "mse", given, "t.csv"))
        assert error.isprintable()
        assert plain(" ".join(given.split())) in error


@pytest.mark.parametrize("name", [n for n in NASTY if "\n" not in n and "\t" not in n], ids=ascii)
def test_column_names_come_out_as_plain_text(name, files):
    (files / "c.csv").write_text(f"{name};y\n1;2\n3;bad\n".replace("bad", "4") + "x;5\n", encoding="utf-8")
    error, _ = refused(cli("compute", "mse", "c.csv", "t.csv"))
    assert error.isprintable()
    assert "line 4, column " in error


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_warnings_are_one_plain_line(name, files):
    np.save(files / f"{name}.npy", np.zeros((12, 1)))
    ran = compute("mse", f"{name}.npy", "t.csv", "-q")
    assert len(ran.errors) == 1
    assert ran.errors[0].isprintable()


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_json_keeps_names_exactly(name, files):
    (files / f"{name}.csv").write_text("0\n" * 12)
    assert document("mse", f"{name}.csv", "t.csv")["inputs"][0]["source"] == f"{name}.csv"


def test_markup_in_a_cell_of_text_is_shown_as_it_is():
    write_bad = "[bold]no[/bold]"
    with open("bad.csv", "w", encoding="utf-8") as file:
        file.write(f"1\n{write_bad}\n")
    assert write_bad in refused(cli("compute", "mse", "bad.csv", "t.csv"))[0]


# Numbers


@pytest.mark.parametrize("value", [0.1, -0.0, 1e300, 5e-324, math.inf, -math.inf, 1 / 3, 123456789.0])
def test_shortest_reads_back(value):
    assert float(shortest(value)) == value
    assert math.copysign(1, float(shortest(value))) == math.copysign(1, value)


def test_shortest_of_a_float32_is_its_value():
    assert float(shortest(np.float32(0.1))) == float(np.float32(0.1))


# Pipes


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


def test_format_of_stdout_and_a_file_exclude_each_other():
    refused(cli("compute", "mse", "p.csv", "t.csv", "-f", "json", "-o", "out.json"))


@pytest.mark.parametrize(("closed", "out"), [(">&-", ""), ("2>&-", "0.5\n")])
def test_closed_stream_changes_nothing_but_what_it_shows(files, closed, out):
    (files / "half.csv").write_text("0.5\n")
    command = f"{shlex.quote(sys.executable)} -m losscli compute l1 half.csv 0 -q {closed}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, out, "")

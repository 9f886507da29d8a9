"""Output files: whole or not there, and of the kind that their name says."""

from __future__ import annotations

import json
import os
import stat

import numpy as np
import polars
import pytest
from shell import cli, compute, document, refused

pytestmark = pytest.mark.usefixtures("files")


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


# Pipes


def test_format_of_stdout_and_a_file_exclude_each_other():
    refused(cli("compute", "mse", "p.csv", "t.csv", "-f", "json", "-o", "out.json"))

"""Every loss of every sample, into a file."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from shell import cli, compute, csv_rows, refused, write

import losscli

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.parametrize("kind", ["csv", "parquet", "npy"])
@pytest.mark.parametrize("suffix", ["npy", "csv", "parquet"])
def test_losses_of_a_stream_in_a_file_are_those_in_memory(suffix, kind, many):
    folder, _, holes = many
    inputs = [f"{folder}/{x}.npy" if kind == "npy" else f"{folder}/t.{kind}::{x}" for x in "hy"]
    chosen = ["huber"] if suffix == "npy" else ["huber", "l1", "rmse"]
    compute(",".join(chosen), *inputs, "--nan", "omit", "-s", "-o", f"losses.{suffix}")
    in_memory = losscli.compute(chosen, holes, np.zeros(len(holes)), nan="omit", per_sample=True)
    if suffix == "npy":
        found = {"huber": np.load("losses.npy")}
        assert found["huber"].dtype == np.float64
    else:
        frame = pl.read_csv("losses.csv") if suffix == "csv" else pl.read_parquet("losses.parquet")
        assert frame.columns == ["sample", *chosen, "status"]
        np.testing.assert_array_equal(frame["sample"], np.arange(len(holes)))
        assert set(frame.filter(pl.col("l1").is_null())["status"]) == {"omitted"}
        found = {name: frame[name].to_numpy() for name in chosen}
    for one in in_memory:
        np.testing.assert_array_equal(found[one.loss], one.per_sample)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_columns_are_kept_in_a_file_of_a_stream(kind, suffix, many):
    folder, errors, _ = many
    t = f"{folder}/t.{kind}"
    compute("l1", f"{t}::p", f"{t}::y", "-s", "--keep", "id", "-o", f"losses.{suffix}")
    found = pl.read_csv("losses.csv") if suffix == "csv" else pl.read_parquet("losses.parquet")
    np.testing.assert_array_equal(found["l1"], np.abs(errors))
    assert (found["id"] == pl.Series([f"r{i}" for i in range(len(errors))])).all()


def test_losses_of_paired_rows_in_a_file(many):
    folder, errors, _ = many
    backwards = pl.read_parquet(folder / "t.parquet").select("id", "y").reverse()
    backwards.write_parquet("y.parquet")
    t = f"{folder}/t.parquet"
    compute("l1", f"{t}::p", "y.parquet::y", "--on", "id", "-s", "--keep", "id", "-o", "losses.parquet")
    found = pl.read_parquet("losses.parquet")
    np.testing.assert_array_equal(found["l1"], np.abs(errors))
    assert found["id"].to_list() == [f"r{i}" for i in range(len(errors))]


def test_a_failure_late_in_a_stream_leaves_no_file(many, folder):
    source, _, _ = many
    for suffix in ("npy", "csv", "parquet"):
        refused(
            cli("compute", "l1", f"{source}/t.parquet::h", f"{source}/t.parquet::y", "-s", "-o", f"losses.{suffix}")
        )
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("suffix", ["npy", "csv", "parquet"])
def test_floats_in_a_file_are_the_same_floats(suffix, reader, folder):
    values = [0.1, 1e-300, 5e-324, 1.7976931348623157e308, 0.0, 1 / 3, 123456789.123456789, math.inf]
    write(folder, t="p,y\n" + "".join(f"{v!r},0\n" for v in values))
    compute("l1", "t.csv::p", "t.csv::y", "-s", "-o", f"out.{suffix}")
    if suffix == "csv":
        found = [float(row["l1"]) for row in csv_rows((folder / "out.csv").read_text())]
    else:
        found = np.load("out.npy").tolist() if suffix == "npy" else pl.read_parquet("out.parquet")["l1"].to_list()
    assert found == values

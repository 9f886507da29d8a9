"""Folders and patterns: files that are one table."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from blocks import blocks_of
from shell import cli, compute, mse, refused

from losscli.inputs.files import open_source

pytestmark = pytest.mark.usefixtures("folder")


def _parts(kind, stem, cuts, rows=30):
    """Files of the rows 0, 1, 2... cut at these rows, numbered so that their names sort wrong as text."""
    Path(stem).mkdir()
    for i, (start, stop) in enumerate(itertools.pairwise([0, *cuts, rows])):
        frame = pl.DataFrame({"a": np.arange(start, stop) + 0.5, "b": np.arange(start, stop) ** 2.0})
        name = f"{stem}/part-{i}{kind}"
        if kind in (".csv", ".csv.gz"):
            content = frame.write_csv().encode()
            Path(name).write_bytes(gzip.compress(content) if kind == ".csv.gz" else content)
        elif kind == ".npy":
            np.save(name, frame.to_numpy())
        elif kind == ".npz":
            np.savez(name, x=frame.to_numpy())
        else:
            {".parquet": frame.write_parquet, ".arrow": frame.write_ipc, ".ndjson": frame.write_ndjson}[kind](name)
    return stem


SHARDED = [".csv", ".csv.gz", ".parquet", ".arrow", ".ndjson", ".npy", ".npz"]
WHOLE = np.column_stack([np.arange(30) + 0.5, np.arange(30) ** 2.0])


@pytest.mark.parametrize("kind", SHARDED)
def test_shards_are_one_table_in_natural_order(kind):
    # Twelve of them: part-10 sorts before part-2 as text.
    _parts(kind, "x", range(1, 12))
    for path in ("x", "x/", f"x/part-*{kind}", f"./x/*{kind}", f"{Path.cwd()}/x/part*"):
        assert np.array_equal(open_source(path).read_all(), WHOLE), path


@pytest.mark.parametrize("target", SHARDED)
@pytest.mark.parametrize("pred", SHARDED)
def test_shards_of_pred_and_target_may_be_cut_anywhere(pred, target):
    _parts(pred, "p", [1, 2, 13, 20])
    _parts(target, "t", [7, 14, 29])
    with blocks_of(14):
        found = compute("l1", "p", f"t/*{target}", "-s", "-f", "csv").out.splitlines()[1:]
    assert found == [f"{i},0.0" for i in range(30)]


@pytest.mark.parametrize("kind", SHARDED[:5])
def test_columns_of_shards(kind):
    _parts(kind, "x", [4, 5])
    assert open_source("x::b").read_all().tolist() == WHOLE[:, 1].tolist()
    assert open_source(f"x/*{kind}::b,a").columns == ("b", "a")
    assert mse("x", "--pred", "a", "--target", "a") == float(0).hex()


@pytest.mark.parametrize("kind", SHARDED)
def test_shards_that_lack_rows_are_counted_together(kind):
    _parts(kind, "p", [4, 5])
    _parts(kind, "t", [4, 5], rows=29)
    error, _ = refused(cli("compute", "mse", "p", "t"))
    assert "p has 30 rows" in error
    assert "t has 29" in error


@pytest.mark.parametrize("kind", SHARDED[:5])
@pytest.mark.parametrize("names", [["b", "a"], ["a"], ["a", "c"], ["a", "b", "c"]])
def test_shards_of_different_columns_are_refused(kind, names):
    _parts(kind, "x", [4, 5])
    frame = pl.DataFrame({n: [1.0] for n in names})
    write = {".csv": frame.write_csv, ".parquet": frame.write_parquet, ".arrow": frame.write_ipc}
    if kind == ".csv.gz":
        Path("x/part-1.csv.gz").write_bytes(gzip.compress(frame.write_csv().encode()))
    else:
        write.get(kind, frame.write_ndjson)(f"x/part-1{kind}")
    error, hint = refused(cli("compute", "mse", "x", "x"))
    assert f"x/part-1{kind}: has the columns {', '.join(names)}, x/part-0{kind} has a, b" in error
    assert "same columns" in hint


@pytest.mark.parametrize("odd", [np.zeros((2, 3)), np.zeros(2), np.zeros((2, 2), np.float32), np.zeros(())])
@pytest.mark.parametrize("kind", [".npy", ".npz"])
def test_shards_of_different_arrays_are_refused(kind, odd):
    _parts(kind, "x", [4, 5])
    np.save("x/part-1.npy", odd) if kind == ".npy" else np.savez("x/part-1.npz", x=odd)
    error, hint = refused(cli("compute", "mse", "x", "x"))
    assert f"x/part-1{kind}: holds {odd.dtype} of shape {odd.shape}" in error
    assert "same dtype and the same shape" in hint


def test_folder_of_several_kinds_is_refused():
    _parts(".csv", "x", [4, 5])
    np.save("x/extra.npy", np.zeros(3))
    error, hint = refused(cli("compute", "mse", "x", "x"))
    assert "x: is a folder of several kinds of files (.csv .npy)" in error
    assert hint == "Hint: 'x/*.csv' takes one."
    assert mse("x/*.csv", "x/*.csv") == float(0).hex()


def test_hidden_and_marker_files_are_no_shards():
    _parts(".parquet", "x", [4, 5])
    for name in ("_SUCCESS", ".part-0.parquet.crc", "_metadata.json"):
        Path("x", name).write_text("")
    assert np.array_equal(open_source("x").read_all(), WHOLE)


def test_empty_folder_and_pattern_without_files():
    Path("none").mkdir()
    assert "none: is a folder without files" in refused(cli("compute", "mse", "none", "none"))[0]
    error, hint = refused(cli("compute", "mse", "none/*.csv", "none/*.csv"))
    assert "none/*.csv: no file fits this pattern" in error
    assert "quote" in hint


@pytest.mark.parametrize("kind", [".csv", ".parquet"])
def test_bad_value_in_a_shard_is_named_by_its_row(kind):
    _parts(kind, "x", [10, 20])
    frame = pl.DataFrame({"a": [1.0, None], "b": [1.0, 2.0]})
    frame.write_csv("x/part-1.csv") if kind == ".csv" else frame.write_parquet("x/part-1.parquet")
    error, hint = refused(cli("compute", "mse", "x", "x"))
    assert "x: a value is missing at row 11" in error
    assert "column 'a'" in error
    assert "--missing omit" in hint


def test_shards_without_rows_add_none():
    _parts(".csv", "x", [10, 20])
    for i, name in enumerate(["x/part-00.csv", "x/part-3.csv"]):
        Path(name).write_text("a,b\n")
        assert np.array_equal(open_source("x").read_all(), WHOLE), i

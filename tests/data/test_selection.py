"""Choosing columns of a table and keys of an archive."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from shell import cli, compute, mse, refused

from losscli.data import files
from losscli.data.frames import typed
from losscli.data.text import streamed
from losscli.inputs.files import open_source

pytestmark = pytest.mark.usefixtures("folder")


TABLE = {"id": [7, 8, 9], "y": [1.0, 2, 3], "y_hat": [1.5, 2, 2]} | {f"c{i}": [i + 1.0, 2, 3] for i in range(3)}


@pytest.fixture(params=["lean", "scanned", "parquet", "arrow", "ndjson"])
def table(request, monkeypatch):
    """The same table as a file of each format that has columns."""
    frame = pl.DataFrame(TABLE)
    if request.param in ("lean", "scanned"):
        frame.write_csv("results.csv")
        monkeypatch.setattr(files, "LEAN_BYTES", -1 if request.param == "scanned" else files.LEAN_BYTES)
        return "results.csv"
    write = {"parquet": frame.write_parquet, "arrow": frame.write_ipc, "ndjson": frame.write_ndjson}[request.param]
    write(f"results.{request.param}")
    return f"results.{request.param}"


@pytest.mark.parametrize(
    ("select", "chosen"),
    [("y", "y"), ("y_hat,y", "y_hat y"), ("c2, c0", "c2 c0"), ("c0..c2", "c0 c1 c2"), ("c1..c1", "c1"),
     ("c*", "c0 c1 c2"), ("c[02]", "c0 c2"), ("y*,c?", "y y_hat c0 c1 c2"), ("c2,y..c0", "c2 y y_hat c0"),
     ("*", "id y y_hat c0 c1 c2")],
)  # fmt: skip
def test_selection(table, select, chosen):
    source = open_source(f"{table}::{select}")
    assert source.columns == tuple(chosen.split())
    found = source.read_all().reshape(3, -1)
    assert found.T.tolist() == [TABLE[c] for c in chosen.split()]


@pytest.mark.parametrize(
    ("select", "said", "hinted"),
    [("y_hut", "has no column 'y_hut'", "did you mean y_hat?"),
     ("Y", "has no column 'Y'", "it has id, y, y_hat, c0, c1, c2."),
     ("c0,c0", "selects column 'c0' twice", ""),
     ("c0..c2,c1", "selects column 'c1' twice", ""),
     ("y*,y", "selects column 'y' twice", ""),
     ("c2..c0", "column 'c2' comes after 'c0'", "write c0..c2"),
     ("c0..c3", "has no column 'c0..c3'", ""),
     ("d*", "has no column 'd*'", "it has id, y, "),
     ("2", "has no column '2'", "did you mean c2?"),
     ("y,", "has no column ''", "it has id, y, ")],
)  # fmt: skip
def test_selection_of_what_is_not_there(table, select, said, hinted):
    error, hint = refused(cli("compute", "mse", f"{table}::{select}", f"{table}::y"))
    assert f"{table}: " in error
    assert said in error
    assert hinted in hint


def test_many_columns_are_not_all_listed(reader):
    Path("wide.csv").write_text(",".join(f"column{i}" for i in range(50)) + "\n" + ",".join(["1"] * 50) + "\n")
    _, hint = refused(cli("compute", "mse", "wide.csv::zebra", "wide.csv::column1"))
    assert hint == "Hint: it has " + ", ".join(f"column{i}" for i in range(8)) + ", …."


@pytest.mark.parametrize(
    ("select", "chosen"), [("2", [2]), ("1", [1]), ("3,1", [3, 1]), ("1..2", [1, 2]), ("*", [1, 2, 3])]
)
def test_columns_without_names_are_chosen_by_number(reader, select, chosen):
    Path("x.csv").write_text("1,2,3\n4,5,6\n")
    found = open_source(f"x.csv::{select}").read_all().reshape(2, -1)
    assert found.tolist() == [chosen, [c + 3 for c in chosen]]


@pytest.mark.parametrize("select", ["0", "4", "a", "2..4"])
def test_columns_without_names_have_no_others(reader, select):
    Path("x.csv").write_text("1,2,3\n4,5,6\n")
    error, hint = refused(cli("compute", "mse", f"x.csv::{select}", "x.csv::1"))
    assert f"x.csv: has no column '{select}'" in error
    assert "it has 1, 2, 3." in hint


@pytest.mark.parametrize("name", ["a,b", "a..b", "c*", "[c]"])
def test_column_whose_name_looks_like_a_selection(reader, name):
    Path("x.csv").write_text(f'"{name}";a;b;c\n1;2;3;4\n')
    assert open_source(f"x.csv::{name}").read_all().tolist() == [1]


def test_repeated_names_choose_none_of_their_columns(reader):
    Path("x.csv").write_text("a,a,b\n1,2,3\n")
    assert open_source("x.csv").columns == ("a_1", "a_2", "b")
    assert open_source("x.csv::a_2").read_all().tolist() == [2]
    error, _ = refused(cli("compute", "mse", "x.csv::a", "x.csv::b"))
    assert "has no column 'a'" in error


@pytest.mark.parametrize("select", ["", "::y", "::y_hat,y"])
def test_marks_in_a_file_name_are_part_of_it(reader, select):
    pl.DataFrame(TABLE).write_csv("run::7.csv")
    assert len(open_source(f"run::7.csv{select}").read_all()) == 3
    Path("run").write_text("not a table")
    assert len(open_source(f"run::7.csv{select}").read_all()) == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [("x.csv::", "no column or key"), ("::y", "no file"), ("nosuch.csv::y", "nosuch.csv: no such file")],
)
def test_half_a_selection(given, said):
    Path("x.csv").write_text("y\n1\n")
    error, _ = refused(cli("compute", "mse", given, "x.csv"))
    assert said in error


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pt"])
def test_key_of_an_archive(suffix):
    arrays = {"pred": np.array([1.0, 2, 4]), "target": np.array([1.0, 2, 3])}
    if suffix == ".npz":
        np.savez("run.npz", **arrays)
    elif suffix == ".safetensors":
        pytest.importorskip("safetensors.numpy").save_file(arrays, "run.safetensors")
    else:
        torch = pytest.importorskip("torch")
        torch.save({k: torch.from_numpy(v) for k, v in arrays.items()}, "run.pt")
    wanted = float(1 / 3).hex()
    assert mse(f"run{suffix}::pred", f"run{suffix}::target") == wanted
    assert mse(f"run{suffix}", "--pred", "pred", "--target", "target") == wanted
    _, hint = refused(cli("compute", "mse", f"run{suffix}::prd", f"run{suffix}::target"))
    assert f"did you mean run{suffix}::pred?" in hint
    _, hint = refused(cli("compute", "mse", f"run{suffix}", f"run{suffix}::target"))
    assert f"run{suffix}::pred" in hint


def test_npy_has_nothing_to_choose():
    np.save("x.npy", np.zeros(3))
    error, hint = refused(cli("compute", "mse", "x.npy::a", "x.npy"))
    assert "x.npy::a: an .npy file is one array" in error
    assert hint == "Hint: write x.npy"


def test_inputs_by_name_out_of_one_table(table):
    wanted = float((0.25 + 0 + 1) / 3).hex()
    assert mse(table, "--pred", "y_hat", "--target", "y") == wanted
    assert mse(f"{table}::y_hat", f"{table}::y") == wanted
    assert mse("--pred", f"{table}::y_hat", "--target", f"{table}::y") == wanted
    Path("other.csv").write_text("1\n2\n3\n")
    assert mse(table, "--pred", "y_hat", "--target", "other.csv") == wanted


def test_columns_of_standard_input(reader):
    content = pl.DataFrame(TABLE).write_csv().encode()
    assert mse("-", "--pred", "y_hat", "--target", "y", stdin=content) == float((0.25 + 0 + 1) / 3).hex()


def test_one_file_is_read_once(table, monkeypatch):
    counts = {"opened": 0, "streamed": 0}

    def counted(name, call):
        def wrapped(*arguments, **more):
            counts[name] += 1
            return call(*arguments, **more)

        return wrapped

    monkeypatch.setattr(streamed, "open_text", counted("opened", streamed.open_text))
    monkeypatch.setattr(typed, "open_typed", counted("opened", typed.open_typed))
    monkeypatch.setattr(files, "_lean", counted("opened", files._lean))
    monkeypatch.setattr(pl.LazyFrame, "sink_batches", counted("streamed", pl.LazyFrame.sink_batches))
    inputs = (table, "--pred", "y_hat", "--target", "y", "--sample-weight", "c0", "--by", "c1", "--keep", "id")
    compute("mse,l1", *inputs, "-s", "-f", "csv")
    assert counts["opened"] == 1
    keys_first = table.endswith("ndjson")  # which may stand twice in any line
    assert counts["streamed"] <= 1 + keys_first

"""Where weights and groups come from: arrays, columns of the inputs, and tables of their own."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from samples import in_order
from shell import cli, compute, refused

import losscli
from losscli.errors import ShapeError

pytestmark = pytest.mark.usefixtures("folder")


# Where weights come from


@pytest.fixture
def weighted_table():
    """One table with all there is, in every format; the weighted mse of p and y is 6.75 (27/4)."""
    frame = pl.DataFrame({"id": ["a", "b", "c"], "p": [1.0, 2.0, 5.0], "y": [0.0, 0.0, 0.0], "w": [2, 0, 1],
                          "g": ["x", "y", "x"]})  # fmt: skip
    frame.write_csv("t.csv")
    frame.write_parquet("t.parquet")
    frame.write_ndjson("t.ndjson")
    frame.write_ipc("t.arrow")
    frame.select("p", "y").write_csv("data.csv")
    frame.select("w").write_csv("w.csv")
    np.save("w.npy", frame["w"].to_numpy())
    np.savez("w.npz", w=frame["w"].to_numpy())
    return frame


def test_weights_from_a_pattern():
    np.save("w1.npy", np.array([2.0, 0.0]))
    np.save("w2.npy", np.array([1.0]))
    assert compute("mse", "1,2,5", "0,0,0", "--sample-weight", "w*.npy", "-q").out == "9.0\n"
    Path("t.csv").write_text("p\n3\n0\n1\n", encoding="utf-8")
    assert compute("l1", "t.csv", "--pred", "p", "--target", "w*.npy", "-q").out == f"{1 / 3}\n"
    assert (
        "no input has a column 'v*.npy'" in refused(cli("compute", "mse", "1,2", "0,0", "--sample-weight", "v*.npy"))[0]
    )


@pytest.mark.parametrize(
    "given_as", ["w.csv", "w.npy", "w.npz", "t.csv::w", "t.parquet::w", "t.ndjson::w", "t.arrow::w"]
)
@pytest.mark.parametrize("table", ["data.csv", "t.csv", "t.parquet", "t.ndjson", "t.arrow"])
def test_weights_from_a_file(given_as, table, weighted_table):
    found = compute("mse", f"{table}::p", f"{table}::y", "--sample-weight", given_as, "-q").out
    assert found == "9.0\n"


@pytest.mark.parametrize("table", ["t.csv", "t.parquet", "t.ndjson", "t.arrow"])
def test_weights_from_a_column_of_the_inputs(table, weighted_table):
    assert compute("mse", f"{table}::p", f"{table}::y", "--sample-weight", "w", "-q").out == "9.0\n"
    assert compute("mse", table, "--pred", "p", "--target", "y", "--sample-weight", "w", "-q").out == "9.0\n"
    assert losscli.compute("mse", f"{table}::p", f"{table}::y", sample_weight="w").value == 9.0


def test_weights_of_any_kind_of_array(weighted_table, folder):
    arrays = [[2, 0, 1], (2.0, 0.0, 1.0), np.array([2, 0, 1], np.int8), np.array([2, 0, 1], ">f4"),
              np.array([[2, 9], [0, 9], [1, 9]])[:, 0], torch.tensor([2.0, 0.0, 1.0]), folder / "w.npy"]  # fmt: skip
    assert {losscli.compute("mse", "t.csv::p", "t.csv::y", sample_weight=w).value for w in arrays} == {9.0}
    assert losscli.compute("mse", [1.0, 2.0, 5.0], [0.0] * 3, sample_weight=[True, False, True]).value == 13.0


def test_a_weight_that_no_table_has_lists_the_columns(weighted_table):
    error, hint = refused(cli("compute", "mse", "t.csv::p", "t.csv::y", "--sample-weight", "weight"))
    assert "no input has a column 'weight'" in error
    assert "id, p, y, w, g" in hint


def test_a_column_of_words_is_no_weight(weighted_table):
    for table in ("t.csv", "t.parquet"):
        error, _ = refused(cli("compute", "mse", f"{table}::p", f"{table}::y", "--sample-weight", "g"))
        assert table in error


def test_result_says_that_it_is_weighted(weighted_table):
    (found,) = json.loads(compute("mse", "t.csv::p", "t.csv::y", "--sample-weight", "w", "-f", "json").out)["results"]
    assert (found["numerator"], found["denominator"], found["samples"]) == (27.0, 3.0, 3)
    assert "sample_weight=given" in found["signature"]
    assert found["signature"] != losscli.compute("mse", "t.csv::p", "t.csv::y").signature


# Groups as they are shown


MIXED = 'p,y,g,h\n1,0,b,2\n2,0,,1\n3,0, a ,2\n4,0,b,\n5,0,"b",2\n'


@pytest.mark.parametrize("format", ["csv", "parquet", "ndjson", "arrow"])
def test_groups_by_text_numbers_and_empty_cells(format, reader):
    with open("t.csv", "w", encoding="utf-8") as file:
        file.write(MIXED)
    if format != "csv":
        frame = pl.read_csv("t.csv").with_columns(pl.col("g").str.strip_chars())
        {"parquet": frame.write_parquet, "ndjson": frame.write_ndjson, "arrow": frame.write_ipc}[format](f"t.{format}")
    for by, wanted in (
        ("g", {("",): 4.0, ("a",): 9.0, ("b",): 42.0}),
        ("h", {("",): 16.0, ("1",): 4.0, ("2",): 35.0}),
        (("h", "g"), {("", "b"): 16.0, ("1", ""): 4.0, ("2", "a"): 9.0, ("2", "b"): 26.0}),
    ):
        found = losscli.compute("mse", f"t.{format}::p", f"t.{format}::y", by=by)
        assert {g.names: g.numerator for g in found.groups} == wanted
        assert [g.names for g in found.groups] == in_order(wanted)


TYPED = {
    "bool": ([True, False, True], ["false", "true"]),
    "float": ([0.5, 1.25, 0.5], ["0.5", "1.25"]),
    "date": ([date(2024, 5, 1), date(1999, 1, 2), date(2024, 5, 1)], ["1999-01-02", "2024-05-01"]),
    "enum": (pl.Series(["u", "v", "u"], dtype=pl.Categorical), ["u", "v"]),
}


@pytest.mark.parametrize("kind", TYPED)
def test_groups_by_columns_of_any_type(kind):
    values, names = TYPED[kind]
    pl.DataFrame({"p": [1.0, 2.0, 3.0], "g": values}).write_parquet("t.parquet")
    found = losscli.compute("l1", "t.parquet::p", [0.0] * 3, by="g")
    assert [g.names[0] for g in found.groups] == names
    assert sum(g.samples for g in found.groups) == 3


def test_groups_from_another_table():
    pl.DataFrame({"p": [1.0, 2.0, 3.0]}).write_csv("p.csv")
    pl.DataFrame({"row": [0, 1, 2], "site": ["n", "s", "n"]}).write_csv("about.csv")
    pl.read_csv("about.csv").write_parquet("about.parquet")
    for about in ("about.csv", "about.parquet"):
        found = losscli.compute("l1", "p.csv", [0.0] * 3, by=f"{about}::site")
        assert [(g.names, g.numerator) for g in found.groups] == [(("n",), 4.0), (("s",), 2.0)]


def test_groups_from_both_tables():
    pl.DataFrame({"p": [1.0, 2.0, 3.0], "a": ["x", "x", "z"]}).write_csv("p.csv")
    pl.DataFrame({"y": [0.0, 0.0, 0.0], "b": [1, 2, 1]}).write_parquet("y.parquet")
    found = losscli.compute("l1", "p.csv::p", "y.parquet::y", by=["b", "a"])
    assert [(g.names, g.numerator) for g in found.groups] == [(("1", "x"), 1.0), (("1", "z"), 3.0), (("2", "x"), 2.0)]


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_too_few_names_of_groups_are_refused(format):
    pl.DataFrame({"g": ["a", "b"]}).write_csv("g.csv")
    pl.read_csv("g.csv").write_parquet("g.parquet")
    with pytest.raises(ShapeError, match=f"g.{format}"):
        losscli.compute("l1", [1.0, 2.0, 3.0], [0.0] * 3, by=f"g.{format}::g")


def test_groups_that_cannot_be():
    pl.DataFrame({"p": [1.0, 2.0], "q": [1.0, 2.0]}).write_csv("t.csv")
    error, hint = refused(cli("compute", "mse", "t.csv::p", "t.csv::q", "--by", "site"))
    assert "no input has a column 'site'" in error
    assert "p, q" in hint
    error, _ = refused(cli("compute", "mse", "t.csv::p", "t.csv::q", "--by", "t.csv"))
    assert "2 columns" in error
    refused(cli("compute", "mse", "1,2", "1,2", "--by", "p"))
    refused(cli("compute", "mse", "t.csv::p", "t.csv::q", "--sort", "loss"))
    refused(cli("compute", "mse", "t.csv::p", "t.csv::q", "--by", "p", "--sort", "size"))

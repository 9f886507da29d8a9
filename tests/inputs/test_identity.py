"""Columns that name the rows: they are no data, and where both files have them they have to agree."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from frames import MIXES, put
from shell import cli, document, refused, result

from losscli.inputs.identity import is_id

pytestmark = pytest.mark.usefixtures("folder")


ROWS = 40


def ids(kind, rows=ROWS):
    return {"text": [f"img_{i * 7 % rows:03}" for i in range(rows)], "number": [i * 7 % rows for i in range(rows)],
            "long": [f"ü {i},{i}" for i in range(rows)]}[kind]  # fmt: skip


@pytest.fixture(params=MIXES, ids="-".join)
def keyed(request, reader):
    """Two tables whose rows pair up, each with an id of its own."""
    first, second = request.param
    return (
        put(f"p.{first}", pl.DataFrame({"id": ["a", "b", "c"], "p": [1.0, 2.0, 4.0]})),
        put(f"y.{second}", pl.DataFrame({"y": [0.0, 0.0, 0.0], "id": ["a", "b", "c"]})),
    )


def test_ids_in_both_files_are_no_data(keyed):
    found = document("l1", *keyed)
    assert found["results"][0]["value"] == pytest.approx(7 / 3)
    assert [i["remarks"] for i in found["inputs"]] == [["column id pairs the rows and is not read as data"]] * 2
    assert [i["shape"] for i in found["inputs"]] == [[3], [3]]
    chosen = document("l1", f"{keyed[0]}::p", f"{keyed[1]}::y")
    assert chosen["results"][0]["value"] == found["results"][0]["value"]
    assert [i["remarks"] for i in chosen["inputs"]] == [[], []]


@pytest.mark.parametrize("select", [False, True])
@pytest.mark.parametrize(("first", "second"), MIXES)
def test_ids_in_another_order_are_refused(first, second, select, reader):
    p, y = f"p.{first}", f"y.{second}"
    put(p, pl.DataFrame({"id": [f"i{k}" for k in range(9)], "p": np.arange(9.0)}))
    put(y, pl.DataFrame({"id": [f"i{k}" for k in (0, 1, 2, 7, 4, 5, 6, 3, 8)], "y": np.arange(9.0)}))
    error, hint = refused(cli("compute", "mse", *((f"{p}::p", f"{y}::y") if select else (p, y))))
    assert f"{p} and {y} are not in the same order" in error
    assert f"id of row 3 is 'i3' in {p} and 'i7' in {y}" in error
    assert "--on id" in hint
    assert result("mse", p, y, "--on", "id")["samples"] == 9


def test_ids_are_compared_in_every_block():
    rows = 300_000
    names = np.arange(rows)
    pl.DataFrame({"id": names, "p": np.zeros(rows)}).write_parquet("p.parquet")
    names[[280_000, 280_001]] = names[[280_001, 280_000]]
    pl.DataFrame({"id": names, "y": np.zeros(rows)}).write_parquet("y.parquet")
    error, _ = refused(cli("compute", "mse", "p.parquet", "y.parquet", "-q"))
    assert "id of row 280000 is '280000' in p.parquet and '280001' in y.parquet" in error


def test_an_id_in_three_files():
    for name, keys in (("a", "123"), ("b", "123"), ("c", "132")):
        put(f"{name}.csv", pl.DataFrame({"id": list(keys), "x": [float(k) for k in keys], "z": [0.0, 0.0, 0.0]}))
    error, _ = refused(cli("compute", "triplet", "a.csv", "b.csv", "c.csv"))
    assert "id of row 1 is '2' in a.csv and '3' in c.csv" in error
    assert document("triplet", "a.csv", "b.csv", "b.csv")["inputs"][0]["shape"] == [3, 2]


@pytest.mark.parametrize(("first", "second"), MIXES)
@pytest.mark.parametrize(
    ("ids", "row", "here", "there", "way_out"),
    [([1, 3, 4], 1, "'2'", "'3' in", "--on id"), ([1, 2, 3], 3, "'4'", "missing in", "--unmatched drop")],
    ids=["one inside is lost", "the last is lost"],
)
def test_unequal_numbers_of_rows_name_the_first_id_that_differs(first, second, ids, row, here, there, way_out, reader):
    p = put(f"p.{first}", pl.DataFrame({"id": [1, 2, 3, 4], "p": [1.0, 2.0, 3.0, 4.0]}))
    y = put(f"y.{second}", pl.DataFrame({"id": ids, "y": [1.0, 3.0, 4.0]}))
    error, hint = refused(cli("compute", "mse", p, y))
    assert f"{p} has 4 rows, {y} has 3; id of row {row} is {here} in {p} and {there} {y}." in error
    assert way_out in hint


def test_names_that_pair_rows():
    for name in (
        "id",
        "ID",
        "Id",
        "ids",
        "user_id",
        "sample-id",
        "image id",
        "imageId",
        "rowID",
        "uuid",
        "key",
        "index",
    ):
        assert is_id(name), name
    for name in ("p", "pred", "grid", "valid", "paid", "identity", "idle", "0", "logit_3", "keyed", "value"):
        assert not is_id(name), name


def test_an_id_in_one_file_alone_is_no_data_and_a_remark_says_so(reader):
    put("p.csv", pl.DataFrame({"id": [7, 9], "p": [1.0, 2.0]}))
    put("y.csv", pl.DataFrame({"y": [1.0, 4.0]}))
    found = document("mse", "p.csv", "y.csv")
    assert found["results"][0]["value"] == 2.0
    assert [i["remarks"] for i in found["inputs"]] == [["column id names the rows and is not read as data"], []]
    assert result("mse", "p.csv::id", "y.csv")["value"] == (6**2 + 5**2) / 2  # unless it is chosen


def test_a_table_of_nothing_but_ids_is_refused(reader):
    put("p.csv", pl.DataFrame({"id": [1, 2]}))
    put("y.csv", pl.DataFrame({"id": [1, 2], "y": [1.0, 2.0]}))
    error, _ = refused(cli("compute", "mse", "p.csv", "y.csv"))
    assert "p.csv: holds no columns but id, which name its rows" in error


def test_ids_above_2_to_the_53_are_not_taken_for_their_neighbours():
    put("p.csv", pl.DataFrame({"id": [2**53 + 1, 5], "p": [1.0, 2.0]}))
    put("y.csv", pl.DataFrame({"id": [2**53, 5], "y": [1.0, 2.0]}))
    error, _ = refused(cli("compute", "mse", "p.csv", "y.csv"))
    assert "id of row 0 is '9007199254740993' in p.csv and '9007199254740992' in y.csv" in error


def test_ids_that_are_floats_are_those_that_are_whole_numbers():
    put("p.csv", pl.DataFrame({"id": [7, 5], "p": [1.0, 2.0]}))
    put("y.csv", pl.DataFrame({"id": [7.0, 5.0], "y": [1.0, 2.0]}))
    assert result("mse", "p.csv", "y.csv")["samples"] == 2

"""Rows that belong together by key, in whatever order their files have them."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
from frames import MIXES, put, shuffled
from shell import cli, compute, csv_rows, document, refused, result, write

import losscli
from losscli.errors import DataError, LossCLIError, SourceError

pytestmark = pytest.mark.usefixtures("folder")


ROWS = 40


# Rows paired by key


def ids(kind, rows=ROWS):
    return {"text": [f"img_{i * 7 % rows:03}" for i in range(rows)], "number": [i * 7 % rows for i in range(rows)],
            "long": [f"ü {i},{i}" for i in range(rows)]}[kind]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), MIXES)
@pytest.mark.parametrize("kind", ["text", "number", "long"])
def test_pairing_gives_the_number_of_the_sorted_tables(kind, first, second):
    rng = np.random.default_rng(1)
    whole = pl.DataFrame({"id": ids(kind), "p": rng.standard_normal(ROWS), "y": rng.standard_normal(ROWS)})
    put(f"p.{first}", shuffled(whole.select("id", "p"), 2))
    put(f"y.{second}", shuffled(whole.select("y", "id"), 3))
    ordered = whole.sort("id")
    wanted = losscli.compute("mse", ordered["p"].to_numpy(), ordered["y"].to_numpy())
    found = document("mse", f"p.{first}", f"y.{second}", "--on", "id")
    assert found["results"][0]["value"] == pytest.approx(wanted.value, rel=1e-13)
    assert found["results"][0]["samples"] == ROWS
    assert [(i["shape"], i["remarks"]) for i in found["inputs"]] == [([ROWS], ["paired by id"])] * 2


@pytest.mark.parametrize(("first", "second"), MIXES)
def test_paired_samples_come_in_the_order_of_the_first_file(first, second):
    whole = pl.DataFrame({"id": ids("text"), "p": np.arange(ROWS) + 0.5, "y": [0.0] * ROWS})
    mine = shuffled(whole.select("id", "p"), 4)
    put(f"p.{first}", mine)
    put(f"y.{second}", shuffled(whole.select("id", "y"), 5))
    found = csv_rows(compute("l1", f"p.{first}", f"y.{second}", "--on", "id", "--keep", "id", "-s", "-f", "csv").out)
    assert [row["id"] for row in found] == mine["id"].to_list()
    assert [float(row["l1"]) for row in found] == mine["p"].to_list()


@pytest.mark.parametrize(("first", "second"), MIXES)
def test_pairing_by_several_keys(first, second):
    rng = np.random.default_rng(6)
    whole = pl.DataFrame({
        "run": ["a", "b"] * (ROWS // 2), "step": [i // 2 for i in range(ROWS)],
        "p": rng.standard_normal(ROWS), "y": rng.standard_normal(ROWS),
    })  # fmt: skip
    put(f"p.{first}", shuffled(whole.select("run", "step", "p"), 7))
    put(f"y.{second}", shuffled(whole.select("step", "y", "run"), 8))
    wanted = losscli.compute("l1", whole["p"].to_numpy(), whole["y"].to_numpy()).value
    for on in ("run,step", "step, run"):
        found = compute("l1", f"p.{first}", f"y.{second}", "--on", on, "-q").out
        assert float(found) == pytest.approx(wanted, rel=1e-13)
    error, hint = refused(cli("compute", "l1", f"p.{first}", f"y.{second}", "--on", "run"))
    assert re.search(rf"p\.{first}: run '[ab]' stands {ROWS // 2} times", error)
    assert "several columns" in hint


@pytest.mark.parametrize(
    "suffixes", [("csv", "csv", "csv"), ("parquet", "csv", "parquet"), ("csv", "parquet", "parquet")]
)
@pytest.mark.parametrize("kind", ["text", "number"])
def test_pairing_of_three_files(kind, suffixes):
    rng = np.random.default_rng(9)
    names = ["anchor", "positive", "negative"]
    arrays = {name: rng.standard_normal((ROWS, 3)) for name in names}
    for i, (name, suffix) in enumerate(zip(names, suffixes, strict=True)):
        frame = pl.DataFrame({"id": ids(kind), **{f"e{j}": arrays[name][:, j] for j in range(3)}})
        put(f"{name}.{suffix}", shuffled(frame, i))
    files = [f"{name}.{suffix}" for name, suffix in zip(names, suffixes, strict=True)]
    found = document("triplet_margin", *files, "--on", "id", "--margin", "0.3")
    assert found["results"][0]["value"] == pytest.approx(
        losscli.compute("triplet_margin", *arrays.values(), margin=0.3).value, rel=1e-13
    )
    assert [i["shape"] for i in found["inputs"]] == [[ROWS, 3]] * 3


def test_pairing_carries_all_that_is_read_beside():
    rng = np.random.default_rng(10)
    whole = pl.DataFrame({
        "id": ids("text"), "p": rng.standard_normal(ROWS), "y": rng.standard_normal(ROWS),
        "w": rng.integers(0, 4, ROWS), "g": rng.choice(["u", "v"], ROWS),
    })  # fmt: skip
    put("p.csv", shuffled(whole.select("id", "p", "w"), 11))
    put("y.parquet", shuffled(whole.select("g", "id", "y"), 12))
    put("whole.csv", whole)
    paired = losscli.compute("l1", "p.csv::p", "y.parquet::y", on="id", by="g", sample_weight="w")
    wanted = losscli.compute("l1", "whole.csv::p", "whole.csv::y", by="g", sample_weight="w")
    assert paired.value == pytest.approx(wanted.value, rel=1e-13)
    for a, b in zip(paired.groups, wanted.groups, strict=True):
        assert (a.names, a.denominator, a.samples) == (b.names, b.denominator, b.samples)
        assert a.numerator == pytest.approx(b.numerator, rel=1e-13)


@pytest.mark.parametrize(("first", "second"), MIXES)
def test_pairing_of_class_scores_with_words(first, second):
    rng = np.random.default_rng(13)
    words, scores = rng.choice(["cat", "dog", "emu"], ROWS), rng.standard_normal((ROWS, 3))
    logits = pl.DataFrame({"id": ids("number"), **{n: scores[:, i] for i, n in enumerate(["emu", "cat", "dog"])}})
    put(f"p.{first}", shuffled(logits, 14))
    put(f"y.{second}", shuffled(pl.DataFrame({"id": ids("number"), "label": words}), 15))
    wanted = losscli.compute("ce", scores, [["emu", "cat", "dog"].index(w) for w in words]).value
    found = document("ce", f"p.{first}", f"y.{second}", "--on", "id")
    assert found["results"][0]["value"] == pytest.approx(wanted, rel=1e-13)
    assert found["inputs"][1]["remarks"] == ["paired by id", "classes emu=0, cat=1, dog=2"]


def test_pairing_of_more_rows_than_a_block():
    rows = 300_000
    rng = np.random.default_rng(16)
    whole = pl.DataFrame({"id": rng.permutation(rows), "p": rng.standard_normal(rows), "y": rng.standard_normal(rows)})
    mine = shuffled(whole.select("id", "p"), 17)
    mine.write_parquet("p.parquet")
    whole.select("id", "y").write_parquet("y.parquet")
    one = losscli.compute("l1", "p.parquet", "y.parquet", on="id", per_sample=True)
    joined = mine.join(whole.select("id", "y"), on="id", maintain_order="left")
    np.testing.assert_array_equal(one.per_sample, np.abs(joined["p"] - joined["y"]))


@pytest.mark.parametrize(("first", "second"), MIXES)
def test_a_key_that_stands_twice_is_refused_and_shown(first, second):
    put(f"p.{first}", pl.DataFrame({"id": ["a", "b", "c"], "p": [1.0, 2.0, 3.0]}))
    put(f"y.{second}", pl.DataFrame({"id": ["a", "b", "b"], "y": [1.0, 2.0, 3.0]}))
    for more in ([], ["--unmatched", "drop"]):
        error, hint = refused(cli("compute", "mse", f"p.{first}", f"y.{second}", "--on", "id", *more))
        assert f"y.{second}: id 'b' stands 2 times" in error
        assert "--on" in hint


def test_several_keys_that_stand_twice_together_are_shown():
    put("p.csv", pl.DataFrame({"run": [1, 1, 2], "step": [0, 0, 0], "p": [1.0, 2.0, 3.0]}))
    put("y.csv", pl.DataFrame({"run": [1, 1, 2], "step": [0, 1, 0], "y": [1.0, 2.0, 3.0]}))
    error, _ = refused(cli("compute", "mse", "p.csv", "y.csv", "--on", "run,step"))
    assert "p.csv: run '1', step '0' stands 2 times" in error


@pytest.fixture(params=MIXES, ids="-".join)
def partly(request):
    """Two tables that share three of their rows: 1 has no partner of four, 2 of five."""
    first, second = request.param
    return (
        put(f"p.{first}", pl.DataFrame({"id": ["d", "a", "b", "c"], "p": [4.0, 1.0, 2.0, 3.0]})),
        put(f"y.{second}", pl.DataFrame({"id": ["x", "c", "b", "y", "a"], "y": [0.0, 0.5, 0.5, 0.0, 0.5]})),
    )


def test_rows_without_a_partner_are_refused_with_their_numbers(partly):
    error, hint = refused(cli("compute", "l1", *partly, "--on", "id"))
    assert f"1 of {partly[0]} and 2 of {partly[1]}" in error
    assert f"in {partly[0]} for instance id 'd'" in error
    assert "--unmatched drop" in hint


def test_rows_without_a_partner_are_left_out_and_counted(partly):
    found = document("l1", *partly, "--on", "id", "--unmatched", "drop", "-s")
    assert [i["remarks"] for i in found["inputs"]] == [
        ["paired by id", "1 row without a partner left out"],
        ["paired by id", "2 rows without a partner left out"],
    ]
    assert [i["shape"] for i in found["inputs"]] == [[3], [3]]
    (one,) = found["results"]
    assert (one["per_sample"], one["samples"], one["omitted"]) == ([0.5, 1.5, 2.5], 3, 0)
    assert "unmatched=drop" in one["signature"]
    assert "; paired by id; 2 rows without a partner left out" in compute(
        "l1", *partly, "--on", "id", "--unmatched", "drop"
    ).out  # fmt: skip


def test_rows_that_one_of_three_files_lacks():
    for name, keys in (("a", "123"), ("b", "231"), ("c", "12")):
        put(
            f"{name}.csv",
            pl.DataFrame({"id": [int(k) for k in keys], "x": [float(k) for k in keys], "z": [0.0] * len(keys)}),
        )
    error, _ = refused(cli("compute", "triplet", "a.csv", "b.csv", "c.csv", "--on", "id"))
    assert "1 of a.csv and 1 of b.csv and 0 of c.csv; in a.csv for instance id '3'" in error
    found = document("triplet", "a.csv", "b.csv", "c.csv", "--on", "id", "--unmatched", "drop")
    assert found["results"][0]["samples"] == 2
    assert found["inputs"][2]["remarks"] == ["paired by id"]


def test_tables_without_a_common_row():
    put("p.csv", pl.DataFrame({"id": [1], "p": [1.0]}))
    put("y.csv", pl.DataFrame({"id": [2], "y": [1.0]}))
    refused(cli("compute", "mse", "p.csv", "y.csv", "--on", "id", "--unmatched", "drop"))


def test_an_empty_key_has_no_partner(folder):
    write(folder, p="id,p\na,1\n,2\n", y="id,y\n,0\na,0\n")
    refused(cli("compute", "mse", "p.csv", "y.csv", "--on", "id"))
    assert result("mse", "p.csv", "y.csv", "--on", "id", "--unmatched", "drop")["samples"] == 1


def test_what_cannot_be_paired():
    put("p.csv", pl.DataFrame({"id": [1, 2], "p": [1.0, 2.0]}))
    put("y.csv", pl.DataFrame({"id": [1, 2], "y": [1.0, 2.0]}))
    np.save("y.npy", np.zeros(2))
    error, hint = refused(cli("compute", "mse", "p.csv", "y.csv", "--on", "name"))
    assert "p.csv: has no column 'name'" in error
    assert "id, p" in hint
    error, _ = refused(cli("compute", "mse", "p.csv", "y.npy", "--on", "id"))
    assert "y.npy" in error
    refused(cli("compute", "mse", "p.csv", "y.csv", "--on", "id", "--unmatched", "ignore"))


# The same from Python


def test_python_pairs_and_names_as_the_command_line_does():
    put("p.csv", pl.DataFrame({"id": [1, 2, 3], "dog": [1.0, 2.0, 3.0], "cat": [0.0, 1.0, 5.0]}))
    put("y.parquet", pl.DataFrame({"id": [3, 1, 9], "label": ["cat", "dog", "cat"]}))
    with pytest.raises(DataError, match=r"rows without a partner: 1 of p\.csv and 1 of y\.parquet"):
        losscli.compute("ce", "p.csv", "y.parquet", on="id")
    one = losscli.compute("ce", "p.csv", "y.parquet", on=["id"], unmatched="drop", classes=["dog", "cat"])
    assert one.value == pytest.approx(losscli.compute("ce", [[1.0, 0.0], [3.0, 5.0]], [0, 1]).value, rel=1e-15)
    with pytest.raises(SourceError, match="no column 'key'"):
        losscli.compute("ce", "p.csv", "y.parquet", on="key")
    with pytest.raises(LossCLIError, match="unmatched is 'keep'"):
        losscli.compute("ce", "p.csv", "y.parquet", on="id", unmatched="keep")


@pytest.mark.parametrize(("first", "second"), MIXES)
def test_whole_numbers_pair_whether_they_are_written_as_floats_or_not(first, second):
    put(f"p.{first}", pl.DataFrame({"id": [1, 2, 10], "p": [1.0, 2.0, 3.0]}))
    put(f"y.{second}", pl.DataFrame({"id": [10.0, 2.0, 1.0], "y": [3.0, 2.0, 1.0]}))
    assert compute("mse", f"p.{first}", f"y.{second}", "--on", "id", "-q").out == "0.0\n"


@pytest.mark.parametrize("format", ["parquet", "ipc", "ndjson", "json"])
def test_floats_of_16_digits_and_more_pair_with_the_whole_numbers_that_they_are(format):
    large = 2**60
    put("p.parquet", pl.DataFrame({"id": [10**16, large, 7], "p": [1.0, 2.0, 3.0]}))
    floats = pl.DataFrame({"id": [7.0, 1e16, float(large)], "y": [3.0, 1.0, 2.0]})
    getattr(floats, f"write_{format}")(f"y.{format}")
    assert compute("mse", "p.parquet", f"y.{format}", "--on", "id", "-q").out == "0.0\n"
    put("p.parquet", pl.DataFrame({"id": [10**16, large + 1, 7], "p": [1.0, 2.0, 3.0]}))  # which no float is
    assert "1 of p.parquet" in refused(cli("compute", "mse", "p.parquet", f"y.{format}", "--on", "id"))[0]

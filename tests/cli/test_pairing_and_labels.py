"""Which row belongs to which, which class a word is, and what of each sample comes out: real tables, as they are."""

from __future__ import annotations

import csv
import io
import json
import math

import numpy as np
import polars as pl
import pytest
from shell import cli, compute, refused, write

import losscli
from losscli.data import files as data_files
from losscli.engine.collect import SampleTable, Selection
from losscli.errors import DataError, LossCLIError, SourceError
from losscli.inputs.identity import is_id

FORMATS = ("csv", "parquet")
MIXES = [(a, b) for a in FORMATS for b in FORMATS]
ROWS = 40


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=["small", "large"])
def text(request, monkeypatch):
    """Text as small files are read, and as large ones are."""
    if request.param == "large":
        monkeypatch.setattr(data_files, "LEAN_BYTES", 0)
    return request.param


def put(name, frame):
    """Write a table as its name says."""
    frame.write_csv(name) if name.endswith(".csv") else frame.write_parquet(name)
    return name


def document(*arguments):
    return json.loads(compute(*arguments, "-f", "json").out)


def result(*arguments):
    (one,) = document(*arguments)["results"]
    return one


def table(out):
    """The rows of CSV output by the names in its header."""
    return list(csv.DictReader(io.StringIO(out)))


# Rows paired by key


def ids(kind, rows=ROWS):
    return {"text": [f"img_{i * 7 % rows:03}" for i in range(rows)], "number": [i * 7 % rows for i in range(rows)],
            "long": [f"ü {i},{i}" for i in range(rows)]}[kind]  # fmt: skip


def shuffled(frame, seed):
    return frame[np.random.default_rng(seed).permutation(len(frame)).tolist()]


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
    found = table(compute("l1", f"p.{first}", f"y.{second}", "--on", "id", "--keep", "id", "-s", "-f", "csv").out)
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
    assert f"p.{first}: run 'b' stands {ROWS // 2} times" in error or f"run 'a' stands {ROWS // 2} times" in error
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
    assert "target: paired by id; 2 rows without a partner left out" in compute(
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


# Columns that only pair rows


@pytest.fixture(params=MIXES, ids="-".join)
def keyed(request, text):
    """Two tables whose rows pair up, each with an id of its own."""
    first, second = request.param
    return (
        put(f"p.{first}", pl.DataFrame({"id": ["a", "b", "c"], "p": [1.0, 2.0, 4.0]})),
        put(f"y.{second}", pl.DataFrame({"y": [0.0, 0.0, 0.0], "id": ["a", "b", "c"]})),
    )


def test_ids_in_both_files_are_no_data(keyed):
    found = document("l1", *keyed)
    assert found["results"][0]["value"] == pytest.approx(7 / 3)
    assert [i["remarks"] for i in found["inputs"]] == [["column id pairs the rows and is no data"]] * 2
    assert [i["shape"] for i in found["inputs"]] == [[3], [3]]
    chosen = document("l1", f"{keyed[0]}::p", f"{keyed[1]}::y")
    assert chosen["results"][0]["value"] == found["results"][0]["value"]
    assert [i["remarks"] for i in chosen["inputs"]] == [[], []]


@pytest.mark.parametrize("select", [False, True])
@pytest.mark.parametrize(("first", "second"), MIXES)
def test_ids_in_another_order_are_refused(first, second, select, text):
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
def test_unequal_numbers_of_rows_name_the_first_id_that_differs(first, second, ids, row, here, there, way_out, text):
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


def test_an_id_in_one_file_alone_is_no_data_and_a_remark_says_so(text):
    put("p.csv", pl.DataFrame({"id": [7, 9], "p": [1.0, 2.0]}))
    put("y.csv", pl.DataFrame({"y": [1.0, 4.0]}))
    found = document("mse", "p.csv", "y.csv")
    assert found["results"][0]["value"] == 2.0
    assert [i["remarks"] for i in found["inputs"]] == [["column id names the rows and is no data"], []]
    assert result("mse", "p.csv::id", "y.csv")["value"] == (6**2 + 5**2) / 2  # unless it is chosen


def test_a_table_of_nothing_but_ids_is_refused(text):
    put("p.csv", pl.DataFrame({"id": [1, 2]}))
    put("y.csv", pl.DataFrame({"id": [1, 2], "y": [1.0, 2.0]}))
    error, _ = refused(cli("compute", "mse", "p.csv", "y.csv"))
    assert "p.csv: holds no columns but id, which name its rows" in error


# Missing values


def holes(first, second):
    """Rows 1, 2 and 4 miss something; 2 misses both."""
    p = pl.DataFrame({"p": [1.0, None, None, 4.0, 5.0, 6.0], "g": ["a", "a", "b", "b", "b", "a"]})
    y = pl.DataFrame({"k": list("uvwxyz"), "y": [0.5, 0.5, None, 0.5, None, 0.5]})
    return put(f"p.{first}", p) + "::p", put(f"y.{second}", y) + "::y"


@pytest.mark.parametrize("format", FORMATS)
def test_missing_values_are_refused_with_count_and_place(format, text):
    p, _ = holes(format, format)
    error, hint = refused(cli("compute", "l1", p, p))
    place = "line 3, column 'p'" if format == "csv" else "row 1, column 'p'"
    assert f"p.{format}: 2 values are missing, the first at {place} (an empty cell)." in error
    assert "--missing omit" in hint


@pytest.mark.parametrize(("first", "second"), MIXES)
def test_missing_values_are_left_out_of_every_input_and_counted_once(first, second, text):
    found = document("l1,mse", *holes(first, second), "--missing", "omit", "-s")
    for one, wanted in zip(found["results"], ([0.5, 3.5, 5.5], [0.25, 12.25, 30.25]), strict=True):
        assert (one["samples"], one["omitted"], one["denominator"]) == (3, 3, 3)
        assert one["numerator"] == sum(wanted)
        left = [x for x in one["per_sample"] if x is not None]
        assert left == wanted
        assert one["status"] == [None, "omitted", "omitted", None, "omitted", None]
        assert "missing=omit" in one["signature"]


def test_what_is_missing_is_shown_as_omitted(text):
    lines = compute("l1", *holes("csv", "csv"), "--missing", "omit", "--keep", "k").out.splitlines()
    assert [line.split() for line in lines[-6:]] == [
        ["0", "u", "0.5"], ["1", "v", "omitted"], ["2", "w", "omitted"], ["3", "x", "3.5"], ["4", "y", "omitted"],
        ["5", "z", "5.5"],
    ]  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_missing_values_and_nan_are_left_out_together(format, text):
    frame = pl.DataFrame({"p": [1.0, math.nan, None, 4.0, math.nan], "y": [0.0, 0.0, 0.0, None, None]})
    t = put(f"t.{format}", frame)
    one = result("l1", f"{t}::p", f"{t}::y", "--missing", "omit", "--nan", "omit")
    assert (one["value"], one["samples"], one["omitted"]) == (1.0, 1, 4)
    error, _ = refused(cli("compute", "l1", f"{t}::p", f"{t}::y", "--missing", "omit"))
    assert "NaN" in error


@pytest.mark.parametrize("format", FORMATS)
def test_a_missing_word_is_a_missing_label(format, text):
    put("p.csv", pl.DataFrame({"cat": [1.0, 2.0, 0.5], "dog": [2.0, 0.0, 1.5]}))
    y = put(f"y.{format}", pl.DataFrame({"k": [1, 2, 3], "label": ["dog", None, "cat"]}))
    error, _ = refused(cli("compute", "ce", "p.csv", f"{y}::label"))
    assert "missing" in error
    one = result("ce", "p.csv", f"{y}::label", "--missing", "omit")
    wanted = losscli.compute("ce", [[1.0, 2.0], [0.5, 1.5]], [1, 0])
    assert (one["value"], one["samples"], one["omitted"]) == (wanted.value, 2, 1)


@pytest.mark.parametrize("format", FORMATS)
def test_a_missing_class_index_is_left_out(format, text):
    put("p.csv", pl.DataFrame({"cat": [1.0, 2.0, 0.5], "dog": [2.0, 0.0, 1.5]}))
    y = put(f"y.{format}", pl.DataFrame({"k": [1, 2, 3], "label": [1, None, 0]}))
    one = result("ce", "p.csv", f"{y}::label", "--missing", "omit")
    wanted = losscli.compute("ce", [[1.0, 2.0], [0.5, 1.5]], [1, 0])
    assert (one["value"], one["samples"], one["omitted"]) == (wanted.value, 2, 1)


def test_nothing_left_is_an_error(text):
    t = put("t.csv", pl.DataFrame({"p": [None, 1.0], "y": [1.0, None]}))
    refused(cli("compute", "l1", f"{t}::p", f"{t}::y", "--missing", "omit"))


@pytest.mark.parametrize("format", FORMATS)
def test_leaving_out_what_is_not_there_changes_no_bit(format, text):
    rng = np.random.default_rng(18)
    t = put(f"t.{format}", pl.DataFrame({"p": rng.standard_normal(99), "y": rng.standard_normal(99)}))
    plain, omitting = (result("l1", f"{t}::p", f"{t}::y", *more) for more in ([], ["--missing", "omit"]))
    assert omitting.pop("signature") != plain.pop("signature")
    assert omitting == plain


def test_missing_values_in_many_blocks():
    rows = 300_000
    rng = np.random.default_rng(19)
    p, y = rng.standard_normal((2, rows))
    gone = [rng.random(rows) < 0.01, rng.random(rows) < 0.01]
    frame = pl.DataFrame(
        {"p": pl.Series(p).set(pl.Series(gone[0]), None), "y": pl.Series(y).set(pl.Series(gone[1]), None)}
    )
    frame.write_parquet("t.parquet")
    one = losscli.compute("mse", "t.parquet::p", "t.parquet::y", missing="omit", per_sample=True)
    kept = ~(gone[0] | gone[1])
    assert (one.samples, one.omitted) == (kept.sum(), (~kept).sum())
    np.testing.assert_array_equal(one.per_sample, np.where(kept, (p - y) ** 2, np.nan))
    assert one.value == pytest.approx(((p - y) ** 2)[kept].mean(), rel=1e-13)


# Words for classes


ANIMALS = ("emu", "dog", "cat")
SCORES = np.random.default_rng(20).standard_normal((7, 3))
LABELS = [2, 0, 1, 1, 2, 0, 2]


def zoo(first, second, prefix="", names=ANIMALS, words=None):
    """Class scores under the classes' names, which are in no order, and words for the labels; their cross entropy."""
    put(f"p.{first}", pl.DataFrame({f"{prefix}{n}": SCORES[:, i] for i, n in enumerate(names)}))
    put(f"y.{second}", pl.DataFrame({"n": range(7), "label": words or [ANIMALS[i] for i in LABELS]}))
    return f"p.{first}", f"y.{second}::label"


@pytest.mark.parametrize("prefix", ["", "logit_", "p.", "score of "])
@pytest.mark.parametrize(("first", "second"), MIXES)
@pytest.mark.parametrize("loss", ["cross_entropy", "nll"])
def test_words_are_the_columns_of_the_prediction(loss, first, second, prefix, text):
    found = document(loss, *zoo(first, second, prefix))
    assert found["results"][0]["value"] == losscli.compute(loss, SCORES, LABELS).value
    assert found["inputs"][1]["remarks"] == ["classes emu=0, dog=1, cat=2"]
    assert (found["inputs"][1]["dtype"], found["inputs"][1]["shape"]) == ("int64", [7])


@pytest.mark.parametrize(("first", "second"), MIXES)
def test_words_are_never_numbered_in_their_own_order(first, second, text):
    error, hint = refused(cli("compute", "ce", *zoo(first, second, names=("c0", "c1", "c2"))))
    assert f"y.{second}" in error
    assert "'label'" in error
    assert "--classes" in hint
    np.save("p.npy", SCORES)
    refused(cli("compute", "ce", "p.npy", f"y.{second}::label"))


@pytest.mark.parametrize("format", FORMATS)
def test_classes_name_the_columns_in_order(format, text):
    _, target = zoo("csv", format)
    np.save("p.npy", SCORES)
    wanted = losscli.compute("ce", SCORES, LABELS).value
    for classes in ("emu,dog,cat", "emu, dog, cat"):
        found = document("ce", "p.npy", target, "--classes", classes)
        assert found["results"][0]["value"] == wanted
        assert found["inputs"][1]["remarks"] == ["classes emu=0, dog=1, cat=2"]
    # What is named wins over what the columns are called.
    other = losscli.compute("ce", SCORES, [{"cat": 0, "dog": 1, "emu": 2}[ANIMALS[i]] for i in LABELS]).value
    assert result("ce", "p.csv", target, "--classes", "cat,dog,emu")["value"] == other
    assert losscli.compute("ce", SCORES, target, classes=ANIMALS).value == wanted


@pytest.mark.parametrize("format", FORMATS)
def test_blanks_around_words_are_no_part_of_them(format, text):
    pair = zoo("csv", format, words=[f" {ANIMALS[i]}  " for i in LABELS])
    assert result("ce", *pair)["value"] == losscli.compute("ce", SCORES, LABELS).value


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("classes", [(), ("--classes", "emu,dog,cat")])
def test_a_word_that_is_no_class_is_named_with_the_nearest(format, classes, text):
    words = [ANIMALS[i] for i in LABELS]
    words[3] = "dgo"
    error, hint = refused(cli("compute", "ce", *zoo("csv", format, words=words), *classes))
    place = "line 5, column 'label'" if format == "csv" else "row 3, column 'label'"
    assert f"y.{format}: 'dgo' at {place} is none of the 3 classes (emu, dog, cat)." in error
    assert "did you mean dog?" in hint
    words[3] = "zebra"
    _, hint = refused(cli("compute", "ce", *zoo("csv", format, words=words), *classes))
    assert "--classes" in hint


@pytest.mark.parametrize("format", FORMATS)
def test_a_late_word_that_is_no_class(format, text):
    words = ["cat", "dog"] * 1000
    words[1500] = "cta"
    put("p.csv", pl.DataFrame({"dog": [0.5] * 2000, "cat": [0.0] * 2000}))
    put(f"y.{format}", pl.DataFrame({"label": words}))
    error, hint = refused(cli("compute", "ce", "p.csv", f"y.{format}"))
    assert "'cta' at " + ("line 1502" if format == "csv" else "row 1500") in error
    assert "did you mean cat?" in hint


def test_words_of_other_types():
    zoo("csv", "parquet")
    wanted = losscli.compute("ce", SCORES, LABELS).value
    words = pl.read_parquet("y.parquet")["label"]
    for kind in (pl.Categorical, pl.Enum(["cat", "dog", "emu"])):
        pl.DataFrame({"label": words.cast(kind)}).write_parquet("typed.parquet")
        assert result("ce", "p.csv", "typed.parquet")["value"] == wanted


def test_words_that_look_like_truth_are_words(text, folder):
    put("p.csv", pl.DataFrame({"true": [1.0, 0.0], "false": [0.0, 2.0]}))
    write(folder, y="label\nfalse\ntrue\n")
    assert result("ce", "p.csv", "y.csv", "--header")["value"] == losscli.compute("ce", [[1, 0], [0, 2]], [1, 0]).value


def test_a_word_may_be_ignored_by_its_number():
    wanted = losscli.compute("ce", SCORES, LABELS, ignore_index=1)
    one = result("ce", *zoo("csv", "csv"), "--ignore-index", "1")
    assert (one["value"], one["ignored"]) == (wanted.value, wanted.ignored)


def test_losses_of_a_pass_share_the_words():
    ce, nll = document("ce,nll", *zoo("parquet", "csv"))["results"]
    assert ce["value"] == losscli.compute("ce", SCORES, LABELS).value
    assert nll["value"] == losscli.compute("nll", SCORES, LABELS).value


def test_words_where_a_loss_takes_numbers(text):
    for format in FORMATS:
        error, _ = refused(cli("compute", "mse", *zoo("csv", format)))
        assert "label" in error


# Where classes are counted from


ONE_BASED = [i + 1 for i in LABELS]


@pytest.mark.parametrize("loss", ["cross_entropy", "nll"])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("base", [1, 5, -3])
def test_classes_counted_from_elsewhere(loss, backend, base):
    labels = np.array(LABELS) + base
    found = losscli.compute(loss, SCORES, labels, label_base=base, backend=backend)
    wanted = losscli.compute(loss, SCORES, LABELS, backend=backend)
    assert (found.value, found.denominator) == (wanted.value, wanted.denominator)
    assert found.signature == wanted.signature.replace(")", f",label_base={base})")
    assert (
        losscli.compute(loss, SCORES, labels.astype(float), label_base=base).value == found.value or backend == "torch"
    )


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("format", FORMATS)
def test_classes_counted_from_1_in_files(format, backend, text):
    np.save("p.npy", SCORES)
    y = put(f"y.{format}", pl.DataFrame({"y": ONE_BASED}))
    one = result("ce", "p.npy", y, "--label-base", "1", "-b", backend)
    assert one["value"] == losscli.compute("ce", SCORES, LABELS, backend=backend).value
    _, hint = refused(cli("compute", "ce", "p.npy", y))
    assert "--label-base 1" in hint


@pytest.mark.parametrize("ignored", [-100, -1, 255])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_the_label_that_is_ignored_is_not_moved(ignored, backend):
    labels = [ignored if i == 2 else i + 1 for i in LABELS]
    found = losscli.compute("ce", SCORES, labels, label_base=1, ignore_index=ignored, backend=backend)
    rest = [k for k, i in enumerate(LABELS) if i != 2]
    wanted = losscli.compute("ce", SCORES[rest], [LABELS[k] for k in rest], backend=backend)
    assert found.value == pytest.approx(wanted.value, rel=1e-14)
    assert (found.ignored, found.denominator) == (3, 4)


@pytest.mark.parametrize(("bad", "base"), [(0, 1), (4, 1), (-1, 1), (4, 5), (8, 5)])
def test_labels_outside_are_refused_in_the_users_own_numbers(bad, base):
    labels = [base, base + 1, bad, base + 2]
    with pytest.raises(DataError) as caught:
        losscli.compute("ce", SCORES[:4], labels, label_base=base)
    outside = f"target: 1 of 4 labels are outside {base}..{base + 2} (3 classes in the prediction)"
    assert caught.value.message == f"{outside}, the first at row 2: {bad}."


def test_no_base_where_the_target_is_probabilities():
    one_hot = np.eye(3)[LABELS]
    assert losscli.compute("ce", SCORES, one_hot, label_base=1).value == losscli.compute("ce", SCORES, one_hot).value


# One-hot rows


@pytest.mark.parametrize("format", FORMATS)
def test_one_hot_rows_are_said_to_be_that(format, text):
    put("p.csv", pl.DataFrame(SCORES, schema=list("abc")))
    y = put(f"y.{format}", pl.DataFrame(np.eye(3)[LABELS], schema=list("abc")))
    found = document("ce", "p.csv", y)
    assert found["inputs"][1]["remarks"] == ["one-hot rows, read as class probabilities"]
    assert found["results"][0]["value"] == pytest.approx(losscli.compute("ce", SCORES, LABELS).value, rel=1e-14)
    assert found["warnings"] == []
    assert "target: one-hot rows, read as class probabilities\n" in compute("ce", "p.csv", y).out


def test_soft_rows_are_not_one_hot():
    soft = np.eye(3)[LABELS]
    soft[-1] = [0.5, 0.25, 0.25]
    assert losscli.compute("ce", SCORES, soft).inputs[1].remarks == ()
    off = np.eye(3)[LABELS]
    off[2] = 0
    one = losscli.compute("ce", SCORES, off)
    assert (one.inputs[1].remarks, [w.code for w in one.warnings]) == ((), ["L203"])


# Columns kept beside per-sample losses


@pytest.fixture(params=FORMATS)
def captioned(request, text):
    """Two files with what is to be seen beside the losses 3, 1, 4, 1, 5, 9, 2."""
    first = pl.DataFrame({"id": [f"im{i}" for i in range(7)], "p": [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0]})
    captions = ["a cat", "", "x, y", 'the "dog"', "[red]", "ü|→", " b "]
    second = pl.DataFrame({"y": [0.0] * 7, "text": [c.strip() for c in captions], "n": [10, 20, 30, 40, 50, 60, 70]})
    files = put(f"p.{request.param}", first), put(f"y.{request.param}", second)
    return f"{files[0]}::p", f"{files[1]}::y", "--keep", "id,text"


IDS = [f"im{i}" for i in range(7)]
TEXTS = ["a cat", "", "x, y", 'the "dog"', "[red]", "ü|→", "b"]
VALUES = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0]
WORST = [5, 4, 2, 0, 6, 1, 3]


@pytest.mark.parametrize(
    ("more", "index"),
    [(["-s"], range(7)), (["-s", "--top", "3"], WORST[:3]), (["--top", "7"], WORST), (["--head", "2"], range(2)),
     (["-s", "--head", "20"], range(7)), (["-s", "--top", "20"], WORST)],
)  # fmt: skip
def test_columns_are_kept(more, index, captioned):
    found = table(compute("l1", *captioned, *more, "-f", "csv").out)
    assert [int(row["sample"]) for row in found] == list(index)
    assert [row["id"] for row in found] == [IDS[i] for i in index]
    assert [row["text"] for row in found] == [TEXTS[i] for i in index]
    assert [float(row["l1"]) for row in found] == [VALUES[i] for i in index]
    one = result("l1", *captioned, *more)
    assert one["kept"] == {"id": [IDS[i] for i in index], "text": [TEXTS[i] for i in index]}
    assert one["per_sample"] == [VALUES[i] for i in index]
    assert one.get("sample_index", list(range(7))) == list(index) or len(index) == 7


def test_columns_are_kept_in_tables(captioned):
    for more, index in (([], range(7)), (["--top", "2"], WORST[:2]), (["--head", "2"], range(2))):
        lines = compute("l1", *captioned, *more).out.splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("sample"))
        assert lines[at].split() == ["sample", "id", "text", "l1"]
        shown = [line for line in lines[at + 2 :] if "⋮" not in line]
        for line, i in zip(shown, index, strict=True):
            assert line.split() == [str(i), IDS[i], *TEXTS[i].split(), f"{VALUES[i]:g}"]


def test_columns_are_kept_in_markdown(captioned):
    lines = compute("l1", *captioned, "-s", "-f", "markdown").out.splitlines()
    assert len(lines) == 2 + 7
    assert lines[2].split("|")[2:4] == [" im0 ", " a cat "]
    assert "ü\\|→" in lines[7]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize(("more", "index"), [(["-s"], range(7)), (["-s", "--top", "4"], WORST[:4])])
def test_columns_are_kept_in_files(suffix, more, index, captioned):
    compute("l1,mse", *captioned, *more, "-o", f"out.{suffix}")
    found = pl.read_csv("out.csv") if suffix == "csv" else pl.read_parquet("out.parquet")
    assert sorted(found.columns) == ["id", "l1", "mse", "sample", "text"]
    assert found["sample"].to_list() == list(index)
    assert found["id"].to_list() == [IDS[i] for i in index]
    assert found["text"].fill_null("").to_list() == [TEXTS[i] for i in index]
    assert found["l1"].to_list() == [VALUES[i] for i in index]
    assert found["mse"].to_list() == [VALUES[i] ** 2 for i in index]


def test_columns_of_numbers_are_kept_as_text(captioned):
    assert result("l1", *captioned[:2], "--keep", "n", "-s")["kept"] == {"n": [str(10 * i) for i in range(1, 8)]}


def test_no_column_is_kept_that_is_not_there(captioned):
    error, hint = refused(cli("compute", "l1", *captioned[:2], "--keep", "id,caption"))
    assert "no input has a column 'caption'" in error
    assert "id, p" in hint


def test_nothing_is_kept_where_no_samples_are_shown(captioned):
    assert compute("l1", *captioned, "-q").out == f"{sum(VALUES) / 7}\n"
    assert "kept" not in result("l1", *captioned)


def test_columns_are_kept_beside_losses_that_are_known_late():
    rng = np.random.default_rng(21)
    for name in "ab":
        put(
            f"{name}.csv",
            pl.DataFrame({"id": list("uvwx"), "e0": rng.standard_normal(4), "e1": rng.standard_normal(4)}),
        )
    one = result("nt_xent", "a.csv", "b.csv", "--keep", "id", "--top", "2")
    every = result("nt_xent", "a.csv", "b.csv", "-s")["per_sample"]
    order = np.argsort(-np.array(every), kind="stable")[:2]
    assert one["kept"] == {"id": ["uvwx"[i] for i in order]}
    assert one["per_sample"] == [every[i] for i in order]


# The worst of many


MANY = 600_000


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """More than two blocks of errors that are small whole numbers, so that most are equal; some are NaN."""
    folder = tmp_path_factory.mktemp("many")
    rng = np.random.default_rng(22)
    errors = rng.integers(-900, 900, MANY).astype(float)
    holes = errors.copy()
    holes[rng.random(MANY) < 0.001] = np.nan
    frame = pl.DataFrame({"p": errors, "h": holes, "y": np.zeros(MANY), "id": [f"r{i}" for i in range(MANY)]})
    frame.write_csv(folder / "t.csv")
    frame.write_parquet(folder / "t.parquet")
    for name in "phy":
        np.save(folder / f"{name}.npy", frame[name].to_numpy())
    return folder, errors, holes


def sorted_fully(losses, k):
    order = np.lexsort((np.arange(len(losses)), -losses))
    return order[: min(k, np.count_nonzero(~np.isnan(losses)))]


@pytest.mark.parametrize("kind", ["csv", "parquet", "npy"])
@pytest.mark.parametrize("k", [1, 100, 5000])
def test_the_worst_are_those_of_a_full_sort(k, kind, many):
    folder, errors, _ = many
    inputs = [f"{folder}/{x}.npy" if kind == "npy" else f"{folder}/t.{kind}::{x}" for x in "py"]
    one = result("l1", *inputs, "--top", k, *(["-j", "2"] if kind == "npy" else []))
    wanted = sorted_fully(np.abs(errors), k)
    assert one["sample_index"] == wanted.tolist()
    assert one["per_sample"] == np.abs(errors)[wanted].tolist()


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
@pytest.mark.parametrize("k", [1, 10, 700])
def test_the_worst_are_the_same_in_whatever_order_blocks_come(k, order):
    # Threads take blocks in turn, and equal losses may come from any of them.
    losses = np.random.default_rng(23).integers(0, 5, 4000).astype(float)
    worst = SampleTable(Selection(top=k), 1, 0, 1)
    for block in order:
        mine = slice(1000 * block, 1000 * block + 1000)
        ids = np.array([f"r{i}" for i in range(4000)], object)[mine]
        worst.take(1000 * block, losses[None, mine], np.zeros((1, 1000), bool), [ids])
    index, values, _, (ids,) = worst.result()
    wanted = sorted_fully(losses, k)
    assert index.tolist() == wanted.tolist()
    assert values[0].tolist() == losses[wanted].tolist()
    assert ids.tolist() == [f"r{i}" for i in wanted]


def test_the_worst_keep_their_columns(many):
    folder, errors, _ = many
    inputs = (f"{folder}/t.parquet::p", f"{folder}/t.parquet::y")
    results = document("l1,mse", *inputs, "--top", 50, "--keep", "id")["results"]
    wanted = sorted_fully(np.abs(errors), 50)
    for found in results:
        assert found["kept"] == {"id": [f"r{i}" for i in wanted]}
        assert found["sample_index"] == wanted.tolist()


def test_what_is_omitted_is_never_among_the_worst(many):
    folder, _, holes = many
    one = result("l1", f"{folder}/t.parquet::h", f"{folder}/t.parquet::y", "--nan", "omit", "--top", 3000)
    assert one["sample_index"] == sorted_fully(np.abs(holes), 3000).tolist()
    few = put("few.csv", pl.DataFrame({"p": [1.0, math.nan, 3.0], "y": [0.0] * 3}))
    assert result("l1", f"{few}::p", f"{few}::y", "--nan", "omit", "--top", 3)["sample_index"] == [2, 0]


def test_the_first_of_a_stream(many):
    folder, errors, _ = many
    one = result("l1", f"{folder}/t.csv::p", f"{folder}/t.csv::y", "--head", 5, "--keep", "id")
    assert one["per_sample"] == np.abs(errors[:5]).tolist()
    assert (one["sample_index"], one["kept"]) == (list(range(5)), {"id": [f"r{i}" for i in range(5)]})


def test_both_ends_of_a_stream(many):
    folder, errors, _ = many
    lines = compute("l1", f"{folder}/t.csv::p", f"{folder}/t.csv::y", "--keep", "id").out.splitlines()
    shown = [line.split() for line in lines[-11:]]
    index = [*range(5), *range(MANY - 5, MANY)]
    assert [row for row in shown if row[0] != "⋮"] == [[str(i), f"r{i}", f"{abs(errors[i]):g}"] for i in index]


# Every loss of every sample, into a file


@pytest.mark.parametrize("kind", ["csv", "parquet", "npy"])
@pytest.mark.parametrize("suffix", ["npy", "csv", "parquet"])
def test_losses_of_a_stream_in_a_file_are_those_in_memory(suffix, kind, many):
    folder, _, holes = many
    inputs = [f"{folder}/{x}.npy" if kind == "npy" else f"{folder}/t.{kind}::{x}" for x in "hy"]
    chosen = ["huber"] if suffix == "npy" else ["huber", "l1", "rmse"]
    compute(",".join(chosen), *inputs, "--nan", "omit", "-s", "-o", f"losses.{suffix}")
    in_memory = losscli.compute(chosen, holes, np.zeros(MANY), nan="omit", per_sample=True)
    if suffix == "npy":
        found = {"huber": np.load("losses.npy")}
        assert found["huber"].dtype == np.float64
    else:
        frame = pl.read_csv("losses.csv") if suffix == "csv" else pl.read_parquet("losses.parquet")
        assert frame.columns == ["sample", *chosen, "status"]
        np.testing.assert_array_equal(frame["sample"], np.arange(MANY))
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
    assert (found["id"] == pl.Series([f"r{i}" for i in range(MANY)])).all()


def test_losses_of_paired_rows_in_a_file(many):
    folder, errors, _ = many
    backwards = pl.read_parquet(folder / "t.parquet").select("id", "y").reverse()
    backwards.write_parquet("y.parquet")
    t = f"{folder}/t.parquet"
    compute("l1", f"{t}::p", "y.parquet::y", "--on", "id", "-s", "--keep", "id", "-o", "losses.parquet")
    found = pl.read_parquet("losses.parquet")
    np.testing.assert_array_equal(found["l1"], np.abs(errors))
    assert found["id"].to_list() == [f"r{i}" for i in range(MANY)]


def test_a_failure_late_in_a_stream_leaves_no_file(many, folder):
    source, _, _ = many
    for suffix in ("npy", "csv", "parquet"):
        refused(
            cli("compute", "l1", f"{source}/t.parquet::h", f"{source}/t.parquet::y", "-s", "-o", f"losses.{suffix}")
        )
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("suffix", ["npy", "csv", "parquet"])
def test_floats_in_a_file_are_the_same_floats(suffix, text, folder):
    values = [0.1, 1e-300, 5e-324, 1.7976931348623157e308, 0.0, 1 / 3, 123456789.123456789, math.inf]
    write(folder, t="p,y\n" + "".join(f"{v!r},0\n" for v in values))
    compute("l1", "t.csv::p", "t.csv::y", "-s", "-o", f"out.{suffix}")
    if suffix == "csv":
        found = [float(row["l1"]) for row in table((folder / "out.csv").read_text())]
    else:
        found = np.load("out.npy").tolist() if suffix == "npy" else pl.read_parquet("out.parquet")["l1"].to_list()
    assert found == values


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

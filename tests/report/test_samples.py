"""What stands beside the losses of samples: why one has none, and the group it belongs to, in every format."""

import io
import json
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from shell import compute

import losscli

LOGITS = [[2.0, -1.0], [0.5, 3.0], [1.0, 1.0], [4.0, 0.0]]
LABELS = [0, -100, 1, -100]
FORMATS = ["csv", "json", "markdown", "out.csv", "out.parquet", "out.npy"]
SKIPPED = [None, "ignored", None, "ignored"]


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f"{a},{b},{y},{g}\n" for (a, b), y, g in zip(LOGITS, LABELS, ["u", "total", "u", "v/w"], strict=True)]
    (tmp_path / "t.csv").write_text("a,b,y,g\n" + "".join(rows))
    words = pl.DataFrame({"p": [1.0, 3.0], "y": [2.0, 5.0], "g": ["two\nlines", "\x1b[31mred"]})
    words.write_parquet(tmp_path / "q.parquet")
    (tmp_path / "h.csv").write_text("p,y,g\n1,2,a\n,1,b\n3,5,b\nnan,5,c\n")


def table(format, *command):
    """The rows of a per-sample result, as dicts; None for a cell that is empty or null."""
    if format.startswith("out."):
        compute(*command, "-s", "-o", format)
    else:
        text = compute(*command, "-s", "-f", format).out
    if format == "out.npy":
        return [{"value": None if math.isnan(x) else x} for x in np.load(format).tolist()]
    if format == "out.parquet":
        return pl.read_parquet(format).to_dicts()
    if format == "json":
        (one,) = json.loads(text)["results"]
        columns = {"value": one["per_sample"], **one.get("kept", {})}
        columns |= {"status": one["status"]} if "status" in one else {}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if format == "markdown":
        header, _, *lines = ([c.strip() or None for c in line.split("|")[1:-1]] for line in text.splitlines())
        return [dict(zip(header, line, strict=True)) for line in lines]
    return pl.read_csv(format if format == "out.csv" else io.StringIO(text)).to_dicts()


def losses(rows):
    name = next(n for n in ("value", "cross_entropy", "mse", "l1") if n in rows[0])
    return [None if row[name] is None else float(row[name]) for row in rows]


@pytest.mark.parametrize("more", [[], ["--top", "4"], ["--head", "4"]], ids=" ".join)
@pytest.mark.parametrize("format", FORMATS)
def test_an_ignored_sample_has_no_loss_and_a_status_that_says_so(format, more):
    rows = table(format, "cross_entropy", "t.csv::a,b", "t.csv::y", *more)
    wanted = [x for x in losscli.compute("cross_entropy", LOGITS, LABELS, reduction="none").value if x]
    found = losses(rows)
    if "--top" in more:
        assert found == pytest.approx(sorted(wanted, reverse=True), rel=1e-5)
        return
    assert [x is None for x in found] == [s is not None for s in SKIPPED]
    assert [x for x in found if x is not None] == pytest.approx(wanted, rel=1e-5)
    if format != "out.npy":
        assert [row["status"] for row in rows] == SKIPPED


@pytest.mark.parametrize("format", [f for f in FORMATS if f != "out.npy"])
def test_an_omitted_sample_has_none_either(format):
    rows = table(format, "mse", "h.csv", "--pred", "p", "--target", "y", "--missing", "omit", "--nan", "omit")
    assert losses(rows) == [1.0, None, 4.0, None]
    assert [row["status"] for row in rows] == [None, "omitted", None, "omitted"]


@pytest.mark.parametrize("format", FORMATS)
def test_where_every_sample_has_a_loss_there_is_no_status(format):
    assert not any("status" in row for row in table(format, "l1", "t.csv::a", "t.csv::b"))


def test_quiet_and_python_have_nan():
    command = ("cross_entropy", "t.csv::a,b", "t.csv::y", "-s", "-q")
    found = [float(line) for line in compute(*command).out.splitlines()]
    one = losscli.compute("cross_entropy", "t.csv::a,b", "t.csv::y", per_sample=True)
    np.testing.assert_array_equal(found, one.per_sample)
    assert np.isnan(found).tolist() == one.ignored_samples.tolist() == [False, True, False, True]
    assert not one.omitted_samples.any()
    assert np.nanmean(found) == pytest.approx(one.value)


def test_unreduced_values_of_ignored_units_are_those_of_torch():
    units = losscli.compute("cross_entropy", LOGITS, LABELS, reduction="none", per_sample=True)
    assert [x == 0 for x in units.value] == np.isnan(units.per_sample).tolist()


def test_a_sum_over_a_sample_of_ignored_units_is_no_0():
    logits, labels = np.zeros((2, 3, 4)), np.array([[0, 1, 2, -100], [-100] * 4])
    one = losscli.compute("cross_entropy", logits, labels, reduction="sum", per_sample=True)
    np.testing.assert_allclose(one.per_sample, [3 * math.log(3), math.nan])


def test_samples_that_are_cut_into_tiles_are_no_other():
    labels = np.zeros((3, 700_000), np.int64)
    labels[1] = -100
    one = losscli.compute("cross_entropy", np.zeros((3, 2, 700_000)), labels, per_sample=True)
    np.testing.assert_allclose(one.per_sample, [math.log(2), math.nan, math.log(2)])
    assert one.ignored_samples.tolist() == [False, True, False]


# Groups


@pytest.mark.parametrize("format", [f for f in FORMATS if f != "out.npy"])
@pytest.mark.parametrize("more", [[], ["--keep", "y,g"], ["--keep", "g"]], ids=" ".join)
def test_groups_stand_beside_their_samples(format, more):
    rows = table(format, "l1", "t.csv::a", "t.csv::b", "--by", "g", *more)
    names = [row["g"] for row in rows]
    assert names == ["u", "total", "u", "v/w"]
    assert list(rows[0]).count("g") == 1
    assert ("y" in rows[0]) == ("y,g" in more)


def test_the_worst_samples_of_each_group():
    out = compute("l1", "t.csv::a", "t.csv::b", "--by", "g", "--top", "1", "-f", "csv").out
    assert out.splitlines() == [
        "sample,g,pred,target,error,l1",
        "1,total,0.5,3.0,-2.5,2.5",
        "0,u,2.0,-1.0,3.0,3.0",
        "3,v/w,4.0,0.0,4.0,4.0",
    ]


@pytest.mark.parametrize("format", FORMATS[:-1])
def test_what_is_told_of_the_worst_samples_is_the_same_in_every_format(format):
    command = ("cross_entropy", "t.csv::a,b", "t.csv::y", "--keep", "g", "--top", "2")
    if format == "json":
        (one,) = json.loads(compute(*command, "-f", "json").out)["results"]
        rows = [dict(zip(one["told"], row, strict=True)) for row in zip(*one["told"].values(), strict=True)]
    else:
        rows = table(format, *command)
    one = losscli.compute("cross_entropy", LOGITS, LABELS, top=2)
    assert one.told["target"].tolist() == [int(row["target"]) for row in rows] == [1, 0]
    assert one.told["predicted"].tolist() == [int(row["predicted"]) for row in rows]
    np.testing.assert_allclose(one.told["p"], [float(row["p"]) for row in rows], rtol=1e-5)


def test_a_kept_column_may_be_called_like_what_is_told():
    text = Path("t.csv").read_text(encoding="utf-8").replace("y,g\n", "target,pred\n", 1)
    Path("c.csv").write_text(text, encoding="utf-8")
    for format in ("csv", "out.parquet"):
        (row,) = table(format, "l1", "c.csv::a", "c.csv::b", "--keep", "pred,target", "--top", "1")
        assert [*row] == ["sample", "pred", "target", "told_pred", "told_target", "error", "l1"]
        assert (row["pred"], str(row["target"]), row["told_pred"], row["told_target"]) == ("v/w", "-100", 4.0, 0.0)


def test_python_has_the_worst_samples_of_each_group():
    one = losscli.compute("l1", "t.csv::a", "t.csv::b", by="g", top=1, sort="loss")
    assert one.kept["g"].tolist() == [group.names[0] for group in one.groups] == ["v/w", "total", "u"]
    assert one.sample_index.tolist() == [3, 1, 0]
    assert one.to_polars()["pred"].to_list() == one.told["pred"].tolist() == [4.0, 0.5, 2.0]
    assert one.to_dict()["told"]["target"] == [0.0, 3.0, -1.0]


def test_a_group_named_total_is_a_group():
    out = compute("l1", "t.csv::a", "t.csv::b", "--by", "g", "-f", "csv").out
    rows = pl.read_csv(io.StringIO(out)).to_dicts()
    assert [(r["scope"], r["g"], r["samples"]) for r in rows if "total" in (r["scope"], r["g"])] == [
        ("group", "total", 1),
        ("total", None, 4),
    ]


@pytest.mark.parametrize("column", ["loss", "value", "scope", "samples"])
def test_a_column_of_groups_may_be_called_like_any_other(column):
    text = Path("t.csv").read_text(encoding="utf-8").replace("g\n", f"{column}\n", 1)
    Path("c.csv").write_text(text, encoding="utf-8")
    out = compute("l1", "c.csv::a", "c.csv::b", "--by", column, "-f", "csv").out
    header = out.splitlines()[0].split(",")
    assert f"group_{column}" in header
    assert len(set(header)) == len(header)


@pytest.mark.parametrize("arguments", [["--by", "g"], ["--keep", "g", "-s"]], ids=lambda x: x[0])
def test_a_line_break_in_a_name_keeps_a_markdown_table_whole(arguments):
    lines = compute("mse", "q.parquet", "--pred", "p", "--target", "y", *arguments, "-f", "markdown").out.splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert any("two<br>lines" in line for line in lines)


@pytest.mark.parametrize("format", ["csv", "json", "markdown", "table"])
def test_escapes_in_data_act_on_no_terminal_and_are_data_in_a_pipe(format):
    command = ("mse", "q.parquet", "--pred", "p", "--target", "y", "--keep", "g", "-s", "-f", format)
    assert "\x1b[31m" not in compute(*command, terminal=True).out
    assert ("\x1b[31mred" in compute(*command).out) == (format == "csv")
    quiet = compute(*command[:-2], "-q", terminal=True).out
    assert "\x1b" not in quiet
    assert "\t1.0\n" in quiet


def test_a_notebook_shows_the_worst_samples():
    worst = losscli.compute("l1", "t.csv::a", "t.csv::b", top=2, by="g")._repr_html_()
    assert worst.count("<table>") == 3
    assert "<td>-2.5</td>" in worst
    assert losscli.compute("l1", "t.csv::a", "t.csv::b", per_sample=True)._repr_html_().count("<table>") == 1


@pytest.mark.parametrize("more", [["--top", "2"], ["--head", "2"], ["--top", "1", "--by", "g"]], ids=" ".join)
def test_a_few_samples_may_go_to_documents(more):
    command = ("l1", "t.csv::a", "t.csv::b", *more)
    compute(*command, "-o", "few.json")
    compute(*command, "-o", "few.md")
    assert json.loads(Path("few.json").read_text()) == json.loads(compute(*command, "-f", "json").out)
    assert Path("few.md").read_text() == compute(*command, "-f", "markdown").out

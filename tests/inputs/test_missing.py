"""Values that are not there: an error, or left out of every input alike."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from frames import FORMATS, MIXES, put
from shell import cli, compute, document, refused, result

import losscli

pytestmark = pytest.mark.usefixtures("folder")


def holes(first, second):
    """Rows 1, 2 and 4 miss something; 2 misses both."""
    p = pl.DataFrame({"p": [1.0, None, None, 4.0, 5.0, 6.0], "g": ["a", "a", "b", "b", "b", "a"]})
    y = pl.DataFrame({"k": list("uvwxyz"), "y": [0.5, 0.5, None, 0.5, None, 0.5]})
    return put(f"p.{first}", p) + "::p", put(f"y.{second}", y) + "::y"


@pytest.mark.parametrize("format", FORMATS)
def test_missing_values_are_refused_with_count_and_place(format, reader):
    p, _ = holes(format, format)
    error, hint = refused(cli("compute", "l1", p, p))
    place = "line 3, column 'p'" if format == "csv" else "row 1, column 'p'"
    assert f"p.{format}: 2 values are missing, the first at {place} (an empty cell)." in error
    assert "--missing omit" in hint


@pytest.mark.parametrize(("first", "second"), MIXES)
def test_missing_values_are_left_out_of_every_input_and_counted_once(first, second, reader):
    found = document("l1,mse", *holes(first, second), "--missing", "omit", "-s")
    for one, wanted in zip(found["results"], ([0.5, 3.5, 5.5], [0.25, 12.25, 30.25]), strict=True):
        assert (one["samples"], one["omitted"], one["denominator"]) == (3, 3, 3)
        assert one["numerator"] == sum(wanted)
        left = [x for x in one["per_sample"] if x is not None]
        assert left == wanted
        assert one["status"] == [None, "omitted", "omitted", None, "omitted", None]
        assert "missing=omit" in one["signature"]


def test_what_is_missing_is_shown_as_omitted(reader):
    lines = compute("l1", *holes("csv", "csv"), "--missing", "omit", "--keep", "k").out.splitlines()
    assert [line.split() for line in lines[-6:]] == [
        ["0", "u", "0.5"], ["1", "v", "omitted"], ["2", "w", "omitted"], ["3", "x", "3.5"], ["4", "y", "omitted"],
        ["5", "z", "5.5"],
    ]  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_missing_values_and_nan_are_left_out_together(format, reader):
    frame = pl.DataFrame({"p": [1.0, math.nan, None, 4.0, math.nan], "y": [0.0, 0.0, 0.0, None, None]})
    t = put(f"t.{format}", frame)
    one = result("l1", f"{t}::p", f"{t}::y", "--missing", "omit", "--nan", "omit")
    assert (one["value"], one["samples"], one["omitted"]) == (1.0, 1, 4)
    error, _ = refused(cli("compute", "l1", f"{t}::p", f"{t}::y", "--missing", "omit"))
    assert "NaN" in error


@pytest.mark.parametrize("format", FORMATS)
def test_a_missing_word_is_a_missing_label(format, reader):
    put("p.csv", pl.DataFrame({"cat": [1.0, 2.0, 0.5], "dog": [2.0, 0.0, 1.5]}))
    y = put(f"y.{format}", pl.DataFrame({"k": [1, 2, 3], "label": ["dog", None, "cat"]}))
    error, _ = refused(cli("compute", "ce", "p.csv", f"{y}::label"))
    assert "missing" in error
    one = result("ce", "p.csv", f"{y}::label", "--missing", "omit")
    wanted = losscli.compute("ce", [[1.0, 2.0], [0.5, 1.5]], [1, 0])
    assert (one["value"], one["samples"], one["omitted"]) == (wanted.value, 2, 1)


@pytest.mark.parametrize("format", FORMATS)
def test_a_missing_class_index_is_left_out(format, reader):
    put("p.csv", pl.DataFrame({"cat": [1.0, 2.0, 0.5], "dog": [2.0, 0.0, 1.5]}))
    y = put(f"y.{format}", pl.DataFrame({"k": [1, 2, 3], "label": [1, None, 0]}))
    one = result("ce", "p.csv", f"{y}::label", "--missing", "omit")
    wanted = losscli.compute("ce", [[1.0, 2.0], [0.5, 1.5]], [1, 0])
    assert (one["value"], one["samples"], one["omitted"]) == (wanted.value, 2, 1)


def test_nothing_left_is_an_error(reader):
    t = put("t.csv", pl.DataFrame({"p": [None, 1.0], "y": [1.0, None]}))
    refused(cli("compute", "l1", f"{t}::p", f"{t}::y", "--missing", "omit"))


@pytest.mark.parametrize("format", FORMATS)
def test_leaving_out_what_is_not_there_changes_no_bit(format, reader):
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

"""Columns of lists and fixed-size arrays are axes, in every format that has them and in blocks."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shell import cli, compute, refused

from losscli.errors import DataError, SourceError
from losscli.inputs.files import open_source
from losscli.knobs.options import ReadOptions

KINDS = ["parquet", "arrow", "ndjson"]
every_kind = pytest.mark.parametrize("kind", KINDS)


pytestmark = pytest.mark.usefixtures("folder")


def write(kind, frame, stem="x"):
    path = f"{stem}.{kind}"
    {"parquet": frame.write_parquet, "arrow": frame.write_ipc, "ndjson": frame.write_ndjson}[kind](path)
    return path


def column(array, fixed=False):
    """An array as a column whose rows are lists."""
    kind = pl.Float64
    for length in reversed(array.shape[1:]):
        kind = pl.Array(kind, length) if fixed else pl.List(kind)
    return pl.Series(array.tolist(), dtype=kind)


@every_kind
@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("shape", [(5, 1), (5, 3), (5, 3, 2), (4, 2, 3, 2), (1, 7)])
def test_lists_are_axes(kind, fixed, shape):
    values = np.random.default_rng(0).standard_normal(shape)
    source = open_source(write(kind, pl.DataFrame({"logits": column(values, fixed), "y": 1})) + "::logits")
    assert source.row_shape == shape[1:]
    assert source.columns == ("logits",)
    assert np.array_equal(source.read_all(), values)


@every_kind
@pytest.mark.parametrize("loss", ["cross_entropy", "mse,l1"])
@pytest.mark.parametrize("shape", [(500, 3), (300, 3, 4)])
def test_lists_give_the_bits_of_an_array(kind, loss, shape, small_blocks):
    rng = np.random.default_rng(1)
    logits, other = rng.standard_normal((2, *shape))
    labels = rng.integers(0, 3, (shape[0], *shape[2:]))
    np.save("logits.npy", logits)
    target = labels if loss == "cross_entropy" else other
    np.save("y.npy", target)
    lists = pl.Series(target.tolist())
    path = write(kind, pl.DataFrame({"id": range(shape[0]), "logits": column(logits), "y": lists}))
    wanted = compute(loss, "logits.npy", "y.npy", "-q", "--strict").out
    assert compute(loss, path, "--pred", "logits", "--target", "y", "-q").out == wanted
    assert compute(loss, f"{path}::logits", "y.npy", "-q").out == wanted


@every_kind
@pytest.mark.parametrize("how", ["shards", "on"])
def test_lists_in_shards_and_joined(kind, how):
    logits = np.random.default_rng(2).standard_normal((40, 3))
    frame = pl.DataFrame({"k": [f"k{i}" for i in range(40)], "logits": column(logits), "y": [i % 3 for i in range(40)]})
    wanted = float(compute("cross_entropy", write(kind, frame), "--pred", "logits", "--target", "y", "-q").out)
    if how == "on":
        write(kind, frame.reverse().select("k", "y"), "y")
        arguments = [f"x.{kind}::logits", f"y.{kind}::y", "--on", "k"]
    else:
        Path("p").mkdir()
        for i in range(4):
            write(kind, frame.slice(10 * i, 10), f"p/{i}")
        arguments = ["p::logits", f"x.{kind}::y"]
    assert float(compute("cross_entropy", *arguments, "-q").out) == pytest.approx(wanted, rel=1e-14)


@every_kind
@pytest.mark.parametrize(
    ("rows", "at", "found", "before"),
    [([[1.0, 2], [3, 4], [5]], 2, 1, 2), ([[[1.0, 2]], [[3, 4, 5]]], 1, 3, 2), ([[[1.0], [2]], [[3]]], 1, 1, 2),
     ([None, [1.0, 2], [3]], 2, 1, 2), ([[1.0], []], 1, 0, 1)],
)  # fmt: skip
def test_rows_of_other_lengths_are_refused_by_name(kind, rows, at, found, before):
    path = write(kind, pl.DataFrame({"x": rows}))
    with pytest.raises(SourceError) as caught:
        open_source(f"{path}::x", ReadOptions(missing="omit")).read_all()
    place = f"line {at + 1}" if kind == "ndjson" else f"row {at}"
    assert f"{place}, column 'x' holds {found} values, the rows before it {before}" in caught.value.message


@every_kind
@pytest.mark.parametrize("row", [None, [1.0, None]])
def test_a_null_in_a_list_is_a_missing_value(kind, row):
    path = write(kind, pl.DataFrame({"x": [[1.0, 2.0], row, [3.0, 4.0]]}))
    with pytest.raises(DataError, match=r"a value is missing at (row 1|line 2), column 'x'"):
        open_source(f"{path}::x").read_all()
    source = open_source(f"{path}::x", ReadOptions(missing="omit"))
    assert source.read_all()[[0, 2]].tolist() == [[1, 2], [3, 4]]
    assert source.missing(0, 3).tolist() == [False, True, False]


@every_kind
def test_a_bad_value_in_a_list_is_named_by_its_place(kind):
    path = write(kind, pl.DataFrame({"x": [[0.1, 0.2, 0.3], [0.4, -5, 0.6]], "y": [[1, 0, 1], [0, 1, 0]]}))
    error, _ = refused(cli("compute", "bce", path, "--pred", "x", "--target", "y"))
    assert f"{'line 2' if kind == 'ndjson' else 'row 1'}, column 'x', index [1]" in error


@every_kind
def test_a_list_column_is_chosen_alone(kind):
    path = write(kind, pl.DataFrame({"x": [[1.0, 2.0]], "y": [1.0]}))
    for select in ("", "::x,y"):
        error, hint = refused(cli("compute", "mse", path + select, path))
        assert "column 'x' holds lists" in error
        assert f"{path}::x" in hint


@every_kind
def test_lists_are_kept_as_text_and_are_no_groups_or_keys(kind):
    frame = pl.DataFrame({"x": [[1, 2], [3, None]], "t": [["a"], ["b"]], "p": [1.0, 2.0]})
    path = write(kind, frame)
    out = compute("mse", path, "--pred", "p", "--target", "p", "--keep", "x,t", "-s", "-f", "csv").out
    assert '"[1, 2]",[a]' in out
    assert '"[3, null]",[b]' in out
    assert "name no groups" in refused(cli("compute", "mse", path, "--pred", "p", "--target", "p", "--by", "x"))[0]
    write("parquet", frame, "other")
    assert "cannot be a key" in refused(cli("compute", "mse", f"{path}::p", "other.parquet::p", "--on", "x"))[0]


@every_kind
def test_objects_are_kept_as_text(kind):
    path = write(kind, pl.DataFrame({"o": [{"k": 1}, {"k": 2}], "p": [1.0, 2.0]}))
    out = compute("mse", path, "--pred", "p", "--target", "p", "--keep", "o", "-s", "-f", "json").out
    assert r"{\"k\":1}" in out


@pytest.mark.parametrize("option", ["--on", "--by", "--keep"])
def test_bytes_are_taken_for_text_where_they_are_text(option):
    columns = ("--pred", "p", "--target", "p", option, "b", *["-s"] * (option == "--keep"))
    path = write("parquet", pl.DataFrame({"b": [b"ab", b"cd"], "p": [1.0, 2.0]}))
    compute("mse", path, *columns)
    write("parquet", pl.DataFrame({"b": [b"ab", b"\xff"], "p": [1.0, 2.0]}))
    files = [f"{path}::p", "other.parquet::p", "--on", "b"]
    write("parquet", pl.DataFrame({"b": [b"ab", b"cd"], "p": [1.0, 2.0]}), "other")
    error, _ = refused(cli("compute", "mse", *(files if option == "--on" else (path, *columns))))
    assert "invalid utf8" in error


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=3), st.integers(0, 4), st.data())
def test_any_nesting_is_the_array_it_was_made_from(inner, rows, data):
    values = np.arange(rows * math.prod(inner), dtype=float).reshape(rows, *inner)
    frame = pl.DataFrame({"x": column(values, 0 not in inner and data.draw(st.booleans()))})
    source = open_source(write(data.draw(st.sampled_from(KINDS[:2])), frame) + "::x")
    found = source.read_all()
    if values.size:
        assert np.array_equal(found, values)
    else:
        assert found.size == 0
        assert len(found) == rows


@pytest.mark.parametrize("kind", KINDS[:2])
def test_integer_columns_of_several_types_are_not_rounded(kind):
    big = 2**60 + 1
    frame = pl.DataFrame({"a": [big, 3], "b": [1, 2], "c": [1, 2]})
    path = write(kind, frame.with_columns(pl.col("b").cast(pl.Int32), pl.col("c").cast(pl.UInt64)))
    for select in ("a,b", "a,c", "c,a", "a,b,c"):
        source = open_source(f"{path}::{select}")
        assert source.dtype == np.int64
        assert source.read_all()[0, select.split(",").index("a")] == big
    path = write(kind, pl.DataFrame({"a": [2**63], "b": [1]}, schema={"a": pl.UInt64, "b": pl.Int8}))
    error, _ = refused(cli("compute", "mse", path, path))
    assert "i64" in error

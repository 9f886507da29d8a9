"""Columns kept beside the losses of samples, in every format."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from frames import FORMATS, put
from shell import cli, compute, csv_rows, refused, result

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(params=FORMATS)
def captioned(request, reader):
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
    found = csv_rows(compute("l1", *captioned, *more, "-f", "csv").out)
    assert [int(row["sample"]) for row in found] == list(index)
    assert [row["id"] for row in found] == [IDS[i] for i in index]
    assert [row["text"] for row in found] == [TEXTS[i] for i in index]
    assert [float(row["l1"]) for row in found] == [VALUES[i] for i in index]
    one = result("l1", *captioned, *more)
    assert one["kept"] == {"id": [IDS[i] for i in index], "text": [TEXTS[i] for i in index]}
    assert one["per_sample"] == [VALUES[i] for i in index]
    assert one.get("sample_index", list(range(7))) == list(index)


def test_columns_are_kept_in_tables(captioned):
    for more, index in (([], range(7)), (["--top", "2"], WORST[:2]), (["--head", "2"], range(2))):
        lines = compute("l1", *captioned, *more).out.splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("sample"))
        worst = "--top" in more
        told = ["pred", "target", "error"] if worst else []
        assert lines[at].split() == ["sample", "id", "text", *told, "l1"]
        shown = [line for line in lines[at + 2 :] if "⋮" not in line]
        for line, i in zip(shown, index, strict=True):
            value = f"{VALUES[i]:g}"
            figures = [value, "0", value, value] if worst else [value]
            assert line.rstrip("█▏▎▍▌▋▊▉").split() == [str(i), IDS[i], *TEXTS[i].split(), *figures]


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
    told = ["pred", "target", "error"] if "--top" in more else []
    assert found.columns == ["sample", "id", "text", *told, "l1", "mse"]
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

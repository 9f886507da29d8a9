"""JSON lines: an object a row of what CSV has, the same on standard output and in a file."""

from __future__ import annotations

import csv
import io
import json

import polars
import pytest
from shell import compute, write

PRED, TARGET = "id,a,b\n7,1,2\n8,3,NA\n9,4,1\n", "id,a,b\n7,1,3\n8,3,3\n9,2,1\n"
REQUESTS = {
    "reduced": ["mse,l1"],
    "samples": ["mse,l1", "-s"],
    "kept": ["mse", "-s", "--keep", "id"],
    "worst": ["mse", "--top", "2"],
    "groups": ["l1,mse", "--by", "id"],
    "unreduced": ["mse", "-r", "none", "--missing", "error"],
}


@pytest.fixture
def files(tmp_path):
    return write(tmp_path, p=PRED, t=TARGET)


def _request(name, files):
    """A call; unreduced values have no sample that is left out."""
    loss, *options = REQUESTS[name]
    if name == "unreduced":
        files[0].write_text(PRED.replace("NA", "5"))
        return [loss, *files, *options]
    return [loss, *files, "--missing", "omit", *options]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_line_holds_what_a_row_of_csv_holds(name, files):
    request = _request(name, files)
    lines = [json.loads(line) for line in compute(*request, "-f", "jsonl").out.splitlines()]
    rows = list(csv.DictReader(io.StringIO(compute(*request, "-f", "csv").out)))
    assert len(lines) == len(rows) > 0
    for line, row in zip(lines, rows, strict=True):
        assert list(line) == list(row)
        assert {key: "" if cell is None else str(cell) for key, cell in line.items()} == row


@pytest.mark.parametrize("name", REQUESTS)
def test_a_file_holds_what_standard_output_gets(name, files, tmp_path):
    request = _request(name, files)
    compute(*request, "-o", tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == compute(*request, "-f", "jsonl").out


def test_numbers_that_json_has_not_are_words():
    out = compute("mse", "nan,1", "1,1", "--nan", "propagate", "-s", "-f", "jsonl").out
    assert [json.loads(line)["mse"] for line in out.splitlines()] == ["NaN", 0.0]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_unreduced_columns_are_called_as_in_the_table(files, tmp_path, suffix):
    files[0].write_text(PRED.replace("NA", "5"))
    out = tmp_path / f"out{suffix}"
    read = {".csv": polars.read_csv, ".jsonl": polars.read_ndjson, ".parquet": polars.read_parquet}[suffix]
    compute("mse", *files, "-r", "none", "-o", out)
    assert read(out).to_dict(as_series=False) == {"a": [0.0, 0.0, 4.0], "b": [1.0, 4.0, 0.0]}
    compute("mse,l1", *files, "-r", "none", "-o", out)
    assert read(out).columns == ["mse_a", "mse_b", "l1_a", "l1_b"]


def test_unreduced_columns_without_names_are_counted(tmp_path):
    p, t = write(tmp_path, p="1,2\n3,4\n", t="1,2\n3,5\n")
    assert compute("mse", p, t, "-r", "none", "-f", "csv").out.splitlines()[0] == "mse_0,mse_1"

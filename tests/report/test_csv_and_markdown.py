"""CSV and Markdown: tables that other programs read."""

from __future__ import annotations

import re

import numpy as np
import pytest
from shell import cli, compute, csv_rows, document, refused

pytestmark = pytest.mark.usefixtures("files")


def test_csv_reads_back_to_the_same_floats():
    found = csv_rows(compute("mse,l1", "p.csv", "t.csv", "-f", "csv").out)
    wanted = document("mse,l1", "p.csv", "t.csv")["results"]
    assert [row["loss"] for row in found] == ["mse", "l1"]
    for row, one in zip(found, wanted, strict=True):
        assert set(row) == set(one) - {"params"}
        assert float(row["value"]) == one["value"]
        assert float(row["numerator"]) == one["numerator"]
        assert int(row["denominator"]) == one["denominator"]
        assert row["signature"] == one["signature"]


def test_csv_per_sample_has_a_column_a_loss():
    found = csv_rows(compute("mse,l1", "p.csv", "t.csv", "-s", "-f", "csv").out)
    wanted = document("mse,l1", "p.csv", "t.csv", "-s")["results"]
    assert [int(row["sample"]) for row in found] == list(range(12))
    for one in wanted:
        assert [float(row[one["loss"]]) for row in found] == one["per_sample"]


def test_csv_unreduced_matrix_has_a_column_each():
    found = csv_rows(compute("mse", "m.csv", "z.csv", "-r", "none", "-f", "csv").out)
    assert list(found[0]) == ["mse_0", "mse_1"]
    assert [[float(x) for x in row.values()] for row in found] == [[1, 4], [9, 16], [25, 36]]


def test_csv_output_is_a_losscli_input():
    compute("mse", "m.csv", "z.csv", "-r", "none", "-o", "out.csv")
    assert compute("mse", "out.csv", "out.csv", "-q").out == "0.0\n"


def test_unreduced_values_with_three_axes_are_no_table(tmp_path):
    np.save("cube.npy", np.zeros((2, 3, 4)))
    error, hint = refused(cli("compute", "mse", "cube.npy", "cube.npy", "-r", "none", "-f", "csv"))
    assert "(2, 3, 4)" in error
    assert ".npy" in hint


def test_markdown_is_a_table():
    lines = compute("mse,l1", "p.csv", "t.csv", "-f", "markdown").out.splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len({len(row) for row in cells}) == 1
    assert all(re.fullmatch(r"-+:?", cell) for cell in cells[1])
    assert [row[0] for row in cells] == ["loss", "---", "mse", "l1"]
    value = document("mse", "p.csv", "t.csv")["results"][0]["value"]
    assert cells[2][cells[0].index("value")] == f"{value:.6g}"


def test_markdown_shows_what_was_left_out():
    assert "omitted" in compute("l1", "odd.csv", "three.csv", "--nan", "omit", "-f", "markdown").out


def test_markdown_per_sample_has_a_row_a_sample():
    assert len(compute("mse", "p.csv", "t.csv", "-s", "-f", "markdown").out.splitlines()) == 2 + 12

"""Inputs of as many rows pair row by row; of others, both are named with their counts."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from blocks import SMALL
from shell import cli, mse, refused

pytestmark = pytest.mark.usefixtures("folder")


KINDS = ["npy", "lean", "scanned", "parquet"]
LENGTHS = [(1, 2), (SMALL - 1, SMALL), (SMALL, SMALL + 1), (SMALL - 1, SMALL + 1), (SMALL, 2 * SMALL),
           (2 * SMALL, 2 * SMALL + 1), (2 * SMALL - 1, 2 * SMALL), (1, 3 * SMALL)]  # fmt: skip


def _rows(kind, stem, rows):
    values = np.arange(rows) + 0.5
    if kind == "npy":
        np.save(f"{stem}.npy", values)
        return f"{stem}.npy"
    if kind == "parquet":
        pl.DataFrame({"x": values}).write_parquet(f"{stem}.parquet")
        return f"{stem}.parquet"
    # What is packed this way is never read whole, however small it is.
    suffix, packed = (".csv", "uncompressed") if kind == "lean" else (".csv.zst", "zstd")
    pl.DataFrame({"x": values}).write_csv(f"{stem}{suffix}", compression=packed)
    return f"{stem}{suffix}"


@pytest.mark.parametrize("lengths", [pair for a, b in LENGTHS for pair in ((a, b), (b, a))], ids=str)
@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("pred", KINDS)
def test_unequal_counts_name_both_files_and_counts(pred, target, lengths, small_blocks):
    names = [_rows(kind, stem, n) for kind, stem, n in zip((pred, target), "pt", lengths, strict=True)]
    for how in ([], ["-s", "-o", "out.csv"]):
        error, hint = refused(cli("compute", "mse", *names, *how))
        assert f"{names[0]} has {lengths[0]} rows" in error
        assert f"{names[1]} has {lengths[1]}" in error
        assert ("header" in hint) == (abs(lengths[0] - lengths[1]) == 1)
    assert sorted(map(str, Path().iterdir())) == sorted(names)


@pytest.mark.parametrize("rows", [1, SMALL - 1, SMALL, SMALL + 1, 2 * SMALL])
@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("pred", KINDS)
def test_equal_counts_pair_row_by_row(pred, target, rows, small_blocks):
    names = [_rows(kind, stem, rows) for kind, stem in zip((pred, target), "pt", strict=True)]
    assert mse(*names) == float(0).hex()


@pytest.mark.parametrize("kinds", [*itertools.product(["npy", "scanned"], repeat=2)], ids="-".join)
def test_unequal_counts_beside_unreduced_values_leave_no_file(kinds, small_blocks):
    names = [_rows(kind, stem, n) for kind, stem, n in zip(kinds, "pt", (2 * SMALL, 2 * SMALL + 1), strict=True)]
    error, _ = refused(cli("compute", "mse", *names, "-r", "none", "-o", "out.npy"))
    assert f"{names[1]} has {2 * SMALL + 1}" in error
    assert sorted(map(str, Path().iterdir())) == sorted(names)

"""Tables to read: the same frame as a file of one format or another."""

from __future__ import annotations

import numpy as np
import polars as pl

FORMATS = ("csv", "parquet")
MIXES = [(a, b) for a in FORMATS for b in FORMATS]


def put(name: str, frame: pl.DataFrame) -> str:
    """Write a table as its name says."""
    frame.write_csv(name) if name.endswith(".csv") else frame.write_parquet(name)
    return name


def shuffled(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Its rows in another order."""
    return frame[np.random.default_rng(seed).permutation(len(frame)).tolist()]

"""Frames of pandas and polars, as tables whose columns inputs name."""

from __future__ import annotations

from typing import Any

import polars as pl

from losscli.data.frames.table import FrameTable
from losscli.data.frames.typed import frame_table
from losscli.errors import DataError
from losscli.knobs.options import ReadOptions


def table_of(name: str, frame: Any, options: ReadOptions) -> FrameTable:
    """A frame as a table; its index is none of its columns.

    Raises:
        DataError: A column holds what no table can.
    """
    if isinstance(frame, pl.LazyFrame):
        return frame_table(name, "polars", frame, None, options)
    if not isinstance(frame, pl.DataFrame):
        frame = _of_pandas(name, frame)
    return frame_table(name, "frame", frame.lazy(), len(frame), options)


def _of_pandas(name: str, frame: Any) -> pl.DataFrame:
    # Column by column: polars' own way asks for pyarrow.
    columns = {}
    for column in frame.columns:
        series = frame[column]
        values = series.to_numpy()
        if values.dtype.kind not in "biuf":
            missing = series.isna().to_numpy()
            values = [None if gone else x for x, gone in zip(series.tolist(), missing.tolist(), strict=True)]
        try:
            made = pl.Series(str(column), values, strict=False)
            if made.dtype == pl.Object and series.dtype != object:  # intervals and periods: pandas has words for them
                made = pl.Series(str(column), [x if x is None else str(x) for x in values])
            columns[str(column)] = made
        except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
            reason = str(error).partition("\n")[0]
            raise DataError(f"{name}: column {column!r} cannot be read ({reason}).") from error
    return pl.DataFrame(columns)

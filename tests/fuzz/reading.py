"""A file as losscli reads it, and what is wrong with that beside another reader's numbers."""

from __future__ import annotations

import contextlib
import io
from typing import Any, NamedTuple

import numpy as np

from losscli.data.source import Source
from losscli.errors import LossCLIError
from losscli.inputs.files import open_source
from losscli.knobs.options import ReadOptions


class Read(NamedTuple):
    """What came of a file: an array, or the sentence by which it was refused."""

    values: np.ndarray | None
    refused: str = ""

    @property
    def shown(self) -> str:
        """Short, for the line that tells of a failure."""
        if self.values is None:
            return f"refused ({self.refused})"
        return f"{self.values.dtype}{self.values.shape} {' '.join(map(repr, self.values.ravel()[:8].tolist()))}"

    def same(self, other: np.ndarray) -> bool:
        """Whether it is the other array, to the sign of a zero."""
        mine = self.values
        if mine is None or mine.shape != other.shape:
            return False
        with np.errstate(all="ignore"):
            equal = np.array_equal(mine, other, equal_nan=mine.dtype.kind == "f" and other.dtype.kind == "f")
            return bool(equal and np.array_equal(np.signbit(_floats(mine)), np.signbit(_floats(other))))


def _floats(values: np.ndarray) -> np.ndarray:
    # The sign of a NaN is not a number's.
    return np.nan_to_num(values, nan=0.0) if values.dtype.kind == "f" else np.zeros(values.shape)


def read(text: str, **options: Any) -> Read:
    """What losscli makes of ``PATH`` or ``PATH::SELECT``; rows that were left out are not in it."""
    with contextlib.redirect_stderr(io.StringIO()) as heard:
        try:
            found = Read(_values(open_source(text, ReadOptions(**options))))
        except LossCLIError as error:
            found = Read(None, error.message)
    if heard.getvalue():
        raise AssertionError(f"written to standard error: {heard.getvalue()}")
    return found


def _values(source: Source) -> np.ndarray:
    try:
        values = np.array(source.read_all())
        missing = source.missing(0, len(values)) if values.ndim else None
        return values if missing is None else values[~missing]
    finally:
        source.close()

"""Numbers in place of a file: ``1,2,0.5``."""

from __future__ import annotations

import os
from typing import Any

from losscli.errors import DataError, SourceError


def inline(text: str) -> Any:
    """The array an inline list (``1,2,0.5``) stands for, or None where the text is none or a file's name."""
    import numpy as np

    try:
        numbers = [float(cell) for cell in text.split(",")]
    except ValueError:
        return None
    if "_" in text or not text.isascii() or os.path.exists(text):  # numbers to float(), and to no file that is read
        return None
    return _whole(text) if max(map(abs, numbers)) >= 2.0**53 else np.array(numbers)


def _whole(text: str) -> Any:
    """Numbers of which some are large: kept as whole ones, where all are, so that none is rounded unseen."""
    import numpy as np

    try:
        return np.array([int(cell) for cell in text.split(",")], np.int64)
    except (ValueError, OverflowError):
        return np.array([float(cell) for cell in text.split(",")])


def read_array(text: str) -> Any:
    """An array from an inline list or a file.

    Raises:
        SourceError: It is neither.
    """
    numbers = inline(text)
    if numbers is not None:
        return numbers
    from losscli.inputs.files import open_source

    try:
        source = open_source(text)
    except SourceError as error:
        raise SourceError(error.message, error.hint or "give a file, or numbers as 1,2,0.5") from error
    try:
        array = source.read_all()
        return array[0] if array.ndim == 2 and len(array) == 1 else array  # a file of one row is a list
    finally:
        source.close()


def as_array(given: Any, role: str) -> Any:
    """What was given in Python as an array.

    Raises:
        DataError: It is none, or hides values behind a mask.
    """
    import sys

    import numpy as np

    if "numpy.ma" in sys.modules and np.ma.is_masked(given):  # whose import is a tenth of a small run
        raise DataError(f"{role}: is a masked array with masked values.", "fill them with NaN, and use nan='omit'.")
    try:
        array = np.asarray(_of_pandas(_of_torch(given)))
    except Exception as error:  # each library behind __array__ raises its own
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise DataError(f"{role}: is not an array of numbers ({reason}).") from error
    if array.ndim == 0 and array.dtype == object:
        raise DataError(f"{role}: {type(given).__name__} is no array of numbers.", _TAKEN)
    return array


_TAKEN = "lists, arrays, tensors, frames and paths of files are taken; a generator by list(), a LazyFrame by collect()."


def _of_pandas(given: Any) -> Any:
    """Columns of numbers of pandas, of which NA is NaN; anything else as it is."""
    if type(given).__module__.partition(".")[0] != "pandas" or not hasattr(given, "dtypes"):
        return given
    dtypes = [given.dtypes] if given.ndim == 1 else list(given.dtypes)
    nullable = any(hasattr(dtype, "na_value") for dtype in dtypes)
    if not nullable or not all(dtype.kind in "biuf" for dtype in dtypes) or not given.isna().to_numpy().any():
        return given
    return given.to_numpy("float64", na_value=float("nan"))


def _of_torch(given: Any) -> Any:
    """A tensor, or each of a list, as NumPy can take it, whatever its gradient and device; anything else as it is."""
    if isinstance(given, list | tuple):
        return [_of_torch(one) for one in given] if given and hasattr(given[0], "detach") else given
    if type(given).__module__.partition(".")[0] != "torch" or not hasattr(given, "detach"):
        return given
    narrow = str(given.dtype).startswith(("torch.bfloat16", "torch.float8", "torch.float4"))  # which NumPy lacks
    return (given.float() if narrow else given).numpy(force=True)

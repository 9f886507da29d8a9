"""What tells machines apart on which the same library gives other last digits: a hash of its functions' values.

NumPy and torch choose code by what a processor can do, and exp, log and the like differ by a rounding between these
choices. Names of processor features would not do: they change with the libraries' versions.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from losscli.backends.base import Backend

FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "exp": lambda xp, x: xp.exp(x),
    "expm1": lambda xp, x: xp.expm1(-x),
    "log": lambda xp, x: xp.log(x),
    "log1p": lambda xp, x: xp.log1p(x),
    "pow": lambda xp, x: x**1.7,
    "logaddexp": lambda xp, x: xp.logaddexp(x, 2.0 - x),
    "cos": lambda xp, x: xp.cos(x),
    "sin": lambda xp, x: xp.sin(x),
    "tanh": lambda xp, x: xp.tanh(x),
    "atan": lambda xp, x: xp.atan(x),
    "atan2": lambda xp, x: xp.atan2(x, 2.0 - x),
    "matmul": lambda xp, x: xp.matmul(xp.reshape(x, (16, -1)), xp.matrix_transpose(xp.reshape(x, (16, -1)))),
}
"""What is not rounded alike everywhere, by its name in the array API: all that a kernel may call of the kind.

Sums, products, quotients and roots are: IEEE 754 leaves no choice, and no dot product is asked to add in some order.
"""

_COUNT = 1024
"""Numbers that each is tried on: of those next to one another, one in a hundred differs where the code does."""


@cache
def fingerprint(kind: type[Backend], device: str, dtype: str) -> str:
    """Eight hexadecimal digits that are equal where a backend's functions have the same values to the last bit.

    NumPy's in float64 are always among them: whatever the backend, predictions are converted and means are finished
    with them.
    """
    import numpy as np

    numbers = np.arange(1, _COUNT + 1) * (4.0 / _COUNT)
    backend = kind(device, dtype)
    code = _hashed(np, numbers, np.asarray, 0)
    with backend.running(), backend.block():
        return f"{_hashed(backend.xp, backend.array(numbers), backend.numpy, code):08x}"


def _hashed(xp: Any, numbers: Any, host: Callable[[Any], Any], code: int) -> int:
    for function in FUNCTIONS.values():
        code = zlib.crc32(host(function(xp, numbers)).tobytes(), code)
    return code

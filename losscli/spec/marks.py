"""Values of parameters that data suggest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from losscli.records import NamedTuple


class Mark(NamedTuple):
    """The value of a parameter that data suggest: so many times the median over the units of an array."""

    times: float
    of: Callable[..., Any]

    @property
    def why(self) -> str:
        """How it is made, and what it is good for."""
        return " ".join((self.of.__doc__ or "").split())

"""The numpy backend that stops at overflow instead of carrying on with inf."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from losscli.backends.base import Status
from losscli.backends.numpy import NumpyBackend
from losscli.errors import BackendError


class CheckedBackend(NumpyBackend):
    """NumPy with floating-point overflow made an error."""

    name = "numpy_checked"

    @classmethod
    def status(cls) -> Status:
        """NumPy's own version and device."""
        return NumpyBackend.status()

    @contextmanager
    def block(self) -> Iterator[None]:
        """Raise on overflow, around all of a thread's work."""
        with self.xp.errstate(over="raise", divide="ignore", invalid="ignore", under="ignore"):
            try:
                yield
            except FloatingPointError as error:
                raise BackendError(f"numpy_checked: {error}.", "-b numpy carries on with inf.") from error

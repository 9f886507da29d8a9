"""What fails in a plug-in's code is told as its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from losscli.errors import BackendError, LossCLIError
from losscli.spec.loss import Loss


@contextmanager
def blaming_plug_in(loss: Loss, what: str) -> Iterator[None]:
    """Make what fails inside an error that names the plug-in, if the loss is of one.

    Args:
        loss: Whose code runs inside.
        what: What of it.

    Raises:
        BackendError: It failed.
    """
    try:
        yield
    except Exception as error:
        if loss.origin == "losscli" or isinstance(error, LossCLIError):
            raise
        cause = f"{type(error).__name__}: {error}"
        raise BackendError(f"{loss.name}: {what} from plug-in {loss.origin} failed ({cause}).") from error

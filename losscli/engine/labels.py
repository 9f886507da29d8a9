"""Labels of a block as every class counts: from 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from losscli.engine.plan import Bound, Job


def class_labels(job: Job, bound: Bound, raw: NDArray[Any], base: int) -> NDArray[np.int64]:
    """Labels counted from 0, and -1 for those that are ignored.

    Args:
        job: The loss.
        bound: Its input of labels.
        raw: A block of them, as the file has them.
        base: The number of the first class, as it was told.
    """
    labels = raw.astype(np.int64)
    base = 0 if bound.source is not None and bound.source.coded else base
    ignored = job.parameters.get(bound.kind.ignorable) if bound.kind.ignorable else None
    return labels - base if ignored is None else np.where(labels == ignored, -1, labels - base)

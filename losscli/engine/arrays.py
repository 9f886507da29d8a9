"""The inputs of a block, looked at and put on the backend, in storage that a thread uses again for the next block."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from numpy.typing import NDArray

from losscli.backends.base import Backend
from losscli.engine.plan import Bound, Plan
from losscli.engine.prepare import Running
from losscli.engine.rows import Block


class Arrays:
    """Makes the arrays that kernels see; called from several threads."""

    def __init__(self, plan: Plan, backend: Backend) -> None:
        self._plan, self._backend = plan, backend
        self._local = threading.local()
        uses = Counter(b.number for job in plan.jobs for b in job.inputs)
        # What one kernel writes over may be no other's input, and no second input of its own.
        self._shared = {number for number, count in uses.items() if count > 1}

    def of(self, running: Running, bound: Bound, block: Block) -> Any:
        """One input of a loss in this block; None if it was left out.

        Raises:
            Violation: It holds what its loss cannot take.
        """
        name, kind = bound.role.name, bound.kind
        if not bound.streamed:
            return running.constants.get(name)
        values = rows_of(bound, block)
        if kind.dtype == "label":
            return self._backend.labels(running.inspectors[name].labels(values))
        running.inspectors[name].look(values)
        key = (bound.number, kind.classes_first, kind.picked)
        if key not in block.arrays:
            storage = self._storage(key, (self._plan.block_rows, *bound.row_shape))
            array = self._backend.array(values, storage, kind.classes_first, kind.picked)
            spare = storage is not None and bound.number not in self._shared
            block.arrays[key] = array if spare else self._backend.kept(array)
        return block.arrays[key]

    def _storage(self, key: tuple[int, bool, bool], shape: tuple[int, ...]) -> Any:
        kept: dict[tuple[int, bool, bool], Any] = self._local.__dict__.setdefault("kept", {})
        if key not in kept:
            kept[key] = self._backend.buffer(shape)
        return kept[key]


def rows_of(bound: Bound, block: Block) -> NDArray[Any]:
    """The rows of a streamed input that are used, as the file has them, in the shape that its loss sees."""
    values = block.raw[bound.number]
    if values.shape[1:] != bound.row_shape:
        values = values.reshape(len(values), *bound.row_shape)
    return block.used(values)

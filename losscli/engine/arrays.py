"""The inputs of a block, looked at and put on the backend, in storage that a thread uses again for the next block."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from losscli.backends.base import Backend
from losscli.engine.checks import NOT_LOOKED, Seen
from losscli.engine.plan import Bound, Plan
from losscli.engine.rows import Block

if TYPE_CHECKING:
    from losscli.engine.prepare import PreparedJob


class Arrays:
    """Makes the arrays that kernels see; called from several threads.

    Args:
        plan: What is read.
        backend: Where the arrays are to be.
        again: Whether they are needed after the kernel, which then may write over none.
    """

    def __init__(self, plan: Plan, backend: Backend, again: bool = False) -> None:
        self._plan, self._backend = plan, backend
        self._local = threading.local()
        uses = Counter(b.number for job in plan.jobs for b in job.inputs)
        # What one kernel writes over may be no other's input, and no second input of its own.
        self._shared = {number for number, count in uses.items() if count > 1 or again}

    def of(self, job: PreparedJob, bound: Bound, block: Block) -> tuple[Any, Seen]:
        """One input of a loss in this block, None if it was left out; and what it looks like.

        Raises:
            Violation: It holds what its loss cannot take.
        """
        name, kind = bound.role.name, bound.kind
        if not bound.streamed:
            return job.constants.get(name), NOT_LOOKED
        values, inspector = block.of(bound), job.inspectors[name]
        if kind.dtype != "real":
            return self._seen(bound, self._backend.labels(inspector.whole(values))), inspector.look_at_labels(values)
        seen = inspector.look(values)
        key = (bound.number, kind.classes_first, kind.picked)
        if key not in block.arrays:
            storage = None if block.apart else self._storage(key, (self._plan.block_rows, *bound.row_shape))
            array = self._backend.array(values, storage, kind.classes_first, kind.picked)
            spare = storage is not None and bound.number not in self._shared
            block.arrays[key] = array if spare else self._backend.kept(array)
        array = block.arrays[key]
        if kind.space == "logits" and job.job.temperature != 1.0:
            array = array / job.job.temperature
        return self._seen(bound, array), seen

    def _seen(self, bound: Bound, array: Any) -> Any:
        """An array as its loss declares it: blocks have the samples along axis 0."""
        return self._backend.xp.moveaxis(array, 0, bound.axis) if bound.axis else array

    def _storage(self, key: tuple[int, bool, bool], shape: tuple[int, ...]) -> Any:
        kept: dict[tuple[int, bool, bool], Any] = self._local.__dict__.setdefault("kept", {})
        if key not in kept:
            kept[key] = self._backend.buffer(shape)
        return kept[key]

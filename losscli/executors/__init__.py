"""Ways to get blocks computed: in order or in threads, with the same bits.

An executor is a function of a :class:`Task`. It calls ``compute`` with every item where it likes, hands each part to
``deliver`` in the process it was called in, and returns the parts merged in the order of their items. Of several errors
it raises the earliest item's. It knows nothing of losses: items, parts and ``compute`` are picklable, so they may as
well go to another machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from losscli.records import NamedTuple

_AT_ONCE = 64
"""Parts that are merged at a time: few enough that they take no memory worth speaking of."""


class Task(NamedTuple):
    """Work that falls into items which do not depend on one another.

    Attributes:
        compute: Makes a part of an item; a pure function.
        deliver: Called with each part once, from any thread; returns what is left of it to merge.
        merge: Makes one part of parts that follow one another.
        items: What there is to do, in order.
        session: A context that each thread enters around all it computes; picklable as well.
        whole: Whether a part holds all of its item; after one that does not, nothing comes.
    """

    compute: Callable[[Any], Any]
    deliver: Callable[[Any], Any]
    merge: Callable[[Sequence[Any]], Any]
    items: Iterable[Any]
    session: Callable[[], AbstractContextManager[object]]
    whole: Callable[[Any, Any], bool]


class Gathered:
    """Parts that come in any order, merged in the order of their items as soon as those before them are there."""

    def __init__(self, merge: Callable[[Sequence[Any]], Any]) -> None:
        self._merge = merge
        self._early: dict[int, Any] = {}
        self._ready: list[Any] = []
        self._next = 0

    def put(self, index: int, part: Any) -> None:
        """Take the part of an item, from one thread at a time."""
        self._early[index] = part
        while (ready := self._early.pop(self._next, None)) is not None:
            self._ready.append(ready)
            self._next += 1
        if len(self._ready) >= _AT_ONCE:
            self._ready = [self._merge(self._ready)]

    def merged(self) -> Any:
        """All parts as one, once each was put."""
        return self._merge(self._ready)

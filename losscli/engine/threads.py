"""The blocks of a run shared out among threads: each takes the next one when it is done with its last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def in_threads(
    work: Callable[[Item], Made],
    items: Sequence[Item],
    threads: int,
    session: Callable[[], AbstractContextManager[object]],
) -> list[Made]:
    """What ``work`` makes of each item, in the order of the items.

    The calling thread is one of the threads, so an interrupt reaches the work. After an error nothing more is
    begun, and the error of the earliest item is raised: the same one for any number of threads.

    Args:
        work: Called with each item once, from any thread.
        items: What there is to do, begun in this order.
        threads: How many threads work.
        session: A context each thread enters around all of its work.
    """
    made: list[Made | None] = [None] * len(items)
    errors: dict[int, BaseException] = {}
    upcoming, lock = iter(range(len(items))), threading.Lock()

    def take() -> int | None:
        with lock:
            return None if errors else next(upcoming, None)

    def labour() -> None:
        index = None
        try:
            with session():
                while (index := take()) is not None:
                    made[index] = work(items[index])
        except BaseException as error:  # every thread's error is the caller's
            errors[len(items) if index is None else index] = error

    helpers = [threading.Thread(target=labour, daemon=True) for _ in range(min(threads, len(items)) - 1)]
    for helper in helpers:
        helper.start()
    labour()
    try:
        _join(helpers)
    except BaseException as interrupt:
        errors[-1] = interrupt
        _join(helpers)
    if errors:
        raise errors[min(errors)]
    return made  # type: ignore[return-value]  # every item was done


def _join(helpers: list[threading.Thread]) -> None:
    for helper in helpers:
        helper.join()

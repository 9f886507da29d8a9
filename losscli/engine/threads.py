"""The blocks of a run shared out among threads: each takes the next one when it is done with its last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

_FIRST = -1
"""Where an error stands that belongs to no item: before all of them."""


def in_threads(
    work: Callable[[Item], Made],
    items: Sequence[Item],
    threads: int,
    session: Callable[[], AbstractContextManager[object]],
) -> list[Made]:
    """What ``work`` makes of each item, in the order of the items.

    The calling thread is one of the threads, so an interrupt reaches the work. After an error nothing more is
    begun, and the error of the earliest item is raised: the same one for any number of threads. An interrupt goes
    before every error.

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
        except Exception as error:
            errors[_FIRST if index is None else index] = error
        except BaseException as interrupt:
            errors[_FIRST] = interrupt

    helpers: list[threading.Thread] = []
    try:
        _start(helpers, labour, min(threads, len(items)) - 1)
        labour()
        _join(helpers)
    except BaseException as interrupt:  # between two items, or while the helpers finish theirs
        errors[_FIRST] = interrupt
        _join(helpers)
    if errors:
        raise errors[min(errors)]
    return made  # type: ignore[return-value]  # every item was done


def _start(helpers: list[threading.Thread], labour: Callable[[], None], count: int) -> None:
    with suppress(RuntimeError):  # the system gives no more threads: those there are do it all
        for _ in range(count):
            helper = threading.Thread(target=labour, daemon=True)
            helper.start()
            helpers.append(helper)


def _join(helpers: list[threading.Thread]) -> None:
    for helper in helpers:
        helper.join()

"""Items shared out among threads: each takes the next one when it is done with its last."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from losscli.executors import Gathered, Task

_FIRST = -1
"""Where an error stands that belongs to no item: before all of them."""


def in_threads(task: Task, threads: int) -> Any:
    """What the items of a task come to, with so many threads at work.

    The calling thread is one of them, so an interrupt reaches the work. After an error nothing more is begun, and the
    error of the earliest item is raised: the same one for any number of threads. An interrupt goes before every error.
    """
    items, gathered = list(task.items), Gathered(task.merge)
    errors: dict[int, BaseException] = {}
    upcoming, lock = iter(range(len(items))), threading.Lock()

    def take() -> int | None:
        with lock:
            return None if errors else next(upcoming, None)

    def labour() -> None:
        index = None
        try:
            with task.session():
                while (index := take()) is not None:
                    part = task.deliver(task.compute(items[index]))
                    with lock:
                        gathered.put(index, part)
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
    return gathered.merged()


def _start(helpers: list[threading.Thread], labour: Callable[[], None], count: int) -> None:
    with suppress(RuntimeError):  # the system gives no more threads: those there are do it all
        for _ in range(count):
            helper = threading.Thread(target=labour, daemon=True)
            helper.start()
            helpers.append(helper)


def _join(helpers: list[threading.Thread]) -> None:
    for helper in helpers:
        helper.join()

"""One item after the other: for streams, which their readers' own threads fill meanwhile, and for writers of rows."""

from __future__ import annotations

from typing import Any

from losscli.executors import Gathered, Task


def in_order(task: Task) -> Any:
    """What the items of a task come to, each begun when the one before it was delivered."""
    gathered = Gathered(task.merge)
    with task.session():
        for index, item in enumerate(task.items):
            part = task.deliver(task.compute(item))
            gathered.put(index, part)
            if not task.whole(item, part):
                break
    return gathered.merged()

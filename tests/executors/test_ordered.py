"""One item after the other, and parts merged in the order of their items whatever the order they come in."""

from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from losscli.executors import Gathered, Task
from losscli.executors.ordered import in_order


def merge(parts):
    return [x for part in parts for x in part]


def test_each_is_delivered_before_the_next_is_begun():
    told = []

    def noted(what, i, made):
        told.append((what, i))
        return made

    compute, deliver = (lambda i: noted("computed", i, [i])), (lambda part: noted("delivered", part[0], part))
    assert in_order(Task(compute, deliver, merge, range(3), nullcontext, lambda *_: True)) == [0, 1, 2]
    assert told == [(what, i) for i in range(3) for what in ("computed", "delivered")]


@pytest.mark.parametrize("end", [0, 1, 5])
def test_nothing_is_begun_after_what_is_not_whole(end):
    begun = []
    task = Task(lambda i: begun.append(i) or [i], lambda p: p, merge, range(10**12), nullcontext, lambda i, _: i != end)
    assert in_order(task) == begun == list(range(end + 1))


@given(st.permutations(range(200)))
def test_parts_are_merged_in_the_order_of_their_items(order):
    gathered = Gathered(merge)
    for index in order:
        gathered.put(index, [index])
    assert gathered.merged() == list(range(200))


def test_parts_are_merged_as_they_come():
    sizes = []
    gathered = Gathered(lambda parts: sizes.append(len(parts)) or sum(parts))
    for index in range(10_000):
        gathered.put(index, 1)
    assert gathered.merged() == 10_000
    assert max(sizes) <= 64

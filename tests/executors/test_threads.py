"""Sharing out work: each item once, in order at the end, and the earliest error whatever the threads."""

import threading
import time
from contextlib import contextmanager, nullcontext

import pytest

from losscli.executors import Task
from losscli.executors.threads import in_threads

THREADS = [1, 2, 5]


def shared(work, items, threads, session=nullcontext):
    """What threads make of each item, in a list."""

    def merge(parts):
        return [x for part in parts for x in part]

    task = Task(lambda item: [work(item)], lambda part: part, merge, items, session, lambda *_: True)
    return in_threads(task, threads)


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_each_item_once_and_in_order(threads, count):
    seen = []
    made = shared(lambda i: seen.append(i) or -i, range(count), threads)
    assert made == [-i for i in range(count)]
    assert sorted(seen) == list(range(count))


def test_threads_work_at_the_same_time():
    together = threading.Barrier(3, timeout=30)
    assert len({*shared(lambda _: (together.wait(), threading.get_ident())[1], range(3), 3)}) == 3


@pytest.mark.parametrize("threads", THREADS)
def test_the_calling_thread_is_one_of_them(threads):
    all_there = threading.Barrier(threads, timeout=30)
    at_work = {*shared(lambda _: (all_there.wait(), threading.get_ident())[1], range(threads), threads)}
    assert threading.get_ident() in at_work
    assert len(at_work) == threads


@pytest.mark.parametrize("threads", THREADS)
def test_the_earliest_error_is_raised_and_nothing_is_begun_after_it(threads):
    begun = []

    def work(i):
        begun.append(i)
        if i in (3, 4, 5):
            time.sleep(0.02 * (5 - i))  # the earliest fails last
            raise ValueError(i)
        time.sleep(0.01)

    with pytest.raises(ValueError, match="3"):
        shared(work, range(1000), threads)
    assert len(begun) < 500


def test_an_interrupt_waits_for_what_was_begun():
    done = []

    def work(i):
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        time.sleep(0.05)
        done.append(i)

    with pytest.raises(KeyboardInterrupt):
        shared(work, range(100), 2)
    finished = len(done)
    time.sleep(0.15)
    assert len(done) == finished <= 1


@pytest.mark.parametrize("threads", THREADS)
def test_each_thread_has_a_session_around_all_its_work(threads):
    entered, all_there = [], threading.Barrier(threads, timeout=30)

    @contextmanager
    def session():
        entered.append(threading.get_ident())
        all_there.wait()
        yield

    at_work = {*shared(lambda _: threading.get_ident(), range(50), threads, session)}
    assert at_work <= {*entered}
    assert len(entered) == threads


def test_a_session_that_cannot_begin_is_an_error():
    @contextmanager
    def session():
        raise OSError("no session")
        yield

    with pytest.raises(OSError, match="no session"):
        shared(lambda i: i, range(3), 2, session)


def test_fewer_threads_than_asked_for_do_all_the_work(monkeypatch):
    started = []
    start = threading.Thread.start

    def limited(thread):
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    assert shared(lambda i: -i, range(200), 8) == [-i for i in range(200)]
    assert len(started) == 2
    assert not any(thread.is_alive() for thread in started)


def test_an_interrupt_while_threads_start_stops_those_there_are(monkeypatch):
    started, done = [], []
    start = threading.Thread.start

    def interrupted(thread):
        if started:
            raise KeyboardInterrupt
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        shared(lambda i: done.append(i) or time.sleep(0.02), range(1000), 8)
    assert len(done) < 10
    assert not started[0].is_alive()


def test_an_interrupt_goes_before_every_error():
    both = threading.Barrier(2, timeout=30)

    def work(i):
        both.wait()
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        raise ValueError(i)

    with pytest.raises(KeyboardInterrupt):
        shared(work, range(2), 2)

"""Every loss, drawn from its declaration: its plan, blocks and partials are pickled, and its bits stay."""

import pickle

import numpy as np
import pytest
from blocks import blocks_of
from drawing import cases
from hypothesis import given
from hypothesis import strategies as st

import losscli
from losscli import losses
from losscli.executors import threads

LOSSES = [pytest.param(one, id=one.name) for one in losses.built_in()]


def copy(x):
    """What arrives of something that is sent."""
    return pickle.loads(pickle.dumps(x))


def travelling(grouping):
    """An executor that sends all there is to send, and merges parts two by two in some order."""

    def executor(task, _):
        compute, session = copy((task.compute, task.session))
        with session():
            parts = [task.deliver(copy(compute(copy(item)))) for item in task.items]
        while len(parts) > 1:
            at = grouping.randrange(len(parts) - 1)
            parts[at : at + 2] = [copy(task.merge(copy(parts[at : at + 2])))]
        return task.merge(parts)

    return executor


def told(name, given, reduction):
    """All that a result tells, or the error; floats read back as they are."""
    try:
        result = losscli.compute(name, reduction=reduction, per_sample=True, threads=1, **given)
    except losscli.LossCLIError as refused:
        return str(refused)
    with np.printoptions(threshold=10**6, floatmode="unique"):
        return repr(result)


@pytest.mark.parametrize("one", LOSSES)
@given(data=st.data())
def test_what_travels_is_what_stays(one, data):
    case, grouping = data.draw(cases(one, least=2)), data.draw(st.randoms(use_true_random=False))
    reduction = data.draw(st.sampled_from(one.reductions))
    with blocks_of(4):
        here = told(one.name, case.given, reduction)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(threads, "in_threads", travelling(grouping))
            assert told(one.name, case.given, reduction) == here

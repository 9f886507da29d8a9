"""The plain kernel of a loss, which reads as its formula, beside what is computed with."""

from types import CodeType, FunctionType

import numpy as np
import pytest
import torch
from drawing import cases
from hypothesis import given, settings
from hypothesis import strategies as st

import losscli
from losscli import losses
from losscli.spec import in_place
from losscli.spec.calls import names

ALL = losses.built_in()
LOSSES = [pytest.param(one, id=one.name) for one in ALL]


@pytest.mark.parametrize("one", LOSSES)
@given(data=st.data())
def test_the_plain_function_gives_the_units_that_are_computed_with(one, data):
    # Where a loss has a tuned kernel, it is that which computes here: the two are held together.
    case = data.draw(cases(one))
    with np.errstate(all="ignore"):
        found = np.asarray(one(*(case.inputs.get(role.name) for role in one.inputs), **case.parameters))
    reduction = "none" if "none" in one.reductions else one.reductions[0]
    result = losscli.compute(one.name, reduction=reduction, **case.given)
    if reduction == "none":
        np.testing.assert_allclose(found.reshape(np.shape(result.value)), result.value, rtol=1e-11, atol=1e-12)
    else:
        np.testing.assert_allclose(found.sum(), result.numerator, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("one", LOSSES)
@settings(max_examples=10)
@given(data=st.data())
def test_the_plain_function_takes_tensors_of_torch(one, data):
    case = data.draw(cases(one))
    inputs = [case.inputs.get(role.name) for role in one.inputs]
    parameters = {p.name: case.parameters[p.name] for p in one.parameters if p.name in case.parameters}
    with np.errstate(all="ignore"):
        expected = np.asarray(one(*inputs, **parameters))
    found = one(*(x if x is None else torch.as_tensor(x) for x in inputs), **dict(map(_tensor, parameters.items())))
    assert isinstance(found, torch.Tensor)
    found = found.numpy()
    if "none" not in one.reductions:  # equal times, say, have no order
        found, expected = np.sort(found, axis=None), np.sort(expected, axis=None)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


def _tensor(parameter):
    name, value = parameter
    return name, torch.as_tensor(value) if isinstance(value, np.ndarray) else value


def calls(function):
    """Every function of this package that one calls, itself or by way of others."""
    found, left = set(), [function]
    while left:
        here = left.pop()
        found.add(here)
        names = [here.__code__, *(c for c in here.__code__.co_consts if isinstance(c, CodeType))]
        named = [here.__globals__.get(name) for code in names for name in code.co_names]
        own = (f for f in named if isinstance(f, FunctionType) and f.__module__.startswith("losscli."))
        left += [f for f in own if f not in found]
    return found


@pytest.mark.parametrize("one", LOSSES)
def test_formulas_have_no_thought_of_memory(one):
    # The array that a formula is computed in is nobody's business but that of a tuned kernel.
    for what, function in {"kernel": one.kernel, **one.hooks}.items():
        written = [f.__name__ for f in calls(function) if f.__module__ == in_place.__name__]
        assert what == "tuned" or not written, what


def test_the_look_into_kernels_sees_what_is_called_by_way_of_others():
    assert in_place.over in calls(losses.find("huber").hooks["tuned"])
    assert in_place.norm_of_spent in calls(losses.find("triplet_margin").hooks["tuned"])


@pytest.mark.parametrize("one", LOSSES)
def test_companions_name_what_there_is(one):
    own = {"xp", "samples", *one.argument_names}
    prepared = {one.hooks["prepare"].__name__} if "prepare" in one.hooks else set()
    more = {
        "finish": {"statistic"},
        "value": {"mean", "total"},
        "refuse": {"shapes"},
        "floor": {"classes"},
        "classes": {"shapes"},
        "doubt": {"mean"},
        "constant": {"mean", "quantile", "counts", "best"},
        "gradient": {"back"},
        "slope": {"mean", "total"},
    }
    more["native"] = {"functional"}
    for what, function in {"kernel": one.kernel, **one.hooks}.items():
        assert set(names(function)) <= own | prepared | more.get(what, set()), what
    assert prepared <= set(names(one.kernel))
    assert ("slope" in one.hooks) == ("value" in one.hooks and "gradient" in one.hooks)  # a gradient needs both

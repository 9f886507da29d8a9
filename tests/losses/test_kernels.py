"""The plain kernel of a loss, which reads as its formula, beside what is computed with."""

import numpy as np
import pytest
from drawing import cases
from hypothesis import given
from hypothesis import strategies as st

import losscli
from losscli import losses
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
def test_companions_name_what_there_is(one):
    own = {"xp", "samples", *one.argument_names}
    prepared = {one.hooks["prepare"].__name__} if "prepare" in one.hooks else set()
    more = {
        "finish": {"statistic"},
        "value": {"mean", "total"},
        "refuse": {"shapes"},
        "floor": {"classes"},
        "doubt": {"mean"},
        "gradient": {"back"},
        "slope": {"mean", "total"},
    }
    more["native"] = {"functional"}
    for what, function in {"kernel": one.kernel, **one.hooks}.items():
        assert set(names(function)) <= own | prepared | more.get(what, set()), what
    assert prepared <= set(names(one.kernel))
    assert ("slope" in one.hooks) == ("value" in one.hooks and "gradient" in one.hooks)  # a gradient needs both

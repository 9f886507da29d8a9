"""Explanations: of every loss the step for ℓ is the number that compute has, and the rest adds up."""

from __future__ import annotations

import math

import numpy as np
import pytest
from drawing import Case, cases, rows_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import losscli
from losscli import losses

BY_SAMPLE = [one for one in losses.built_in() if one.by_sample or not one.whole]
EVERY = [pytest.param(one, id=one.name) for one in BY_SAMPLE]
TOLD = [pytest.param(one, id=one.name) for one in BY_SAMPLE if "steps" in one.hooks]


def per_sample(case: Case) -> losscli.Result:
    try:
        return losscli.compute(case.loss.name, **case.given, per_sample=True)
    except losscli.LossCLIError:
        assume(False)
        raise


def bits(x: float | None) -> str:
    return "none" if x is None else float(x).hex()


def value_in(one) -> float | None:
    return next((step.value for step in one.steps if step.name == "ℓ"), None)


@pytest.mark.parametrize("one", EVERY)
@settings(max_examples=12)
@given(data=st.data())
def test_value_is_that_of_compute_to_the_last_bit(one, data):
    case = data.draw(cases(one))
    computed = per_sample(case)
    last = len(computed.per_sample) - 1
    number = data.draw(st.integers(0, last))
    explained = losscli.explain(one.name, **case.given, sample=number)
    (found,) = explained.samples
    ignored = bool(computed.ignored_samples[number])
    assert found.status == ("ignored" if ignored else "counted")
    if ignored:
        assert (found.value, found.steps, found.rank) == (None, (), None)
        return
    assert bits(found.value) == bits(computed.per_sample[number])
    assert bits(value_in(found)) == bits(found.value)
    assert bits(explained.result.value) == bits(computed.value)
    if not math.isnan(found.value):
        losses_of = computed.per_sample
        before = np.count_nonzero(losses_of[:number] == found.value)
        assert found.rank == 1 + np.count_nonzero(losses_of > found.value) + before
    assert explained.ranked == np.count_nonzero(~computed.ignored_samples)


@pytest.mark.parametrize("one", TOLD)
@settings(max_examples=60)
@given(data=st.data())
def test_own_steps_come_to_the_value_of_the_kernel(one, data):
    case = data.draw(cases(one, smooth=data.draw(st.booleans())))
    computed = per_sample(case)
    number = data.draw(st.integers(0, len(computed.per_sample) - 1))
    (found,) = losscli.explain(one.name, **case.given, sample=number).samples
    assume(found.worked is not None)
    engine = next(s.value for s in found.steps if s.name.startswith("ℓ") and "before" not in s.name)
    assert found.worked == pytest.approx(engine, rel=1e-9, abs=1e-9 * scale_of(case), nan_ok=True)


def scale_of(case: Case) -> float:
    """How large the numbers are that a loss subtracts."""
    return max(1.0, *(float(np.abs(x[np.isfinite(x)]).max(initial=0)) for x in case.inputs.values()))


@pytest.mark.parametrize("one", EVERY)
@settings(max_examples=6)
@given(data=st.data())
def test_contributions_add_up_to_the_loss_and_gradients_are_those_of_grad(one, data):
    case = data.draw(cases(one, smooth=True, least=2))
    computed = per_sample(case)
    assume(computed.denominator and math.isfinite(computed.numerator))
    numbers = range(len(computed.per_sample))
    explained = losscli.explain(one.name, **case.given, sample=list(numbers))
    mean = computed.numerator / computed.denominator
    told = [s.contribution for s in explained.samples if s.contribution is not None]
    assert math.fsum(told) == pytest.approx(mean, rel=1e-9, abs=1e-12)
    first = explained.samples[0]
    if first.gradients and len(numbers) == rows_of(case):
        whole = losscli.grad(one.name, **case.given)
        for name, gradient in first.gradients.items():
            mine = np.take(whole[name].array, 0, axis=next(r.axis for r in one.inputs if r.name == name))
            np.testing.assert_allclose(gradient, mine, rtol=1e-9, atol=1e-15)

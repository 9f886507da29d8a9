"""Sliders: every value is one that the parameter takes, the default is among them, and a step there is undone back."""

from __future__ import annotations

import math

import pytest

from losscli import losses
from losscli.spec.kinds import Choice, Interval
from losscli.spec.loss import Parameter
from losscli.tui.scale import scale_of

EVERY = [pytest.param(one, p, id=f"{one.name}-{p.name}") for one in losses.built_in() for p in one.parameters]


@pytest.mark.parametrize(("one", "p"), EVERY)
def test_values_are_those_that_the_parameter_takes(one, p):
    scale = scale_of(p)
    if scale is None:
        assert p.type == "array"
        return
    assert len(scale.values) == len(set(scale.values)) >= 2
    if isinstance(p.domain, Interval):
        assert all(value in p.domain and math.isfinite(value) for value in scale.values)
        assert list(scale.values) == sorted(scale.values)
    elif isinstance(p.domain, Choice):
        assert set(scale.values) == set(p.domain.options)
    assert p.default is None or p.default in scale.values


@pytest.mark.parametrize(("one", "p"), [x for x in EVERY if x.values[1].type != "array"])
def test_a_step_there_and_back_is_none(one, p):
    scale = scale_of(p)
    for value in scale.values[1:-1]:
        assert scale.moved(scale.moved(value, 1), -1) == value
        assert scale.at(scale.part(value)) == value
    assert scale.moved(scale.values[0], -1) == scale.values[0]
    assert scale.moved(scale.values[-1], 1) == scale.values[-1]


def _positive(low=0.0, closed=False, default=2.0):
    return Parameter("p", "float", Interval(low, math.inf, closed, False), default, "")


def test_a_positive_parameter_goes_by_factors_from_a_hundredth_to_a_thousand_times_its_default():
    scale = scale_of(_positive())
    assert (scale.values[0], scale.values[-1], len(scale.values)) == (0.02, 2000.0, 41)
    factors = [b / a for a, b in zip(scale.values, scale.values[1:], strict=False)]
    assert max(factors) / min(factors) < 1.01
    assert scale_of(_positive(closed=True)).values[:2] == (0.0, 0.02)


def test_the_unit_goes_from_end_to_end_without_an_end_that_is_no_value():
    unit = scale_of(Parameter("p", "float", Interval(0.0, 1.0), 0.0, ""))
    assert (unit.values[0], unit.values[1], unit.values[-1], len(unit.values)) == (0.0, 0.025, 1.0, 41)
    inside = scale_of(Parameter("p", "float", Interval(0.0, 1.0, False, False), 0.5, ""))
    assert (inside.values[0], inside.values[-1]) == (0.025, 0.975)


@pytest.mark.parametrize(
    ("value", "steps", "found"), [(1.1, 1, 1.12), (1.1, -1, 0.843), (1.1, 2, 1.5), (1e9, -1, 2000)]
)
def test_a_value_between_two_comes_to_the_next(value, steps, found):
    assert scale_of(_positive()).moved(value, steps) == found


def test_from_no_value_one_comes_onto_the_scale():
    scale = scale_of(_positive(default=None))
    assert scale.default is None
    assert scale.moved(None, 1) in scale.values

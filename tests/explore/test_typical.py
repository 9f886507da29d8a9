"""What a sample's number would have to be for its loss to be the median: put there, it is."""

from __future__ import annotations

import contextlib
import importlib
import math

import numpy as np
import pytest
from drawing import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

import losscli
from losscli import losses
from losscli.explore.typical import crossing
from losscli.spec.kinds import ANY, Interval

explain = importlib.import_module("losscli.explore.explain")
TOLD = [pytest.param(one, id=one.name) for one in losses.built_in() if not one.whole and "gradient" in one.hooks]


def note(one):
    return next((note for note in one.notes if str(note[0]).startswith("The median loss")), None)


def test_the_logit_of_the_design(sample_data):
    files = sample_data / "digits_logits.csv", sample_data / "digits_target.csv"
    (one,) = losscli.explain("cross_entropy", *files, sample=661).samples
    logits, every = one.inputs["pred"], losscli.compute("cross_entropy", *files, per_sample=True).per_sample
    median, found = float(np.median(every)), note(one)[3]
    assert found == pytest.approx(7.47672, abs=5e-6)
    # log(1 + e^(s - x)) = m, with s of the other classes
    assert found == pytest.approx(logsumexp(np.delete(logits, 4)) - math.log(math.expm1(median)), rel=1e-12)
    assert note(one)[:3] == ("The median loss, ", median, ", takes x_4 = ")


@pytest.mark.parametrize("number", [60, 61, 65])
def test_an_error_becomes_the_median_on_its_own_side(sample_data, number):
    files = sample_data / "diabetes_pred.csv", sample_data / "diabetes_target.csv"
    (one,) = losscli.explain("mse", *files, sample=number).samples
    errors = np.abs(np.subtract(*(np.loadtxt(file, skiprows=1) for file in files)))
    pred, target = one.inputs["pred"], one.inputs["target"]
    assert note(one)[3] == pytest.approx(target + math.copysign(np.median(errors), pred - target), rel=1e-12)


@pytest.mark.parametrize("one", TOLD)
@settings(max_examples=25)
@given(data=st.data())
def test_put_there_the_sample_has_the_median_loss(one, data):
    case = data.draw(cases(one, smooth=True, least=3))
    moved = None
    with contextlib.suppress(losscli.LossCLIError):  # such as rows of probabilities that add up to 1 no more
        every = losscli.compute(one.name, **case.given, per_sample=True).per_sample
        told = note(losscli.explain(one.name, **case.given, sample=0).samples[0])
        if told is not None:
            moved = losscli.compute(one.name, **with_entry(case, *told[2:4]), per_sample=True).per_sample[0]
    if moved is not None:
        assert told[1] == np.median(every[~np.isnan(every)])
        assert moved == pytest.approx(told[1], rel=1e-6, abs=1e-9)


def with_entry(case, takes, x):
    """What is given, with another number in the first sample."""
    name = takes.removeprefix(", takes ").removesuffix(" = ")
    role = next((r for r in case.loss.inputs if r.name == name), case.loss.inputs[0])
    array = np.array(case.inputs[role.name], float)
    np.moveaxis(array, role.axis, 0)[:1].flat[0 if role.name == name else int(name.rpartition("_")[2])] = x
    return {**case.given, role.name: array}


@pytest.mark.parametrize(
    ("function", "start", "slope", "domain", "found"),
    [
        (lambda x: x * x - 4, 10.0, 20.0, ANY, 2.0),
        (lambda x: x * x - 4, -10.0, -20.0, ANY, -2.0),
        (lambda x: x * x - 4, 0.5, 1.0, ANY, 2.0),
        (lambda x: x * x - 1e-6, 1000.0, 2000.0, ANY, 1e-3),  # a step over both roots comes back
        (lambda x: x * x + 1, 10.0, 20.0, ANY, None),
        (lambda x: max(0.0, x) + 1, 5.0, 1.0, ANY, None),
        (lambda x: x - 0.2, 0.9, 1.0, Interval(0.0, 1.0), 0.2),
        (lambda x: x + 1, 0.9, 1.0, Interval(0.0, 1.0), None),
        (lambda x: math.nan if x < 3 else x - 2, 9.0, 1.0, ANY, None),
        (lambda x: 0.0, 1.0, 1.0, ANY, None),
        (lambda x: 1.0, 1.0, 0.0, ANY, None),
    ],
)
def test_where_a_function_comes_to_nothing(function, start, slope, domain, found):
    assert crossing(function, start, slope, domain) == (None if found is None else pytest.approx(found, rel=1e-9))


def test_nothing_is_said_where_the_median_is_not_known(sample_data, monkeypatch):
    files = sample_data / "diabetes_pred.csv", sample_data / "diabetes_target.csv"
    assert note(losscli.explain("mse", *files, sample=3, rank=False).samples[0]) is None
    assert note(losscli.explain("mse", *files, worst=1).samples[0]) is not None
    monkeypatch.setattr(explain, "KEPT", 100)  # as if these were very many
    assert note(losscli.explain("mse", *files, worst=1).samples[0]) is None
    assert note(losscli.explain("mse", *files, sample=3).samples[0]) is None


def test_the_one_in_the_middle_is_told():
    first, middle = losscli.explain("l1", [1.0, 2.0, 4.0], [0.0, 0.0, 0.0], sample=(0, 1)).samples
    assert middle.notes == (("Its loss is the median of all.",),)
    assert note(first) == ("The median loss, ", 2.0, ", takes pred = ", 2.0, ".")


def test_nothing_is_said_of_a_sample_of_several_units():
    assert note(losscli.explain("mse", [[1.0, 2.0], [3.0, 5.0]], np.zeros((2, 2)), sample=0).samples[0]) is None

"""Samples of a loss that is one number for the whole set: what it would be without them, and whose number it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from blocks import blocks_of
from drawing import rows_of
from hypothesis import assume, given
from hypothesis import strategies as st
from samples import WHOLE, drawn, picked, run
from shell import cli

import losscli
from losscli import losses

NUMBER_FOR_ALL = [one for one in WHOLE if not one.values[0].by_sample]
ERRORS = st.lists(st.integers(-9, 9), min_size=1, max_size=12)


def steps(one):
    return {step.name: step.value for step in one.steps}


def text(one):
    return " ".join("".join(str(part) for part in note) for note in one.notes)


def median(errors, **more):
    return losscli.explain("median_absolute_error", np.asarray(errors, float), np.zeros(np.shape(errors)), **more)


@pytest.mark.parametrize("one", NUMBER_FOR_ALL)
@pytest.mark.parametrize("elements", [4, 1 << 16])
@given(data=st.data())
def test_without_a_sample_it_is_what_the_others_come_to(one, elements, data):
    case = drawn(data, one, whole=True)
    rows = rows_of(case)
    number = data.draw(st.integers(0, rows - 1))
    try:
        with blocks_of(elements):
            explained = losscli.explain(one.name, **case.given, sample=number)
    except losscli.LossCLIError:
        assume(False)
        raise
    (found,) = explained.samples
    told = steps(found)
    assert told["loss"] == explained.result.value or math.isnan(explained.result.value)
    try:
        others = run(picked(case, np.delete(np.arange(rows), number))).value
    except losscli.LossCLIError:
        assert "loss without it" not in told
        return
    assert told["loss without it"] == pytest.approx(others, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    "one", [one for one in losses.built_in() if one.quantile is not None], ids=lambda one: one.name
)
@given(data=st.data())
def test_what_is_declared_a_quantile_is_one_of_what_it_gathers(one, data):
    case = drawn(data, pytest.param(one).values[0], whole=True)
    explained = losscli.explain(one.name, **case.given, sample=list(range(rows_of(case))))
    values = [found.value for found in explained.samples]
    assume(all(value is not None for value in values))
    assert explained.result.value == pytest.approx(np.quantile(values, one.quantile), rel=1e-12)
    assert [found.rank for found in explained.samples] == [
        1 + sum(x > value for x in values) + values[:i].count(value) for i, value in enumerate(values)
    ]


@given(errors=ERRORS, data=st.data())
def test_the_samples_that_it_is_of_are_those_that_move_it(errors, data):
    number = data.draw(st.integers(0, len(errors) - 1))
    (found,) = median(errors, sample=number).samples
    absolute = np.sort(np.abs(errors))
    low, high = absolute[(len(errors) - 1) // 2], absolute[len(errors) // 2]
    if "Beyond its rank" not in text(found):
        assert abs(errors[number]) in (low, high)
        assert "this sample" in text(found)
        return
    assert abs(errors[number]) not in (low, high)
    bound = next(part for part in found.notes[1] if isinstance(part, float))
    farther = bound + data.draw(st.integers(0, 50)) * (1 if "or more" in text(found) else -1)
    moved = np.array(errors, float)
    moved[number] = max(0.0, farther)
    assert np.median(np.abs(moved)) == np.median(np.abs(errors))


def test_it_says_whose_error_the_median_is(folder):
    first, last = median([1, -2, 7], sample=(0, 2)).samples
    assert (
        text(first)
        == "The loss is the error of sample 1. Beyond its rank this error has no part in it: at 2.0 or less the loss is"
        " the same."
    )
    assert "at 2.0 or more the loss is the same" in text(last)
    (own,) = median([1, -2, 7], sample=1).samples
    assert text(own) == "The loss is the error of this sample."
    (between,) = median([1, 2, 4, 9], sample=1).samples
    assert text(between) == "The loss lies between the error of this sample and that of sample 2."
    (tied,) = median([2, 2, -2, 2, 2, 9], sample=4).samples
    assert text(tied) == "The loss is the error of this sample, sample 0, sample 1, 2 more."
    assert median([2, 2, -2, 2, 2, 9], sample=4).result.value == 2


def test_the_worst_have_the_largest_errors(folder):
    found = median([3, -9, 5, 1], worst=2).samples
    assert [(one.number, one.rank, one.value) for one in found] == [(1, 1, 9.0), (2, 2, 5.0)]
    with blocks_of(1):
        assert [one.number for one in median([3, -9, 5, 1], worst=2).samples] == [1, 2]


def test_of_several_units_the_largest_is_told_or_the_one_asked_for():
    errors = [[1.0, 5.0], [2.0, 3.0]]
    (largest,) = median(errors, sample=0).samples
    assert (largest.position, largest.units, largest.value, largest.rank) == ((1,), 2, None, 1)
    (other,) = median(errors, sample=0, at=0).samples
    assert (other.position, other.rank, steps(other)["error[0]"]) == ((0,), 4, 1.0)
    with pytest.raises(losscli.LossCLIError, match="at is 2"):
        median(errors, sample=0, at=2)


def test_what_is_left_out_has_no_part_and_keeps_the_numbers_of_others():
    explained = median([1, np.nan, 7, 3], nan="omit", sample=(1, 3))
    omitted, own = explained.samples
    assert (omitted.status, omitted.steps, omitted.rank) == ("omitted", (), None)
    assert (own.number, own.rank, text(own)) == (3, 2, "The loss is the error of this sample.")


def test_one_sample_alone_and_none_that_is_a_number():
    (alone,) = median([3], sample=0).samples
    assert steps(alone) == {"error": 3.0, "loss": 3.0}
    (none,) = median([np.nan, 1, 2], nan="propagate", sample=0).samples
    assert (none.rank, none.notes) == (None, ())


def test_forms_have_it(folder):
    arguments = ("medae", "1,2,7", "0,0,0", "--sample", 0)
    assert cli("explain", *arguments, "-q").out == "1.0\n"
    assert "0,2,loss,,2.0" in cli("explain", *arguments, "-f", "csv").out
    assert "Beyond its rank" in cli("explain", *arguments, "-f", "json").out


def test_none_is_the_worst_of_a_loss_that_samples_have_no_number_of(sample_data):
    files = sample_data / "diabetes_pred.csv", sample_data / "diabetes_target.csv"
    ran = cli("explain", "concordance", *files, "--worst", 1)
    assert (ran.code, "none is the worst" in ran.err, "--sample 0" in ran.err) == (2, True, True)


def test_a_loss_whose_parameters_make_it_a_mean_has_samples(sample_data):
    files = [str(sample_data / f"masks_{name}.npy") for name in ("pred", "target")]
    (one,) = losscli.explain("dice", *files, sample=3).samples
    assert one.value == losscli.compute("dice", *files, per_sample=True).per_sample[3]
    (all_in_one,) = losscli.explain("dice", *files, sample=3, aggregate="batch").samples
    assert all_in_one.value is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("calibration_error", "digits_logits.csv", "digits_target.csv", "--pred-is", "logits"),
        ("lovasz_softmax", "masks_pred.npy", "masks_labels.npy"),
        ("median_absolute_error", "regression_pred.csv", "regression_target.csv"),
        ("concordance", "diabetes_pred.csv", "diabetes_target.csv"),
    ],
)
def test_a_page_fits_80_columns(arguments, sample_data, monkeypatch):
    monkeypatch.chdir(sample_data)
    ran = cli("explain", *arguments, "--sample", 2)
    assert ran.code == 0
    sentences = ran.out.splitlines()[-2:]  # which a terminal wraps
    assert all(len(line) <= 80 for line in ran.out.splitlines() if line not in sentences)

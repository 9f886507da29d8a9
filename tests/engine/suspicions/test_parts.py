"""A parabola that is never left, or a line that is never: the threshold does nothing."""

from __future__ import annotations

import numpy as np
import pytest
from suspects import codes, the_warning

import losscli

RNG = np.random.default_rng(19)
TARGET = RNG.normal(0, 1, 300)
ERROR = RNG.uniform(0.5, 1, 300) * RNG.choice([-1, 1], 300)


@pytest.mark.parametrize(("loss", "parameter"), [("huber", "delta"), ("smooth_l1", "beta")])
@pytest.mark.parametrize(("value", "word"), [(2.0, "none"), (0.1, "all")])
def test_a_threshold_that_parts_nothing_is_told(loss, parameter, value, word):
    warning = the_warning(loss, TARGET + ERROR, TARGET, **{parameter: value})
    assert warning.code == "L217"
    assert f"{word} of the first 300 errors are in its linear part" in warning.message
    assert f"--{parameter} {value:g} parts nothing" in warning.hint


@pytest.mark.parametrize("loss", ["huber", "smooth_l1"])
def test_a_threshold_between_errors_is_not(loss):
    parameter = {"huber": "delta", "smooth_l1": "beta"}[loss]
    assert codes(loss, TARGET + ERROR, TARGET, **{parameter: 0.7}) == []


def test_few_rows_and_losses_without_a_threshold_tell_nothing():
    assert codes("huber", TARGET[:99] + ERROR[:99], TARGET[:99], delta=2.0) == []
    assert codes("mse", TARGET + ERROR, TARGET) == []


def test_where_the_parts_are_shown_nothing_is_told():
    swept = losscli.sweep("huber", TARGET + ERROR, TARGET, delta="0.1,0.7,2")
    assert [warning.code for row in swept.rows for warning in row.result.warnings] == []


@pytest.mark.parametrize("loss", ["triplet_margin", "triplet_margin_with_distance"])
def test_embeddings_that_collapsed_are_told_by_the_margin(loss):
    same = RNG.normal(size=(20, 4))
    assert codes(loss, same, same, same) == ["L305"]
    assert codes(loss, same, same, RNG.normal(size=(20, 4))) == []

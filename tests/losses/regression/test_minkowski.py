"""What minkowski makes of a total, which is no mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from identities import PAIRS, close, value
from shell import cli

import losscli
from losscli.engine.observers.tiles import Tile, joined
from losscli.engine.plan import BLOCK_ELEMENTS


@given(PAIRS)
def test_order_1_is_the_sum_of_l1(pair):
    close(value("minkowski", *pair, p=1.0), value("l1", *pair, reduction="sum"))


@given(PAIRS, st.sampled_from([1.0, 1.5, 2.0, 3.0]))
def test_the_loss_of_a_sample_is_the_distance_of_its_row(pair, p):
    x, y = (np.stack([half, half * 2]) for half in pair)
    found = losscli.compute("minkowski", x, y, p=p, per_sample=True)
    close(found.per_sample, [value("minkowski", *row, p=p) for row in zip(x, y, strict=True)], rtol=1e-13)


@pytest.mark.parametrize("loss", ["minkowski", "rmse"])
def test_a_sample_larger_than_a_block_has_the_loss_that_it_has_alone(loss):
    x = np.random.default_rng(0).standard_normal((2, 2 * BLOCK_ELEMENTS + 5))
    found = losscli.compute(loss, x, 0 * x, per_sample=True)
    close(found.per_sample, [value(loss, row, 0 * row) for row in x], rtol=1e-13)


def test_a_sample_of_which_nothing_counts_has_neither_total_nor_mean():
    totals, means, _ = joined([Tile([2.0], 1), Tile([0.0], 3)], 2, 3)
    np.testing.assert_equal((totals, means), ([2.0, np.nan], [1.0, np.nan]))


def test_the_table_names_the_sum_and_not_the_fraction():
    assert "from the sum 3 of 2 elements" in cli("compute", "minkowski", "1,2", "2,4", "--p", "1").out


def test_of_nothing_that_counts_there_is_no_distance():
    found = losscli.compute("minkowski", [1.0, 2.0], [2.0, 4.0], sample_weight=[0.0, 0.0])
    assert np.isnan(found.value)
    assert [w.code for w in found.warnings] == ["L301"]


@pytest.mark.parametrize(
    ("error", "p", "told"), [(1e-4, 100, True), (1.0, 100, False), (1e-4, 30, False), (0.0, 2, False)]
)
def test_errors_that_have_no_power_are_told(error, p, told):
    found = losscli.compute("minkowski", [error, 0.0], [0.0, 0.0], p=p)
    assert [(w.code, "errors below 0.00084 come to nothing" in w.message) for w in found.warnings] == [
        ("L305", True)
    ] * told

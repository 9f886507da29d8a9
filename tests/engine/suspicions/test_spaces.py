"""What a prediction is given as: logits, probabilities or their logarithms."""

from __future__ import annotations

import numpy as np
import pytest
from suspects import codes, log_softmax, the_warning

import losscli
from losscli import losses

ALL = losses.built_in()
BINARY = np.array([0, 1, 1, 0, 1.0])


def test_probabilities_for_bce_with_logits_tell_of_bce():
    warning = the_warning("bce_with_logits", [0.1, 0.9, 0.5, 0, 1], BINARY)
    assert warning.code == "L201"
    assert "bce takes probabilities" in warning.hint
    assert "--pred-is probs" in warning.hint
    assert "0.313262" in warning.message


@pytest.mark.parametrize("logits", [[0.5], [0, 1, 1, 0, 0], [0.5, 0.5, 1.5], [0.5, 0.5, -1e-9]])
def test_values_that_may_be_logits_are_no_probabilities(logits):
    assert codes("bce_with_logits", logits, [1.0] * len(logits)) == []


@pytest.mark.parametrize("given", [{"weight": [1.0, 2, 3, 4, 5]}, {"pos_weight": [3.0]}])
def test_a_floor_that_weights_move_is_not_told(given):
    assert "cannot fall below" not in the_warning("bce_with_logits", np.full(5, 0.9), BINARY, **given).message


@pytest.mark.parametrize(("loss", "floor"), [("cross_entropy", 0.551445), ("bce_with_logits", 0.313262)])
def test_no_probabilities_come_below_the_floor_and_certain_ones_reach_it(loss, floor):
    certain = np.eye(3) if loss == "cross_entropy" else np.ones(3)
    target = np.arange(3) if loss == "cross_entropy" else np.ones(3)
    found = losscli.compute(loss, certain, target)
    assert found.value == pytest.approx(floor, abs=1e-6)
    if loss == "cross_entropy":
        assert f"= {floor}" in found.warnings[0].message
        mixed = np.random.default_rng(0).dirichlet(np.ones(3), 500)
        assert all(losscli.compute(loss, mixed[i : i + 1], [0]).value > floor for i in range(100))


def test_who_says_that_values_are_logits_is_believed():
    assert codes("bce_with_logits", [0.1, 0.9, 0.5, 0.0, 1.0], BINARY, pred_is="logits") == []
    assert codes("cross_entropy", np.eye(2), [0, 1], pred_is="logits") == []
    # Converted from probabilities near a half, they lie in [0, 1] as well.
    assert codes("bce_with_logits", [0.6, 0.7, 0.6, 0.7, 0.6], BINARY, pred_is="probs") == []


def test_probabilities_for_nll_are_told_from_logits():
    logits = np.random.default_rng(0).normal(0, 2, (6, 3))
    probabilities, labels = np.exp(log_softmax(logits)), [0, 1, 2, 0, 1, 2]
    assert the_warning("nll", probabilities, labels).hint.startswith("--pred-is probs")
    assert "cross_entropy takes logits" in the_warning("nll", logits, labels).hint
    assert {codes("nll", x, labels)[0] for x in (probabilities, logits)} == {"L202"}


def test_rows_of_log_probabilities_must_be_normalised():
    good = log_softmax(np.random.default_rng(0).normal(0, 2, (50, 4)))
    assert codes("nll", good, np.zeros(50, int)) == []
    assert codes("nll", good.astype(np.float16), np.zeros(50, int)) == []
    assert codes("nll", np.round(good, 2), np.zeros(50, int)) == []
    bad = good.copy()
    bad[7] -= 0.1
    warning = the_warning("nll", bad, np.zeros(50, int))
    assert warning.code == "L204"
    assert "1 of 50 rows" in warning.message
    assert "log_softmax" in warning.hint


def test_padded_rows_of_log_probabilities_do_not_count():
    padded = log_softmax(np.random.default_rng(0).normal(0, 2, (50, 4)))
    padded[20:] = 0.0
    labels = np.where(np.arange(50) < 20, 1, -100)
    assert codes("nll", padded, labels) == []


def test_what_bce_and_dice_are_given_is_told_from_its_range():
    hints = {}
    for loss in ("bce", "dice"):
        for name, given in {"logits": [[0.5, -2.0]], "log-probs": [[-0.5, -2.0]]}.items():
            with pytest.raises(losscli.LossCLIError) as caught:
                losscli.compute(loss, given, [[0.0, 1.0]])
            hints[loss, name] = caught.value.hint
    assert all(f"pred_is={name!r}" in hint for (_, name), hint in hints.items())
    assert "bce_with_logits takes logits" in hints["bce", "logits"]
    assert [pair for pair, hint in hints.items() if "bce" in hint] == [("bce", "logits")]


def test_the_loss_to_take_instead_takes_what_was_given():
    named = [(one, space, other) for one in ALL for space, other in one.instead.items()]
    assert named
    for one, space, other in named:
        assert losses.find(other).inputs[0].kind.space == space != one.inputs[0].kind.space


def test_targets_of_minus_one_and_one_are_recognised():
    with pytest.raises(losscli.LossCLIError) as caught:
        losscli.compute("bce", [0.5, 0.5, 0.1], [-1, 1, -1])
    assert "(y + 1) / 2" in caught.value.hint
    with pytest.raises(losscli.LossCLIError) as caught:
        losscli.compute("bce", [0.5, 0.5, 0.1], [-1, 1, 2])
    assert "(y + 1) / 2" not in caught.value.hint


def test_targets_of_0_and_1_where_signs_are_wanted_are_recognised():
    for labels, told in (([0, 1, 0], "2·y - 1"), ([0, 1, -1], "leave such rows out"), ([2, 1, 1], "it is -1 or 1")):
        with pytest.raises(losscli.LossCLIError) as caught:
            losscli.compute("soft_margin", [0.5, 2.5, -0.1], labels)
        assert "outside {-1, 1}" in caught.value.message
        assert told in caught.value.hint


def test_a_number_between_two_that_are_meant_is_outside():
    signs = np.where(np.arange(1000) % 3, 1.0, -1.0)
    signs[700] = 0.25
    with pytest.raises(losscli.LossCLIError, match=r"1 of 1000 values are outside \{-1, 1\}, the first at row 700"):
        losscli.compute("soft_margin", np.zeros(1000), signs)
    signs[700] = np.nan
    assert losscli.compute("soft_margin", np.zeros(1000), signs, nan="omit").denominator == 999


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    pred = rng.normal(0, 1, 800)
    return pred, pred + 0.4 * rng.normal(0, 1, 800)


@pytest.mark.parametrize("positions", [(), (2,), (2, 3)])
def test_classes_are_found_behind_any_number_of_positions(positions):
    pred = np.full((3, *positions, 4), 0.25)
    found = losscli.compute("multilabel_soft_margin", pred, np.zeros_like(pred))
    assert [one.code for one in found.warnings] == ["L201"]
    assert losscli.compute("multilabel_soft_margin", 0.9 * pred, np.zeros_like(pred)).warnings == ()

"""Prediction and target beside each other: swapped, in another order, one row off."""

from __future__ import annotations

import numpy as np
import pytest
from suspects import codes, log_softmax, ordinary, the_warning

import losscli
from losscli import losses
from losscli.spec.kinds import Among

ALL = losses.built_in()
LOSSES = [pytest.param(one, id=one.name) for one in ALL]


@pytest.fixture
def chances():
    rng = np.random.default_rng(0)
    chances = rng.random(500)
    return chances, (rng.random(500) < chances).astype(float)


@pytest.mark.parametrize("loss", ["bce", "bce_with_logits"])
def test_swapped_prediction_and_target_are_recognised(loss, chances):
    scores, labels = chances
    assert "L205" in codes(loss, labels, scores)
    assert "L205" not in codes(loss, scores, labels)
    assert codes("bce", np.round(labels), labels * 0.0) == []  # hard answers beside labels


def test_one_value_that_is_no_label_clears_the_prediction(chances):
    scores, labels = np.tile(chances[0], 3000), np.tile(chances[1], 3000)
    assert codes("bce", labels, scores) == ["L205"]
    labels[-1] = 0.5
    assert [codes("bce", labels, scores, threads=j) for j in (1, 2)] == [[], []]


def test_nobody_is_told_of_a_swap_that_changes_nothing(chances):
    scores, labels = (x.reshape(5, 1, 100) for x in chances)
    assert codes("dice", labels, scores) == []


@pytest.mark.parametrize("one", [p for p in LOSSES if len(p.values[0].inputs) > 1])
def test_symmetric_losses_and_no_others_keep_their_value_when_swapped(one):
    form = one.signature.forms[0]
    names = [role.name for role in one.inputs[:2]]
    two_alike = form.inputs[0] == form.inputs[1] or one.symmetric
    second = one.inputs[1].kind
    two_alike = two_alike and second.dtype == "real" and not isinstance(second.domain, Among)
    if names != ["pred", "target"] or not two_alike:
        assert not one.symmetric
        return
    rng = np.random.default_rng(1)
    given = ordinary(one, form, rng, 6)
    given["pred"], given["target"] = (mended(one, rng.uniform(0.1, 0.9, given["pred"].shape)) for _ in range(2))
    # A default may be the one value of a parameter that makes it symmetric.
    given |= {p.name: 1.5 for p in one.parameters if p.type == "float" and 1.5 in p.domain}
    there = losscli.compute(one.name, **given).value
    back = losscli.compute(one.name, **{**given, "pred": given["target"], "target": given["pred"]}).value
    assert (abs(there - back) <= 1e-12 * abs(there)) == one.symmetric


def mended(one, values):
    """Values that keep the rules of a loss's prediction."""
    for rule in one.inputs[0].kind.rules:
        values = rule.mend(values)
    return values


@pytest.fixture
def classes():
    """Logits of a good model, and labels."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 600)
    return rng.normal(0, 1, (600, 5)) + 4.0 * np.eye(5)[labels], labels


@pytest.mark.parametrize("loss", ["cross_entropy", "nll"])
def test_columns_in_another_order_than_the_labels_are_recognised(loss, classes):
    scores, labels = log_softmax(classes[0]), classes[1]
    assert codes(loss, scores, labels) == []
    warning = the_warning(loss, scores[:, [2, 0, 1, 4, 3]], labels)
    assert warning.code == "L207"
    assert "0 by 1, 1 by 2, 2 by 0, 3 by 4, 4 by 3" in warning.message


def test_the_columns_of_a_table_are_named_in_the_order_that_fits(classes, tmp_path):
    scores, labels = classes
    header = "e,a,b,c,d"
    np.savetxt(tmp_path / "p.csv", np.roll(scores, 1, axis=1), delimiter=",", header=header, comments="")
    warning = the_warning("ce", tmp_path / "p.csv", labels)
    assert warning.hint.startswith(f"{tmp_path / 'p.csv'}::a,b,c,d,e ")
    assert codes("ce", f"{tmp_path / 'p.csv'}::a,b,c,d,e", labels) == []


def test_labels_that_are_one_too_high_are_recognised_where_all_of_them_are_in_range(classes):
    scores, labels = classes[0][classes[1] < 4], classes[1][classes[1] < 4]
    assert "--label-base 1" in the_warning("ce", scores, labels + 1).hint
    assert codes("ce", scores, labels + 1, label_base=1) == []
    padded = np.where(np.arange(len(labels)) % 7 == 0, -100, labels + 1)
    assert "--label-base 1" in the_warning("ce", scores, padded).hint


def test_labels_that_were_said_to_count_from_one_and_do_not(classes):
    scores, labels = classes[0][classes[1] > 0], classes[1][classes[1] > 0]
    assert "leave --label-base out" in the_warning("ce", scores, labels, label_base=1).hint


@pytest.mark.parametrize("share", [0.3, 0.95])
@pytest.mark.parametrize("count", [2, 3, 10])
def test_poor_models_are_not_taken_for_permuted_ones(count, share):
    rng = np.random.default_rng(0)
    for _ in range(50):
        labels = rng.choice(count, 20 * count, p=rng.dirichlet(np.ones(count) * 0.3))
        guesses = np.where(rng.random(len(labels)) < share, rng.integers(count), rng.integers(0, count, len(labels)))
        assert "L207" not in codes("ce", np.eye(count)[guesses] * 3.0, labels)


def test_positions_of_images_count_as_labels(classes):
    scores, labels = (np.moveaxis(x.reshape(6, 10, 10, *x.shape[1:]), -1, 1) if x.ndim > 1 else x for x in classes)
    assert codes("ce", scores, labels.reshape(6, 10, 10)) == []
    assert codes("ce", scores[:, ::-1], labels.reshape(6, 10, 10)) == ["L207"]


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    pred = rng.normal(0, 1, 800)
    return pred, pred + 0.4 * rng.normal(0, 1, 800)


@pytest.mark.parametrize("loss", ["mse", "l1", "huber"])
@pytest.mark.parametrize("columns", [1, 3])
def test_rows_that_are_one_off_are_recognised(loss, columns, pair):
    pred, target = (np.tile(x[:, None], (1, columns)) for x in pair)
    assert codes(loss, pred, target) == []
    assert "after theirs" in the_warning(loss, pred[1:], target[:-1]).message
    assert "before theirs" in the_warning(loss, pred[:-1], target[1:]).message
    assert the_warning(loss, pred[:-1], target[1:]).code == "L208"


def test_labels_and_answers_that_are_one_row_off_are_recognised(classes, pair):
    assert codes("ce", classes[0][1:], classes[1][:-1]) == ["L208"]
    pred, target = pair[0] * 4, (pair[1] > 0).astype(float)
    assert codes("bce_with_logits", pred[1:], target[:-1]) == ["L208"]
    assert codes("bce", 1 / (1 + np.exp(-pred[1:])), target[:-1]) == ["L208"]


@pytest.mark.parametrize("likeness", [-0.9, 0.2, 0.4, 0.8, 0.99])
def test_forecasts_are_not_taken_for_rows_that_are_one_off(likeness):
    rng = np.random.default_rng(0)
    for _ in range(20):
        series = [0.0]
        for step in rng.normal(0, (1 - likeness**2) ** 0.5, 500):
            series.append(likeness * series[-1] + step)
        series = np.array(series)
        assert codes("mse", likeness * series[:-1], series[1:]) == []
        assert codes("mse", series[:-1], series[1:]) == []  # the naive one


@pytest.mark.parametrize("draw", ["normal", "standard_cauchy", "lognormal"])
def test_unrelated_rows_are_not_taken_for_rows_that_are_one_off(draw):
    rng = np.random.default_rng(0)
    for _ in range(50):
        assert codes("mse", *(getattr(rng, draw)(size=200) for _ in range(2))) == []


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_what_is_found_is_the_same_whatever_the_threads_and_the_backend(backend, classes):
    scores, labels = (np.tile(x, (400, 1)[: x.ndim]) for x in classes)
    found = [the_warning("ce", scores[:, ::-1], labels, threads=j, backend=backend).message for j in (1, 2)]
    assert found[0] == found[1]

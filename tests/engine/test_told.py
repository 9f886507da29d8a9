"""What is told of the worst samples: prediction and target as the inputs have them, at the unit that adds most."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import cases
from hypothesis import given
from hypothesis import strategies as st
from samples import run

import losscli
from losscli import losses

TOLD = ["mse", "smooth_l1", "bce", "bce_with_logits", "cross_entropy", "nll", "focal"]


@pytest.mark.parametrize("name", [name for name in TOLD if losses.known(name)])
@given(data=st.data())
def test_the_worst_are_told_as_the_inputs_have_them(name, data):
    case = data.draw(cases(losses.find(name)))
    one = run(case, top=3)
    if one.per_sample is None or not one.told:
        return
    pred, target = (np.asarray(case.inputs[role.name]) for role in case.loss.inputs[:2])
    for i, sample in enumerate(one.sample_index.tolist()):
        place = tuple(one.told["position"][i].tolist()) if "position" in one.told else ()
        if "predicted" in one.told:
            scores = pred[(sample, slice(None), *place)]
            assert one.told["target"][i] == target[(sample, *place)]
            assert scores[one.told["predicted"][i]] == scores.max()
        elif "pred" in one.told:
            assert one.told["pred"][i] == pred[(sample, *place)]
            assert one.told["target"][i] == target[(sample, *place)]


def test_the_unit_is_the_one_that_adds_most_and_counts():
    logits = np.zeros((2, 3, 4))
    logits[0, 1, 2], logits[1, 0, 0] = 5.0, 9.0
    labels = np.array([[0, 0, 2, 0], [1, 0, 0, 0]])
    one = losscli.compute("cross_entropy", logits, labels, top=2, ignore_index=1)
    assert one.sample_index.tolist() == [0, 1]
    assert one.told["position"].tolist() == [[2], [1]]  # the label 1 is ignored, though it would add more
    assert one.told["predicted"][0] == 1
    assert one.told["p"][0] == pytest.approx(1 / (2 + np.exp(5)))


@pytest.mark.parametrize("base", [0, 1])
def test_classes_count_as_the_target_does(base):
    one = losscli.compute("cross_entropy", [[3.0, 0.0], [0.0, 1.0]], [1 + base, base], top=1, label_base=base)
    assert (one.told["target"].tolist(), one.told["predicted"].tolist()) == ([1 + base], [base])


def test_samples_that_are_left_out_move_nothing():
    pred = [1.0, np.nan, 5.0, 2.0]
    one = losscli.compute("mse", pred, [0.0] * 4, top=2, nan="omit")
    assert one.sample_index.tolist() == [2, 3]
    assert one.told["pred"].tolist() == [5.0, 2.0]


def test_both_commands_tell_the_same():
    rng = np.random.default_rng(3)
    pred, target = rng.normal(size=(40, 3)), rng.integers(0, 3, 40)
    one = losscli.compute("cross_entropy", pred, target, top=5)
    apart = losscli.dist("cross_entropy", pred, target, worst=5)
    assert [sample.number for sample in apart.worst_samples] == one.sample_index.tolist()
    rows = [dict(zip(one.told, row, strict=True)) for row in zip(*(c.tolist() for c in one.told.values()), strict=True)]
    assert [sample.told for sample in apart.worst_samples] == rows


def test_a_loss_of_more_than_two_numbers_tells_nothing():
    x = np.random.default_rng(0).normal(size=(3, 5, 4))
    assert losscli.compute("triplet_margin", *x, top=2).told == {}


def test_columns_of_a_table_are_told_by_their_names(tmp_path):
    for name, rows in (("p", "a,b\n1,2\n0,0\n"), ("y", "a,b\n0,0\n0,0\n")):
        (tmp_path / f"{name}.csv").write_text(rows)
    one = losscli.compute("mse", tmp_path / "p.csv", tmp_path / "y.csv", top=1)
    assert one.told["position"].tolist() == ["b"]
    assert one.to_polars()["position"].to_list() == ["b"]


@pytest.mark.parametrize(
    ("name", "more", "columns"),
    [
        ("poisson_nll", {}, {"pred", "target"}),
        ("poisson_nll", {"log_input": False}, {"pred", "target", "error"}),
        ("hinge_embedding", {}, {"pred", "target"}),
        ("margin_ranking", {"target": [1.0, -1.0]}, set()),
        ("gaussian_nll", {"var": [1.0, 2.0]}, {"pred", "target", "error"}),
    ],
)
def test_an_error_is_told_of_what_can_be_subtracted_and_a_target_of_what_is_one(name, more, columns):
    one = losscli.compute(name, [0.5, 2.0], [1.0, 1.0], top=2, **more)
    assert set(one.told) == columns

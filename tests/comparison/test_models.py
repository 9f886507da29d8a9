"""Which of what is given is a model's: predictions first, then what all of them share."""

from __future__ import annotations

import pytest

from losscli import losses
from losscli.comparison.models import models_of, short_names
from losscli.errors import UsageError
from losscli.inputs.roles import Named

MSE, TRIPLET = losses.find("mse"), losses.find("triplet_margin")


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["diabetes_pred.csv", "diabetes_b.csv"], ("pred", "b")),
        (["two.csv::y_hat", "two.csv::pred"], ("y_hat", "pred")),
        (["run_1/pred.csv", "run_2/pred.csv"], ("run_1", "run_2")),
        (["a.npy", "b.npy", "c.npy"], ("a", "b", "c")),
        (["a.csv", "a.npy"], ("csv", "npy")),
        (["a.csv", "a.csv"], ("a.csv", "a.csv (2)")),
        (["a.csv::p", "b.csv::p"], ("a", "b")),
        (["diabetes_results.csv::y_hat", "diabetes_knn.csv"], ("y_hat", "diabetes_knn")),
        (["out/pred.npy", "out/main/pred.npy"], ("out/pred.npy", "out/main/pred.npy")),
        ([[1.0], [2.0]], ("a", "b")),
        (["2,3", "2,4"], ("a", "b")),
        (["2,3", "b.csv"], ("a", "b")),
    ],
)
def test_names_are_what_tells_the_models_apart(given, names):
    assert short_names(given) == names


def test_names_are_unequal_however_many_there_are():
    assert len(set(short_names([f"m{i}.npy" for i in range(40)]))) == 40
    assert len(set(short_names([[float(i)] for i in range(40)]))) == 40


def test_predictions_stand_before_what_is_shared():
    found = models_of(MSE, ["a.csv", "b.csv", "c.csv", "t.csv"], {})
    assert [m.inputs["pred"] for m in found.models] == ["a.csv", "b.csv", "c.csv"]
    assert found.shared == {"target": "t.csv"}
    given, roles = found.given(MSE)
    assert list(given.values()) == ["a.csv", "b.csv", "c.csv", "t.csv"]
    assert [role.name for role in roles.values()] == ["pred", "pred", "pred", "target"]
    assert next(iter(given)) == "pred"


def test_what_is_shared_may_be_given_by_name():
    found = models_of(MSE, ["a.csv", "b.csv"], {"target": "t.csv", "weight": "w.csv"})
    assert len(found.models) == 2
    assert found.shared == {"target": "t.csv", "weight": "w.csv"}


def test_predictions_may_have_names():
    found = models_of(MSE, [{"old": [1.0], "new": [2.0]}, [0.0]], {})
    assert [m.name for m in found.models] == ["old", "new"]
    assert found.shared == {"target": [0.0]}


def test_a_named_prediction_makes_the_models_tables():
    found = models_of(losses.find("gaussian_nll"), ["a.csv", "b.csv", "t.csv"], {"pred": "mu", "var": "v"})
    assert [m.inputs for m in found.models] == [
        {"pred": Named(x, "mu"), "var": Named(x, "v")} for x in ("a.csv", "b.csv")
    ]
    assert found.shared == {"target": "t.csv"}


@pytest.mark.parametrize(
    ("one", "positional"), [(MSE, []), (MSE, ["a.csv"]), (MSE, ["a.csv", "t.csv"]), (TRIPLET, ["a", "p", "n"])]
)
def test_one_model_is_no_comparison(one, positional):
    with pytest.raises(UsageError, match="takes two or more predictions"):
        models_of(one, positional, {})

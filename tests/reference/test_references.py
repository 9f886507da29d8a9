"""Reference lines: what the best constant gets, by the loss's own kernel; no other constant does better."""

from __future__ import annotations

import json

import numpy as np
import pytest
from shell import cli, compute, csv_rows, document, refused, result
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import log_loss, mean_absolute_error, mean_squared_error
from suspects import codes, ordinary

import losscli
from losscli import losses
from losscli.engine import plan
from losscli.engine.observers import targets

RNG = np.random.default_rng(35)
TARGET = np.exp(RNG.normal(0, 1, 60))
PRED = TARGET + RNG.normal(0, 0.5, 60)
LOGITS, LABELS = RNG.normal(0, 1, (60, 4)), RNG.choice(4, 60, p=[0.1, 0.2, 0.3, 0.4])


def lines(*given, **named):
    return losscli.compute(*given, reference=True, **named).references


# The numbers


def test_the_figures_of_the_sample_data(monkeypatch, sample_data):
    monkeypatch.chdir(sample_data)
    one = result("mse", "diabetes_pred.csv", "diabetes_target.csv", "--reference")
    (line,) = one["references"]
    assert (round(line["value"], 6), round(line["skill"], 6)) == (5469.682726, 0.453707)
    assert line["reference"] == "mean of the targets"
    best, uniform = result("ce", "digits_logits.csv", "digits_target.csv", "--reference")["references"]
    assert (round(best["value"], 6), round(best["skill"], 6)) == (2.302443, 0.916761)
    assert uniform["value"] == pytest.approx(np.log(10), rel=1e-15)


def test_against_the_dummies_of_scikit_learn():
    nothing = np.zeros((60, 1))
    mean, median = (DummyRegressor(strategy=s).fit(nothing, TARGET).predict(nothing) for s in ("mean", "median"))
    assert lines("mse", PRED, TARGET)[0].value == pytest.approx(mean_squared_error(TARGET, mean), rel=1e-12)
    assert lines("l1", PRED, TARGET)[0].value == pytest.approx(mean_absolute_error(TARGET, median), rel=1e-12)
    prior = DummyClassifier(strategy="prior").fit(nothing, LABELS).predict_proba(nothing)
    for loss, pred in (("cross_entropy", LOGITS), ("nll", np.log(np.full((60, 4), 0.25)))):
        assert lines(loss, pred, LABELS)[0].value == pytest.approx(log_loss(LABELS, prior), rel=1e-12)


def test_the_skill_is_what_is_gained_on_the_constant():
    one = losscli.compute("mse", PRED, TARGET, reference=True)
    (line,) = one.references
    assert line.skill == 1 - one.value / line.value
    assert line.prediction == pytest.approx(TARGET.mean(), rel=1e-15)
    assert losscli.compute("mse", TARGET, TARGET, reference=True).references[0].skill == 1.0
    assert lines("mse", [1.0, 3.0], [2.0, 2.0])[0].skill is None


WITH_CONSTANT = [one for one in losses.built_in() if "constant" in one.hooks]
PARAMETERS = {
    "cross_entropy": [{}, {"label_smoothing": 0.2}, {"weight": [1.0, 3.0, 0.5, 2.0, 1.0]}, {"ignore_index": 1}],
    "nll": [{}, {"weight": [1.0, 3.0, 0.5, 2.0, 1.0]}],
    "bce_with_logits": [{}, {"pos_weight": [3.0]}],
    "huber": [{}, {"delta": 0.3}],
    "smooth_l1": [{}, {"beta": 0.1}, {"beta": 0}],
    "minkowski": [{}, {"p": 1.5}],
    "poisson_nll": [{}, {"log_input": False}],
    "tweedie_deviance": [{}, {"power": 1.5}],
}
CASES = [
    pytest.param(one, parameters, weights, id=f"{one.name}-{parameters}-{weights}")
    for one in WITH_CONSTANT
    for parameters in PARAMETERS.get(one.name, [{}])
    for weights in ("", "sample_weight", "weight")
    if weights != "weight" or any(role.kind.weighs for role in one.inputs)
]


def _inputs(one):
    """Inputs of a loss with positive targets where they are numbers, and predictions likewise."""
    form = one.signature.forms[0]
    given = ordinary(one, form, np.random.default_rng(7), 40)
    for name in ("pred", "target"):
        role = next(role for role in one.inputs if role.name == name)
        if role.kind.dtype == "real" and not role.kind.space and not role.kind.domain.bounded:
            given[name] = np.abs(given[name]) + 0.1
    return given


@pytest.mark.parametrize(("one", "parameters", "weights"), CASES)
def test_no_other_constant_does_better(one, parameters, weights):
    given = _inputs(one)
    rng = np.random.default_rng(3)
    if weights == "sample_weight":
        parameters = {**parameters, "sample_weight": rng.uniform(0.1, 3, 40)}
    if weights == "weight":
        parameters = {**parameters, "weight": rng.uniform(0.1, 3, given["target"].shape)}
    (line, *_) = lines(one.name, **given, **parameters)
    row = np.asarray(line.prediction)
    pred = given["pred"]

    def value(constant):
        shaped = constant.reshape(-1, *[1] * (pred.ndim - 2)) if constant.ndim and pred.ndim > 2 else constant
        constants = np.array(np.broadcast_to(shaped, pred.shape))
        return losscli.compute(one.name, **{**given, "pred": constants}, **parameters).value

    assert value(row) == pytest.approx(line.value, rel=1e-9)
    for step in (1e-3, 0.05):
        for _ in range(6):
            assert value(_near(one, row, step * rng.normal(size=row.shape))) >= line.value * (1 - 1e-9) - 1e-12


def _near(one, row, step):
    """Another constant that the loss takes."""
    spaces = {role.kind.space for role in one.inputs}
    if "probs" in spaces:
        return np.clip(row + step, 0.001, 0.999)
    other = row * np.exp(step) if (row > 0).all() else row + step
    return other - np.log(np.exp(other).sum()) if "log-probs" in spaces else other


def test_each_column_has_its_own_constant():
    target = np.stack([TARGET, 10 * TARGET + 5], axis=1)
    (line,) = lines("mse", target * 0.9, target)
    assert line.prediction == pytest.approx(target.mean(axis=0).tolist(), rel=1e-14)
    assert line.value == pytest.approx(target.var(axis=0).mean(), rel=1e-12)
    (line,) = lines("huber", target * 0.9, target, delta=2.0)
    alone = [lines("huber", column * 0.9, column, delta=2.0)[0].prediction for column in target.T]
    assert line.prediction == pytest.approx(alone, rel=1e-6)


def test_soft_labels_have_shares_too():
    soft = RNG.dirichlet(np.ones(4), 60)
    shares = soft.mean(axis=0)
    (line, _) = lines("cross_entropy", LOGITS, soft)
    assert line.value == pytest.approx(-(shares * np.log(shares)).sum(), rel=1e-12)


def test_labels_that_count_from_one_and_those_to_ignore():
    marked = np.where(np.arange(60) % 5, LABELS, -1)
    counts = np.bincount(marked[marked >= 0], minlength=4)
    shares = counts / counts.sum()
    (line, _) = lines("cross_entropy", LOGITS, marked, ignore_index=-1)
    assert line.value == pytest.approx(-(shares * np.log(shares)).sum(), rel=1e-12)
    (shifted, _) = lines("cross_entropy", LOGITS, LABELS + 1, label_base=1)
    assert shifted.value == lines("cross_entropy", LOGITS, LABELS)[0].value


def test_samples_that_are_left_out_are_left_out_of_the_reference():
    pred = PRED.copy()
    pred[::7] = np.nan
    kept = ~np.isnan(pred)
    (line,) = lines("mse", pred, TARGET, nan="omit")
    assert line.value == pytest.approx(TARGET[kept].var(), rel=1e-12)


def test_the_sum_has_the_same_skill():
    mean, total = (losscli.compute("mse", PRED, TARGET, reference=True, reduction=r) for r in ("mean", "sum"))
    assert total.references[0].value == pytest.approx(60 * mean.references[0].value, rel=1e-14)
    assert total.references[0].skill == pytest.approx(mean.references[0].skill, rel=1e-12)


# The previous value


def test_the_previous_value_is_judged_on_the_rows_that_have_one():
    best, before = lines("mse", PRED, TARGET, in_order=True)
    assert (best.reference, before.reference, before.prediction) == ("mean of the targets", "previous value", None)
    steps = np.diff(TARGET)
    assert before.value == pytest.approx((steps**2).mean(), rel=1e-12)
    assert before.skill == pytest.approx(1 - ((PRED - TARGET)[1:] ** 2).mean() / (steps**2).mean(), rel=1e-12)


def test_the_previous_value_with_weights():
    weights = RNG.uniform(0.5, 2, 60)
    _, before = lines("mse", PRED, TARGET, in_order=True, sample_weight=weights)
    assert before.value == pytest.approx(np.average(np.diff(TARGET) ** 2, weights=weights[1:]), rel=1e-12)


def test_what_is_no_series_has_no_previous_value():
    assert len(lines("cross_entropy", LOGITS, LABELS, in_order=True)) == 2
    assert len(lines("mse", [1.0], [2.0], in_order=True)) == 1


# Warnings and refusals


def test_worse_than_a_constant_is_warned_of():
    assert codes("mse", -PRED, TARGET, reference=True) == ["L404"]
    assert codes("mse", -PRED, TARGET) == []
    assert codes("mse", PRED, TARGET, reference=True) == []
    assert codes("mse", np.full(60, TARGET.mean()), TARGET, reference=True) == []
    with pytest.raises(losscli.LossCLIError, match="L404"):
        losscli.compute("mse", -PRED, TARGET, reference=True, strict=True)


def test_a_loss_without_a_constant_has_no_line(monkeypatch):
    assert lines("concordance", PRED, TARGET) == ()
    monkeypatch.delitem(losses.find("mse").hooks, "constant")
    assert lines("mse", PRED, TARGET) == ()


def test_targets_that_are_no_prediction_have_no_line():
    assert lines("tweedie_deviance", [0.5, 0.5], [0.0, 0.0], power=1.5) == ()


def test_what_has_no_reference_is_refused():
    assert "unreduced" in refused(cli("compute", "mse", "1,2", "1,3", "--reference", "-r", "none"))[0]
    assert "--in-order is for a reference" in refused(cli("compute", "mse", "1,2", "1,3", "--in-order"))[0]


# The same bits, whatever the blocks, threads and files


@pytest.fixture
def files(folder):
    target = RNG.normal(3, 1, 5000).round(3)
    np.savetxt("t.csv", target)
    np.savetxt("p.csv", target + RNG.normal(0, 1, 5000).round(3))
    np.save("t.npy", target)
    np.save("p.npy", np.loadtxt("p.csv"))
    return folder


@pytest.mark.parametrize("loss", ["mse", "l1", "huber"])
def test_threads_and_files_change_no_bit(files, monkeypatch, reader, loss):
    monkeypatch.setattr(plan, "BLOCK_ELEMENTS", 512)
    found = {
        json.dumps(document(loss, f"p.{kind}", f"t.{kind}", "--reference", "--in-order", "-j", jobs)["results"])
        for kind in ("csv", "npy")
        for jobs in (1, 2)
    }
    assert len(found) == 1


@pytest.mark.parametrize("loss", ["mse", "l1", "huber"])
def test_more_than_can_be_kept_is_read_again(files, monkeypatch, reader, loss):
    (kept,) = result(loss, "p.csv", "t.csv", "--reference")["references"]
    for module in (targets, __import__("losscli.reference.lines", fromlist=["lines"])):
        monkeypatch.setattr(module, "MOST_GATHERED", 10)
    (streamed,) = result(loss, "p.csv", "t.csv", "--reference")["references"]
    assert streamed["reference"] == kept["reference"]
    assert streamed["value"] == pytest.approx(kept["value"], rel=1e-9)
    assert streamed["prediction"] == pytest.approx(kept["prediction"], abs=2e-3)


# What is shown


def test_every_format_tells_it(files):
    given = ["mse,l1,median_absolute_error", "p.npy", "t.npy", "--reference"]
    shown = compute(*given, "--no-per-sample").out
    assert "best constant, " in shown
    assert "(mean of the targets)" in shown
    mse, l1, median = csv_rows(compute(*given, "-f", "csv").out)
    assert (mse["reference"], l1["reference"], median["reference"]) == (
        "mean of the targets",
        "median of the targets",
        "",
    )
    assert "reference_value" not in compute("mse", "p.npy", "t.npy", "-f", "csv").out
    assert "median of the targets" in compute(*given, "-f", "markdown").out
    assert compute("mse", "p.npy", "t.npy", "--reference", "-q").out == compute("mse", "p.npy", "t.npy", "-q").out
    assert "references" not in result("mse", "p.npy", "t.npy")


@pytest.mark.parametrize("weights", [np.ones(9), np.arange(9.0)])
def test_quantiles_are_numpys_of_equal_weights_and_count_weights_as_often(weights):
    values = np.random.default_rng(26).normal(size=9)
    repeated = np.repeat(values, weights.astype(int))
    assert targets.quantile(values, weights, 0.5) == np.median(repeated)
    assert (
        targets.quantile(np.stack([values] * 2, 1), np.stack([weights] * 2, 1), 0.5).tolist()
        == [np.median(repeated)] * 2
    )


def test_a_median_is_half_way_between_values_that_weigh_something():
    values, weights = np.array([1.0, 2.0, 3.0, 9.0]), np.array([1.0, 0.0, 1.0, 0.0])
    assert targets.quantile(values, weights, 0.5) == 2.0
    assert targets.quantile(values[[0, 3, 2]], np.array([1.0, 1.0, 0.0]), 0.5) == 5.0
    values, weights = np.array([1.0, 2.0, 5.0]), np.array([1.0, 0.0, 1.0])
    assert targets.quantile(values, weights, 0.5) == 3.0


def test_a_constant_between_neighbouring_floats_is_found_and_not_looked_for_for_ever():
    target = np.full(30, 1e17)
    target[:10] -= 16.0  # the next float
    found = losscli.compute("huber", target, target, reference=True).references[0]
    assert found.prediction in (1e17 - 16.0, 1e17)


def test_between_the_ends_of_what_a_float_can_hold_no_constant_is_looked_for():
    far = np.array([1e308, -1e308, 0.0])
    assert losscli.compute("huber", far, far, reference=True).references == ()
    near = np.array([1.7e308, 1.6e308, 1.7e308])
    assert 1.6e308 <= losscli.compute("huber", near, near, reference=True).references[0].prediction <= 1.7e308


def test_infinities_of_both_signs_in_two_blocks_have_no_mean(small_blocks):
    target = np.linspace(0.0, 1.0, 5000)
    target[0], target[-1] = np.inf, -np.inf
    assert losscli.compute("mse", np.zeros(5000), target, reference=True).references == ()


def test_the_median_of_the_largest_floats_is_one_of_them():
    target = np.array([1.6e308, 1.7e308])
    found = losscli.compute("l1", target, target, reference=True).references[0]
    assert 1.6e308 < found.prediction < 1.7e308

"""What a constant added to all predictions brings: SciPy finds no better one, and compute tells the same loss of it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from blocks import blocks_of
from scipy.optimize import minimize_scalar
from shell import ROOT, cli

import losscli
from losscli import losses
from losscli.explore.axis import is_of_error, plainly
from losscli.inputs.parameters import resolve

RNG = np.random.default_rng(11)
PRED = RNG.normal(0, 2, 101)
TARGET = PRED + RNG.standard_t(3, 101) - 0.8
OF_ERROR = [
    one.name
    for one in losses.built_in()
    if "constant" in one.hooks and is_of_error(one, resolve(one, {}), plainly(one, resolve(one, {})))
]
PARAMETERS = {
    "huber": {"delta": 0.5},
    "smooth_l1": {"beta": 0.0},
    "minkowski": {"p": 1.5},
    "tweedie_deviance": {"power": 0.0},
}
CASES = [(name, more) for name in OF_ERROR for more in ({}, PARAMETERS.get(name)) if more is not None]


def shifted(loss, pred, target, **more):
    return losscli.dist(loss, pred, target, worst=0, **more).shifted


def test_it_is_told_of_losses_of_a_real_error():
    assert {"mse", "l1", "huber", "rmse", "smooth_l1", "minkowski", "tweedie_deviance"} <= set(OF_ERROR)
    assert not {"bce", "poisson_nll", "cross_entropy", "concordance"} & set(OF_ERROR)


@pytest.mark.parametrize(("loss", "more"), CASES)
@pytest.mark.parametrize("weighted", ["", "sample_weight", "weight"])
def test_no_other_constant_brings_more(loss, more, weighted):
    if weighted == "weight" and weighted not in losses.find(loss).argument_names:
        return
    given = {weighted: RNG.uniform(0.1, 3, 101)} if weighted else {}

    def value(by):
        return losscli.compute(loss, PRED + by, TARGET, **more, **given).value

    found = shifted(loss, PRED, TARGET, **more, **given)
    best = minimize_scalar(value, bracket=(-2, -0.5, 1), tol=1e-12)
    assert found.value == value(found.by)
    assert found.value <= best.fun * (1 + 1e-9)  # a search on a kernel ends at 1e-8 of the range
    assert found.gain == 1 - found.value / value(0.0) > 0


def test_it_is_the_mean_and_the_median_of_what_is_missing():
    assert shifted("mse", PRED, TARGET).by == pytest.approx(np.mean(TARGET - PRED), rel=1e-14)
    assert shifted("l1", PRED, TARGET).by == np.median(TARGET - PRED)
    weights = RNG.uniform(0, 2, 101)
    by = shifted("mse", PRED, TARGET, sample_weight=weights).by
    assert by == pytest.approx(np.average(TARGET - PRED, weights=weights), rel=1e-14)


@pytest.mark.parametrize("loss", ["mse", "l1", "huber"])
def test_columns_have_a_constant_each_and_other_values_one_together(loss):
    table = np.stack([PRED, PRED * 3 + 1], axis=1)
    errors = np.stack([TARGET, TARGET - 5], axis=1)
    each = [shifted(loss, *columns) for columns in zip(table.T, errors.T, strict=True)]
    found = shifted(loss, table, errors)
    assert found.by == pytest.approx([one.by for one in each], rel=1e-6)
    assert found.value == pytest.approx(np.mean([one.value for one in each]), rel=1e-12)
    images = [x[:96].reshape(4, 2, 3, 4) for x in (PRED, TARGET)]
    flat = shifted(loss, *(x.reshape(-1) for x in images))
    for weights in ({}, {"sample_weight": np.full(4, 2.0)}):
        assert shifted(loss, *images, **weights).by == pytest.approx(flat.by, rel=1e-6)


def test_what_is_left_out_has_no_part_in_it():
    pred = PRED.copy()
    pred[::9] = np.nan
    kept = np.isfinite(pred)
    found = shifted("mse", pred, TARGET, nan="omit")
    assert found.by == pytest.approx(np.mean((TARGET - PRED)[kept]), rel=1e-14)
    assert found.value == pytest.approx(np.var((TARGET - PRED)[kept]), rel=1e-12)


@pytest.mark.parametrize("loss", ["mse", "l1", "huber"])
def test_threads_blocks_of_files_and_streams_change_no_bit(loss, folder):
    np.savetxt("p.csv", PRED)
    np.savetxt("t.csv", TARGET)
    np.save("p.npy", np.loadtxt("p.csv"))
    np.save("t.npy", np.loadtxt("t.csv"))
    with blocks_of(16):
        found = {shifted(loss, f"p.{kind}", f"t.{kind}", threads=jobs) for kind in ("csv", "npy") for jobs in (1, 2)}
    assert len(found) == 1


def test_the_sum_gains_the_same():
    mean, total = (shifted("mse", PRED, TARGET, reduction=r) for r in ("mean", "sum"))
    assert (total.by, total.value, total.gain) == (mean.by, pytest.approx(101 * mean.value), pytest.approx(mean.gain))


def test_where_there_is_nothing_to_gain():
    assert shifted("mse", [1.0, 2.0], [1.0, 2.0]) == (0.0, 0.0, None)
    assert shifted("huber", [1e300, 2.0, 3.0], [2.0, 2.0, 2.0]) == (0.0, 3.3333333333333335e299, 0.0)
    assert shifted("l1", [1.0, np.nan, 3.0], [2.0, 2.0, 2.0], nan="propagate") is None
    assert shifted("l1", [1.0, 2.0], [2.0, 2.0], sample_weight=[0.0, 0.0]) is None
    assert shifted("mse", [1e200, 2.0], [2.0, 2.0]) is None
    assert shifted("cross_entropy", [[1.0, 2.0]], [1]) is None
    assert shifted("mse", PRED, TARGET, reference=False) is None


def test_it_is_shown(monkeypatch):
    monkeypatch.chdir(ROOT)
    given = ("dist", "mse", "sample_data/diabetes_pred.csv", "sample_data/diabetes_target.csv")
    assert cli(*given).out.splitlines()[2] == "shifted    2980.78   all predictions by -2.69622, 0.24 % less"
    document = json.loads(cli(*given, "-f", "json").out)["shifted"]
    assert (document["by"], document["value"]) == (pytest.approx(-2.6962163), pytest.approx(2980.78244))
    assert f"shifted,mse,value,{document['value']!r}" in cli(*given, "-f", "csv").out.splitlines()
    assert "- shifted 2980.78 all predictions by -2.69622, 0.24 % less" in cli(*given, "-f", "markdown").out
    columns = ("dist", "mse", "sample_data/regression_pred.csv", "sample_data/regression_target.csv")
    assert "all predictions by a constant for each column" in cli(*columns).out
    assert "shifted,mse,by_4," in cli(*columns, "-f", "csv").out

"""scikit-learn computes the same numbers, and its names find our losses."""

import numpy as np
import pytest
from sklearn import metrics

import losscli
from losscli import losses

RNG = np.random.default_rng(20240501)
PRED, TARGET = RNG.standard_normal((2, 501))
TABLE, TRUTH = RNG.standard_normal((2, 200, 3))
PROBABILITIES = RNG.dirichlet(np.ones(4), 300)
LABELS = RNG.integers(0, 4, 300)
WEIGHTS = RNG.uniform(0.5, 2.0, 501)


@pytest.mark.parametrize(
    "name",
    ["mean_squared_error", "mean_absolute_error", "root_mean_squared_error", "median_absolute_error"],
)
@pytest.mark.parametrize(("pred", "target"), [(PRED, TARGET), (PRED[:500], TARGET[:500])], ids=["odd", "even"])
def test_regression_metric_is_found_by_its_name_and_equal(name, pred, target):
    assert float(losscli.compute(name, pred, target)) == pytest.approx(getattr(metrics, name)(target, pred), rel=1e-14)


@pytest.mark.parametrize("name", ["mean_squared_error", "mean_absolute_error"])
def test_tables_average_over_all_elements(name):
    assert float(losscli.compute(name, TABLE, TRUTH)) == pytest.approx(getattr(metrics, name)(TRUTH, TABLE), rel=1e-14)


@pytest.mark.parametrize("name", ["mean_squared_error", "mean_absolute_error"])
def test_weights_are_sample_weights(name):
    expected = getattr(metrics, name)(TARGET, PRED, sample_weight=WEIGHTS)
    assert float(losscli.compute(name, PRED, TARGET, weight=WEIGHTS)) == pytest.approx(expected, rel=1e-14)


def test_nll_of_log_probabilities_is_log_loss():
    expected = metrics.log_loss(LABELS, PROBABILITIES)
    assert float(losscli.compute("nll", np.log(PROBABILITIES), LABELS)) == pytest.approx(expected, rel=1e-14)


def test_cross_entropy_of_logits_is_log_loss_of_their_softmax():
    # Any constant a row may be added to logits.
    logits = np.log(PROBABILITIES) + RNG.uniform(-5, 5, (300, 1))
    expected = metrics.log_loss(LABELS, PROBABILITIES)
    assert float(losscli.compute("cross_entropy", logits, LABELS)) == pytest.approx(expected, rel=1e-13)


def test_bce_is_log_loss_of_two_classes():
    p, y = PROBABILITIES[:, 0], (LABELS == 0).astype(float)
    expected = metrics.log_loss(y, p)
    assert float(losscli.compute("bce", p, y)) == pytest.approx(expected, rel=1e-13)
    assert losses.find("binary_log_loss").name == "bce"

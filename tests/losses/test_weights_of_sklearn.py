"""Weights of samples as scikit-learn takes them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

import losscli

pytestmark = pytest.mark.usefixtures("folder")


RNG = np.random.default_rng(20240611)
PRED, TARGET = RNG.standard_normal((2, 501))
TABLE, TRUTH = RNG.standard_normal((2, 501, 3))
PROBABILITIES = RNG.dirichlet(np.ones(4), 501)
LABELS = RNG.integers(0, 4, 501)
WEIGHTS = RNG.choice([0.0, 0.25, 1.0, 3.5], 501)


@pytest.mark.parametrize("name", ["mean_squared_error", "mean_absolute_error", "root_mean_squared_error"])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_regression_is_that_of_sklearn(name, backend):
    found = losscli.compute(name, PRED, TARGET, sample_weight=WEIGHTS, backend=backend)
    expected = getattr(metrics, name)(TARGET, PRED, sample_weight=WEIGHTS)
    assert found.value == pytest.approx(expected, rel=1e-13)
    assert found.denominator == WEIGHTS.sum()
    assert found.denominator_is.endswith("weighted")


@pytest.mark.parametrize("name", ["mean_squared_error", "mean_absolute_error"])
def test_regression_of_tables_is_that_of_sklearn(name):
    found = losscli.compute(name, TABLE, TRUTH, sample_weight=WEIGHTS)
    assert found.value == pytest.approx(getattr(metrics, name)(TRUTH, TABLE, sample_weight=WEIGHTS), rel=1e-13)
    assert found.denominator == pytest.approx(3 * WEIGHTS.sum())


@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_classification_is_the_log_loss_of_sklearn(name, backend):
    expected = metrics.log_loss(LABELS, PROBABILITIES, sample_weight=WEIGHTS)
    found = losscli.compute(name, np.log(PROBABILITIES), LABELS, sample_weight=WEIGHTS, backend=backend)
    assert found.value == pytest.approx(expected, rel=1e-13)
    soft = losscli.compute("cross_entropy", np.log(PROBABILITIES), np.eye(4)[LABELS], sample_weight=WEIGHTS)
    assert soft.value == pytest.approx(expected, rel=1e-13)


def test_binary_classification_is_the_log_loss_of_sklearn():
    p, y = PROBABILITIES[:, 0], (LABELS == 0).astype(float)
    expected = metrics.log_loss(y, p, sample_weight=WEIGHTS)
    assert losscli.compute("bce", p, y, sample_weight=WEIGHTS).value == pytest.approx(expected, rel=1e-13)
    logits = np.log(p / (1 - p))
    found = losscli.compute("bce_with_logits", logits, y, sample_weight=WEIGHTS)
    assert found.value == pytest.approx(expected, rel=1e-12)

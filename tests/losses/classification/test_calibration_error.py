"""Calibration error, bin by bin as it is defined."""

import numpy as np
import pytest
from blocks import blocks_of

import losscli

RNG = np.random.default_rng(3)
P, Y = RNG.dirichlet(np.ones(3), 300), RNG.integers(0, 3, 300)
P[:20] = np.round(P[:20], 1)  # on edges of bins
P[0], P[1] = [1.0, 0.0, 0.0], [0.6, 0.4, 0.0]
P[:20, 2] = 1.0 - P[:20, 0] - P[:20, 1]


def naive(p, y, n_bins, norm):
    """The definition with a loop over bins, and how many samples the mean is over."""
    confidence, hit = p.max(axis=1), p.argmax(axis=1) == y
    gaps, sizes = [], []
    for b in range(n_bins):
        here = (confidence >= b / n_bins) & ((confidence < (b + 1) / n_bins) | (b == n_bins - 1))
        sizes.append(here.sum())
        gaps.append(abs(hit[here].mean() - confidence[here].mean()) if here.any() else 0.0)
    gaps, sizes = np.array(gaps), np.array(sizes)
    if norm == "max":
        return gaps.max(), sizes[gaps.argmax()]
    if norm == "l1":
        return (sizes * gaps).sum() / len(y), len(y)
    return np.sqrt((sizes * gaps**2).sum() / len(y)), len(y)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
@pytest.mark.parametrize("n_bins", [1, 5, 10, 15, 100])
def test_it_is_the_definition_in_any_blocks(n_bins, norm, backend):
    value, size = naive(P, Y, n_bins, norm)
    for elements in (3, 64, 524_288):
        with blocks_of(elements):
            found = losscli.compute("calibration_error", P, Y, n_bins=n_bins, norm=norm, backend=backend)
        assert found.value == pytest.approx(value, rel=1e-12)
        assert found.denominator == size
        assert isinstance(found.denominator, int)


@pytest.mark.parametrize("given", ["logits", "log-probs"])
def test_a_prediction_may_be_given_as_something_else(given):
    logits = RNG.standard_normal((50, 3))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    pred = logits if given == "logits" else np.log(p)
    found = losscli.compute("calibration_error", pred, Y[:50], pred_is=given)
    assert found.value == pytest.approx(naive(p, Y[:50], 15, "l1")[0], rel=1e-12)


def test_rows_that_do_not_sum_to_1_are_told():
    found = losscli.compute("calibration_error", P / 2, Y)
    assert [w.code for w in found.warnings] == ["L203"]

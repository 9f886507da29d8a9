"""Lovász-Softmax, by the gradient of the Jaccard index as its authors write it, in one pool or image by image."""

import numpy as np
import pytest
from blocks import blocks_of
from hypothesis import given
from hypothesis import strategies as st

import losscli

BACKENDS = ["numpy", "torch"]
IGNORED = 255


def of_class(error, true):
    """One class: errors times the steps of the Jaccard loss, errors falling."""
    order = np.argsort(-error, kind="stable")
    hit = true[order].astype(float)
    lost = 1.0 - (hit.sum() - np.cumsum(hit)) / (hit.sum() + np.cumsum(1.0 - hit))
    return float(error[order] @ np.diff(lost, prepend=0.0))


def naive(probability, label, average):
    """One pool of positions: probabilities (positions, classes) and labels; NaN if there is nothing to average."""
    probability, label = probability[label != IGNORED], label[label != IGNORED]
    wanted = range(probability.shape[1]) if average == "all" else np.unique(label)
    if not label.size:
        return np.nan
    return np.mean([of_class(np.abs((label == c) - probability[:, c]), label == c) for c in wanted])


@st.composite
def images(draw):
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    count, classes, height, width = (draw(st.integers(1, 4)) for _ in range(4))
    scores = rng.random((count, classes, height, width)) + 1e-3
    if draw(st.booleans()):  # many that are equal
        scores = np.ceil(scores * 2)
    label = rng.integers(0, classes, (count, height, width))
    label[rng.random(label.shape) < draw(st.sampled_from([0.0, 0.3, 1.0]))] = IGNORED
    return scores / scores.sum(axis=1, keepdims=True), label


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("average", ["present", "all"])
@given(images(), st.integers(1, 64))
def test_it_is_the_definition_over_all_positions_in_any_blocks(backend, average, given_images, elements):
    pred, label = given_images
    by_position = np.moveaxis(pred, 1, -1).reshape(-1, pred.shape[1])
    with blocks_of(elements):
        found = losscli.compute(
            "lovasz_softmax", pred, label, average=average, ignore_index=IGNORED, backend=backend
        ).value
    assert found == pytest.approx(naive(by_position, label.ravel(), average), rel=1e-12, abs=1e-15, nan_ok=True)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("average", ["present", "all"])
@given(images(), st.integers(1, 64))
def test_by_image_each_has_a_loss_but_those_ignored(backend, average, given_images, elements):
    pred, label = given_images
    pools = [(np.moveaxis(p, 0, -1).reshape(-1, p.shape[0]), y.ravel()) for p, y in zip(pred, label, strict=True)]
    expected = np.array([naive(*pool, average) for pool in pools])
    options = {"average": average, "per_image": True, "ignore_index": IGNORED, "backend": backend}
    with blocks_of(elements):
        found = losscli.compute("lovasz_softmax", pred, label, per_sample=True, **options)
    np.testing.assert_allclose(found.per_sample, expected, rtol=1e-12, atol=1e-15)
    there = ~np.isnan(expected)
    assert (found.denominator, found.denominator_is) == (there.sum(), "images")
    assert found.value == pytest.approx(np.mean(expected[there]) if there.any() else np.nan, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(("average", "counted"), [("present", 2), ("all", 3)])
def test_the_mean_divides_by_the_classes_that_count(average, counted):
    pred = np.full((1, 3, 4), 1 / 3)
    found = losscli.compute("lovasz_softmax", pred, [[0, 0, 1, 1]], average=average)
    assert (found.denominator, found.denominator_is) == (counted, "classes")

"""Masks with and without an axis of classes."""

from __future__ import annotations

import numpy as np
import pytest
from suspects import codes, the_warning

import losscli


@pytest.mark.parametrize("shape", [(4, 32, 32), (4, 32, 100), (32, 32)])
def test_masks_without_a_class_axis_are_recognised(shape):
    mask = np.random.default_rng(0).random(shape)
    warning = the_warning("dice", mask, np.round(mask))
    assert warning.code == "L110"
    assert "1, H, W)" in warning.hint
    mended = mask[:, None] if mask.ndim > 2 else mask[None, None]
    assert codes("dice", mended, np.round(mended)) == []


@pytest.mark.parametrize("shape", [(4, 3, 32), (4, 20, 1000), (4, 32, 32, 32), (4, 1, 32, 32), (100, 3)])
def test_masks_that_have_their_classes_are_not_suspected(shape):
    mask = np.random.default_rng(0).random(shape)
    assert codes("dice", mask, np.round(mask)) == []


@pytest.mark.parametrize("shape", [(3, 5, 5), (2, 4, 4, 4)])
def test_as_many_positions_as_classes_are_told_unless_the_axis_is(shape):
    rng = np.random.default_rng(1)
    logits, labels = rng.normal(0, 2, shape), rng.integers(0, shape[1], (shape[0], *shape[2:]))
    warning = the_warning("cross_entropy", logits, labels)
    assert warning.code == "L111"
    assert f"both are {shape[1]} long" in warning.message
    for axis in (1, -1, len(shape) - 1):
        assert codes("cross_entropy", logits, labels, class_axis=axis) == []
    first, last = (losscli.compute("cross_entropy", logits, labels, class_axis=axis).value for axis in (1, -1))
    assert first != last


@pytest.mark.parametrize("shape", [(3, 5, 4), (3, 5), (2, 4, 4, 5), (2, 4, 5, 4), (3, 1, 1)])
def test_classes_that_can_only_be_on_one_axis_are_not_asked_about(shape):
    rng = np.random.default_rng(1)
    logits, labels = rng.normal(0, 2, shape), rng.integers(0, shape[1], (shape[0], *shape[2:]))
    assert "L111" not in codes("cross_entropy", logits, labels)

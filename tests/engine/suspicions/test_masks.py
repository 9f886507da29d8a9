"""Masks with and without an axis of classes."""

from __future__ import annotations

import numpy as np
import pytest
from suspects import codes, the_warning


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

"""Losses as plain functions of arrays: integers of any size are the numbers that they stand for."""

import array_api_compat.torch
import numpy as np
import pytest
import torch

from losscli import losses

SPACES = [(np, np.asarray), (array_api_compat.torch, torch.tensor)]
SMALL = ["uint8", "int8", "int16", "bool"]


@pytest.mark.parametrize(("xp", "make"), SPACES, ids=["numpy", "torch"])
@pytest.mark.parametrize("dtype", SMALL)
def test_small_integers_do_not_wrap_round(xp, make, dtype):
    pred, target = make([1, 0, 1]), make([0, 1, 1]) if dtype == "bool" else make([127, 100, 3])
    small = [xp.astype(x, getattr(xp, dtype)) for x in (pred, target)]
    for name in ("mse", "l1", "bce_with_logits" if dtype == "bool" else "poisson_nll"):
        found = getattr(losses, name)(*small)
        expected = getattr(losses, name)(xp.astype(pred, found.dtype), xp.astype(target, found.dtype))
        assert found.tolist() == expected.tolist()


@pytest.mark.parametrize(("xp", "make"), SPACES, ids=["numpy", "torch"])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "float64"])
@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 3, 200)])
def test_labels_of_any_dtype_are_the_same_labels(xp, make, dtype, shape):
    rng = np.random.default_rng(0)
    logits, label = make(rng.standard_normal(shape)), rng.integers(0, 3, shape[:1] * (len(shape) > 1) + shape[2:])
    expected = losses.cross_entropy(logits, make(label))
    for name in ("cross_entropy", "perplexity"):
        found = getattr(losses, name)(logits, xp.astype(make(label), getattr(xp, dtype)))
        np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-14)

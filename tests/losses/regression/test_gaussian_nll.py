"""The variance of gaussian_nll: what it may be beside the prediction, and what is raised or refused."""

import numpy as np
import pytest
import torch

import losscli
from losscli.errors import DataError, ShapeError

RNG = np.random.default_rng(5)
PRED, TARGET = RNG.standard_normal((2, 3, 3))


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_as_many_variances_as_rows_are_one_a_row_also_where_there_are_as_many_columns(backend):
    var = np.array([0.5, 1.0, 2.0])
    found = losscli.compute("gaussian_nll", PRED, TARGET, var, reduction="none", backend=backend).value
    wanted = torch.nn.functional.gaussian_nll_loss(*map(torch.from_numpy, (PRED, TARGET, var)), reduction="none")
    np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-14)
    np.testing.assert_array_equal(
        found, losscli.compute("gaussian_nll", PRED, TARGET, var[:, None], reduction="none").value
    )


@pytest.mark.parametrize("shape", [(2,), (1,), (1, 1), (3, 2), (3, 3, 1)], ids=str)
def test_shapes_that_torch_refuses_are_refused(shape):
    var = np.ones(shape)
    with pytest.raises(ValueError, match="incorrect size"):
        torch.nn.functional.gaussian_nll_loss(*map(torch.from_numpy, (PRED, TARGET, var)))
    with pytest.raises(ShapeError, match="does not broadcast"):
        losscli.compute("gaussian_nll", PRED, TARGET, var)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize(
    ("var", "raised"), [(np.array([0.0, 1e-8, 1.0]), 6), (np.array([[0.0, 1.0, 1.0]]), 3), (np.array(0.0), 9)]
)
def test_every_element_whose_variance_was_raised_is_counted(var, raised, backend):
    assert losscli.compute("gaussian_nll", PRED, TARGET, var, backend=backend).clamped == raised


@pytest.mark.parametrize("var", [np.array([1.0, -1e-9, 1.0]), np.array(-1.0)], ids=["by row", "one"])
def test_a_negative_variance_is_refused(var):
    with pytest.raises(DataError, match="outside ≥ 0"):
        losscli.compute("gaussian_nll", PRED, TARGET, var)

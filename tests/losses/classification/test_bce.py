"""Binary cross-entropy of probabilities of which some are not known."""

import numpy as np
import pytest

import losscli


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("weight", [None, [2.0, 2.0, 2.0]])
def test_nan_reaches_the_result_where_it_may(backend, weight):
    pred, target, unknown = [np.nan, 0.5, 0.25], [0.0, 1.0, 1.0], [1.0, 0.5, 0.25]
    options = {"backend": backend, "nan": "propagate", "weight": weight}
    found = losscli.compute("bce", pred, target, reduction="none", **options).value
    expected = losscli.compute("bce", unknown, target, reduction="none", **options).value
    assert np.isnan(found[0])
    assert found[1:].tolist() == expected[1:].tolist()
    assert np.isnan(losscli.compute("bce", pred, target, **options).value)

"""Identities of bce_with_logits, and digits that a naive formula loses."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from identities import close, value

import losscli


@pytest.mark.parametrize("logit", [36.0, 50.0, 100.0, 700.0])
def test_bce_with_logits_keeps_the_digits_of_a_sure_answer(logit):
    close(value("bce_with_logits", [logit], [1.0]), np.log1p(np.exp(-logit)))
    close(value("bce_with_logits", [-logit], [0.0]), np.log1p(np.exp(-logit)))
    close(value("bce_with_logits", [-logit], [1.0]), logit)


@given(npst.arrays(np.float64, 6, elements=st.floats(-30, 30)), npst.arrays(np.float64, 6, elements=st.floats(0, 1)))
def test_bce_with_logits_is_bce_of_the_sigmoid(logits, target):
    probability = 1 / (1 + np.exp(-logits))
    # The sigmoid of 30 rounds at 1e-16, which its log(1 - p) magnifies: 1e-16 / e^-30.
    slack = 2e-16 * np.exp(np.abs(logits).max())
    close(value("bce_with_logits", logits, target), value("bce", probability, target), rtol=1e-14, atol=slack + 1e-15)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 3), (2, 1, 1)])
def test_pos_weight_repeats_over_a_sample_as_in_torch(shape):
    rng = np.random.default_rng(0)
    pred, target = rng.normal(size=(4, 2, 5, 3)), rng.integers(0, 2, (4, 2, 5, 3)).astype(float)
    weight = rng.random(shape)
    native = torch.nn.functional.binary_cross_entropy_with_logits(
        *map(torch.tensor, (pred, target)), pos_weight=torch.tensor(weight)
    )
    assert losscli.compute("bce_with_logits", pred, target, pos_weight=weight).value == pytest.approx(
        float(native), rel=1e-13
    )

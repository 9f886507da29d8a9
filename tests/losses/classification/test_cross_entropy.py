"""Identities of cross_entropy, and digits that a naive formula loses."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from identities import REAL, close, value


@given(
    npst.arrays(np.float64, (5, 4), elements=st.floats(-30, 30)),
    npst.arrays(np.int64, 5, elements=st.integers(0, 3)),
)
def test_cross_entropy_is_nll_of_log_softmax(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    close(value("cross_entropy", logits, labels), value("nll", log_softmax, labels), rtol=1e-14, atol=1e-15)


@given(npst.arrays(np.float64, (5, 4), elements=REAL), npst.arrays(np.int64, 5, elements=st.integers(0, 3)))
def test_cross_entropy_of_one_hot_probabilities_is_that_of_labels(logits, labels):
    close(value("cross_entropy", logits, np.eye(4)[labels]), value("cross_entropy", logits, labels), rtol=1e-14)


def test_cross_entropy_keeps_the_digits_of_a_sure_answer():
    close(value("cross_entropy", [[40.0, 0.0]], [0]), np.log1p(np.exp(-40.0)), atol=1e-16)
    close(value("cross_entropy", [[0.0, 1000.0]], [0]), 1000.0)

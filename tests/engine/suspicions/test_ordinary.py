"""Nothing is suspected of ordinary data, and a fact is about every block."""

from __future__ import annotations

import numpy as np
import pytest
from suspects import codes, ordinary

from losscli import losses
from losscli.engine.plan import BLOCK_ELEMENTS

ALL = losses.built_in()
LOSSES = [pytest.param(one, id=one.name) for one in ALL]


@pytest.mark.parametrize("samples", [7, 200, 4000])
@pytest.mark.parametrize("one", LOSSES)
def test_nothing_is_suspected_of_ordinary_data(one, samples):
    rng = np.random.default_rng(samples)
    for form in one.signature.forms:
        if form.inputs[0][:1] == (one.signature.sample_axis,):
            assert codes(one.name, **ordinary(one, form, rng, samples)) == []


# Blocks


def test_a_fact_is_about_every_block():
    n = 3 * BLOCK_ELEMENTS
    given, target = np.full(n, 0.9), np.ones(n)
    assert codes("bce_with_logits", given, target) == ["L201"]
    given[-1] = 1.5
    assert [codes("bce_with_logits", given, target, threads=j) for j in (1, 2)] == [[], []]

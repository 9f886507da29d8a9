"""Triplets with a chosen distance: each name is the distance that users of torch write down for it."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cosine_similarity, triplet_margin_with_distance_loss

import losscli

DISTANCES = {
    "euclidean": None,
    "l1": lambda u, v: (u - v).abs().sum(-1),
    "l2": lambda u, v: torch.linalg.vector_norm(u - v, dim=-1),
    "sqeuclidean": lambda u, v: ((u - v) ** 2).sum(-1),
    "linf": lambda u, v: (u - v).abs().amax(-1),
    "cosine": lambda u, v: 1 - cosine_similarity(u, v, dim=-1),
}


def test_every_distance_is_tried():
    (offered,) = (p.domain.options for p in losscli.losses.find("triplet_margin_with_distance").parameters[:1])
    assert set(offered) == set(DISTANCES)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("distance", DISTANCES)
@given(seed=st.integers(0, 1000), shape=st.sampled_from([(4,), (1, 1), (5, 3), (2, 3, 4)]), swap=st.booleans())
def test_a_name_is_the_function_of_torch_users(distance, backend, seed, shape, swap):
    triplet = np.random.default_rng(seed).standard_normal((3, *shape))
    options = {"margin": 0.7, "swap": swap, "reduction": "none"}
    function = DISTANCES[distance]
    expected = triplet_margin_with_distance_loss(*torch.from_numpy(triplet), distance_function=function, **options)
    found = losscli.compute("triplet_margin_with_distance", *triplet, distance=distance, backend=backend, **options)
    np.testing.assert_allclose(found.value, expected.numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_euclidean_is_the_default_of_triplet_margin(backend):
    triplet = np.random.default_rng(3).standard_normal((3, 6, 4))
    one, other = (
        losscli.compute(name, *triplet, swap=True, backend=backend)
        for name in ("triplet_margin_with_distance", "triplet_margin")
    )
    assert one.value == pytest.approx(other.value, rel=1e-14)

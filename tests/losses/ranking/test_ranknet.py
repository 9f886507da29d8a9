"""Pairs of ranknet."""

import numpy as np

import losscli

RNG = np.random.default_rng(20240611)


def test_pairs_weigh_as_much_as_their_query():
    scores, grades = RNG.standard_normal((3, 4)), np.array([[0, 1, 2, 2], [1, 1, 1, 1], [3, 0, 0, 1]])
    found = losscli.compute("ranknet", scores, grades, sample_weight=[2, 9, 3])
    assert (found.denominator, found.denominator_is) == (2 * 5 + 9 * 0 + 3 * 5, "pairs, weighted")

"""What perplexity is beside cross-entropy."""

import math

import numpy as np

import losscli

RNG = np.random.default_rng(0)
TOKENS, LABELS = RNG.standard_normal((3, 5, 7)), RNG.integers(0, 7, (3, 5))


def test_it_is_the_exponential_of_the_mean_cross_entropy_of_a_token():
    labels = np.where(RNG.random((3, 5)) < 0.3, -100, LABELS)
    entropy = losscli.compute("cross_entropy", TOKENS, labels, class_axis=-1)
    found = losscli.compute("perplexity", TOKENS, labels, class_axis=-1, per_sample=True)
    assert math.isclose(found.value, math.exp(entropy.value), rel_tol=1e-14)
    assert (found.denominator, found.ignored) == (entropy.denominator, entropy.ignored)
    alone = losscli.compute("perplexity", TOKENS[:1], labels[:1], class_axis=-1)
    assert found.per_sample[0] == alone.value


def test_one_too_large_for_any_float_is_infinite_and_said_to_be():
    found = losscli.compute("perplexity", [[0.0, 2000.0]], [0])
    assert found.value == math.inf
    assert [w.code for w in found.warnings] == ["L303"]


def test_equal_scores_are_as_many_choices_as_there_are_tokens():
    assert math.isclose(losscli.compute("perplexity", np.zeros((1, 7, 5)), LABELS[:1]).value, 7.0, rel_tol=1e-15)

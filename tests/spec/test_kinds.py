"""Intervals in words, as help and hints say them."""

import math

import pytest

from losscli.spec.kinds import Interval


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (Interval(), "any real"),
        (Interval(closed_low=False, closed_high=False), "finite"),
        (Interval(0.0), "≥ 0"),
        (Interval(0.0, closed_low=False), "> 0"),
        (Interval(0.0, closed_low=False, closed_high=False), "> 0 and finite"),
        (Interval(-math.inf, 1.0), "≤ 1"),
        (Interval(-math.inf, 1.0, closed_low=False, closed_high=False), "< 1 and finite"),
        (Interval(0.0, 90.0), "[0, 90]"),
        (Interval(0.0, 1.0, closed_low=False, closed_high=False), "(0, 1)"),
    ],
)
def test_an_interval_says_whether_infinity_belongs_to_it(interval, words):
    assert str(interval) == words
    assert (math.inf in interval or -math.inf in interval) == ("finite" not in words and words[0] not in "[(")

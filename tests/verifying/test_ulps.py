"""How far apart two numbers are, and where two documents differ."""

from __future__ import annotations

import pytest

from losscli.verifying.ulps import differences


@pytest.mark.parametrize(
    ("one", "two", "ulps", "close"),
    [
        (1.0, 1.0 + 2**-52, 1, True),
        (0.0, -0.0, 1, True),
        (-5e-324, 5e-324, 3, False),
        (1.0, 1.0 + 1e-13, 450, True),
        (1.0, 1.1, 450359962737050, False),
        (3, 4, 2**51, False),
        (1.0, "Infinity", 4503599627370496 * 1024 - 0, False),
        ("a", "b", None, False),
        (None, 1.0, None, False),
        (True, 1.0, None, True),
    ],
)
def test_numbers_are_so_many_ulps_apart(one, two, ulps, close):
    found = list(differences({"x": one}, {"x": two}))
    if one is True:
        assert found == []  # JSON's true is no number, and Python's is 1
        return
    (difference,) = found
    assert (difference.what, difference.close) == ("x", close)
    assert difference.ulps == ulps


@pytest.mark.parametrize("same", [1.5, "NaN", "Infinity", None, [1, [2.5]], {"a": "b"}, "word"])
def test_what_is_the_same_does_not_differ(same):
    assert not list(differences(same, same))


def test_places_are_told():
    found = list(differences({"a": [1.0, {"b": 2.0}]}, {"a": [1.0, {"b": 3.0}]}))
    assert [one.what for one in found] == ["a[1].b"]
    assert [one.what for one in differences([1], [1, 2])] == [""]

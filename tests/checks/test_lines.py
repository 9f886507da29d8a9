"""The lines of keys in TOML, as a reader of the file finds them."""

from __future__ import annotations

import pytest

from losscli.checks.places import Places

TEXT = """\
# max = 1
baseline = "b.json"

[check.a]
loss = "mse"
"max-increase" = "2%"
group.max = 3
group.limits = { "g=1" = { max = 2, min = 1 } }

[check."b c"]
  params = { beta = 1 }
[check.d.group]
max = 3
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("baseline",), 2),
        (("check", "a"), 4),
        (("check", "a", "loss"), 5),
        (("check", "a", "max-increase"), 6),
        (("check", "a", "group"), 7),
        (("check", "a", "group", "max"), 7),
        (("check", "a", "group", "limits", "g=1"), 8),
        (("check", "b c"), 10),
        (("check", "b c", "params", "beta"), 11),
        (("check", "d", "group", "max"), 13),
        (("check", "d", "gone"), 12),
        (("check", "a", "gone", "deeper"), 4),
        (("gone",), 1),
    ],
)
def test_line_of_a_key_or_of_what_is_around_it(path, line):
    assert Places(TEXT).line(*path) == line

"""Commands that a reader copies: they fit the terminal, and a shell takes them as they stand."""

import shlex

import pytest

from losscli.report import typed


@pytest.mark.parametrize("width", [1, 30, 47, 48, 60, 80, 200])
def test_a_command_fits_and_is_the_same_to_a_shell(width):
    words = ["losscli", "compute", "mse", shlex.quote("a file.csv"), "b.csv", "--nan", "omit"]
    lines = typed.command(words, width)
    assert shlex.split("\n".join(lines).replace("\\\n", "")) == shlex.split(" ".join(words))
    assert all(len(line) <= max(width, len("    'a file.csv' \\")) for line in lines)
    assert (len(lines) == 1) == (len(" ".join(words)) <= width)

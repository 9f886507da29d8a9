"""Warning codes: one list, in which stands every code that is raised, and no other."""

from __future__ import annotations

import ast

import pytest
from shell import ROOT

from losscli.errors import WARNINGS, Finding


def raised():
    """The first argument of every finding that the program makes."""
    for path in (ROOT / "losscli").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding":
                yield ast.literal_eval(node.args[0])


def test_every_code_that_is_raised_has_a_meaning_and_every_meaning_is_raised():
    assert set(raised()) == set(WARNINGS)


def test_codes_stand_in_their_order():
    assert list(WARNINGS) == sorted(WARNINGS)


def test_a_finding_of_an_unknown_code_is_never_made():
    with pytest.raises(KeyError, match="L999"):
        Finding("L999", "a sentence")

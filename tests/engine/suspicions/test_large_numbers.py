"""Numbers that float64 does not hold, and results that overflow."""

from __future__ import annotations

import numpy as np
import pytest
from shell import cli
from suspects import codes, the_warning

from losscli.engine.plan import BLOCK_ELEMENTS


@pytest.mark.parametrize("lost", [2**53 + 1, -(2**53) - 1, 1_700_000_000_123_456_789])
def test_whole_numbers_that_float64_does_not_hold_are_told(lost, tmp_path):
    (tmp_path / "p.csv").write_text(f"5\n{lost}\n")
    assert str(lost) in the_warning("l1", np.array([5, lost]), np.array([5.0, 0.0])).message
    assert codes("l1", tmp_path / "p.csv", np.array([5.0, 0.0])) == ["L209"]
    assert "L209" in cli("compute", "l1", "--", str(lost), "0").err


@pytest.mark.parametrize("text", ["9007199254740991", "1500000000000000000", "1.25e17", "1e300", "-4e18", "inf", "0.5"])
def test_numbers_that_float64_holds_are_not(text, tmp_path):
    (tmp_path / "p.csv").write_text(f"{text}\n2\n")
    assert "L209" not in codes("l1", tmp_path / "p.csv", np.array([1.0, 2.0]))
    assert "L209" not in cli("compute", "l1", "--", f"{text},2", "1,2").err


def test_even_numbers_above_the_limit_are_held():
    assert codes("l1", np.array([2**53 + 2, -(2**60)]), np.array([0, 0])) == []
    assert codes("l1", np.array([2**64 - 1], np.uint64), np.array([0])) == ["L209"]


@pytest.mark.parametrize("options", [{}, {"reduction": "sum"}, {"dtype": "float32"}])
def test_an_infinite_result_of_finite_inputs_is_told(options):
    assert codes("mse", [1e200, 1.0], [0.0, 1.0], **options) == ["L303"]
    assert codes("mse", [np.inf, 1.0], [0.0, 1.0], **options) == []


def test_a_sum_that_overflows_is_told():
    assert codes("l1", np.full(BLOCK_ELEMENTS, 1e305), np.zeros(BLOCK_ELEMENTS)) == ["L303"]


def test_infinity_from_what_is_no_sum_is_told():
    assert codes("median_absolute_error", [1e308, 1e308], [-1e308, -1e308]) == ["L303"]
    assert codes("median_absolute_error", [np.inf, np.inf], [0.0, 0.0]) == []
    assert codes("mase", [1.0, 2.0], [2.0, 3.0], [1.0, 1.0]) == ["L303"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", "[9007199254740993, 0.5]"),
        ("t.json", '[{"p": 9007199254740993}, {"p": 0.5}]'),
        ("p.ndjson", '{"p": 9007199254740993}\n{"p": 0.5}\n'),
    ],
)
def test_whole_numbers_beside_floats_in_json(name, text, tmp_path):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert codes("l1", tmp_path / name, np.array([0.0, 0.0])) == ["L209"]
    (tmp_path / name).write_text(text.replace("9007199254740993", "1e300"), encoding="utf-8")
    assert codes("l1", tmp_path / name, np.array([0.0, 0.0])) == []

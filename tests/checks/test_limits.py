"""Limits of a value: what is beyond one fails, what is on it passes, and NaN is neither."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import losscli
from losscli.checks.digits import told_apart
from losscli.checks.verdict import ERROR, FAIL, PASS, Checked, Verdicts, gravest
from losscli.errors import DataError, UsageError

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.floats(allow_nan=False), FINITE)
def test_numbers_that_differ_look_different_and_read_back_in_order(value, limit):
    texts = told_apart(value, limit)
    assert (texts[0] == texts[1]) == (value == limit)
    assert (float(texts[0]) > float(texts[1])) == (value > limit)


def test_numbers_have_no_more_digits_than_it_takes():
    assert told_apart(2988.0520223782805, 2988.05) == ["2988.052", "2988.05"]
    assert told_apart(2988.0520223782805, 3000) == ["2988.05", "3000"]
    assert told_apart(0.1 + 0.2, 0.3) == ["0.30000000000000004", "0.29999999999999999"]
    assert told_apart(-0.0, 0.0) == ["0", "0"]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9), st.floats(-1e6, 1e6))
def test_verdict_is_the_comparison_of_the_exact_numbers(errors, limit):
    value = losscli.compute("l1", errors, [0.0] * len(errors)).value
    verdicts = losscli.check("l1", errors, [0.0] * len(errors), max=limit)
    assert verdicts.passed == bool(verdicts) == (value <= limit)
    assert losscli.check("l1", errors, [0.0] * len(errors), min=limit).passed == (value >= limit)
    assert losscli.check("l1", errors, [0.0] * len(errors), max=value, min=value).passed
    (condition,) = verdicts.checks[0].conditions
    assert (condition.value, condition.limit) == (value, limit)


def test_failure_says_both_numbers():
    (one,) = losscli.check("mse", [1.0, 2.0], [0.0, 0.0], max=2.4999999, min=0).checks
    assert [c.verdict for c in one.conditions] == [FAIL, PASS]
    assert [c.message for c in one.conditions] == ["mse is 2.5, above max 2.4999999", "mse is 2.5, within min 0"]
    assert [c.condition for c in one.failures] == ["max"]
    assert one.failures[0].excess == pytest.approx(4e-8)


def test_each_of_several_losses_is_held_to_the_limit():
    verdicts = losscli.check("mse,l1", [3.0], [0.0], max=4)
    assert [(one.loss, one.verdict) for one in verdicts.checks] == [("mse", FAIL), ("l1", PASS)]
    assert (verdicts.verdict, verdicts.exit_code, verdicts.count(PASS)) == (FAIL, 1, 1)


def test_groups_are_held_to_the_limit_too(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("p,y,g\n1,0,a\n1,0,a\n3,0,b\n", encoding="utf-8")
    (one,) = losscli.check("mse", path, pred="p", target="y", by="g", max=8).checks
    assert [c.verdict for c in one.conditions] == [PASS]
    assert [(g.label, g.value, g.samples, g.verdict) for g in one.groups] == [
        ("g=a", 1.0, 2, PASS),
        ("g=b", 9.0, 1, FAIL),
    ]
    assert [c.message for c in one.failures] == ["mse of g=b is 9, above max 8"]
    assert one.verdict == FAIL


@pytest.mark.parametrize("limits", [{"max": 1}, {"min": 0}, {"max": 1, "min": 0}])
def test_what_is_nan_is_never_compared(limits):
    with pytest.raises(DataError, match="mse is NaN, which cannot be compared"):
        losscli.check("mse", [math.nan], [0.0], nan="propagate", **limits)
    with pytest.raises(DataError, match="is NaN"):  # 0/0
        losscli.check("cross_entropy", [[1.0, 2.0]], [-100], **limits)


def test_infinity_is_above_every_limit():
    assert losscli.check("mse", [math.inf], [0.0], max=1e308).exit_code == 1
    assert losscli.check("mse", [math.inf], [0.0], min=1e308).exit_code == 0


def test_check_without_a_limit_is_refused():
    with pytest.raises(UsageError, match="would always pass") as refused:
        losscli.check("mse", [1.0], [0.0])
    assert refused.value.hint == "it takes max, min, max_increase, max_decrease."


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, "abc"])
def test_limit_is_a_finite_number(odd):
    with pytest.raises(UsageError, match="finite number"):
        losscli.check("mse", [1.0], [0.0], max=odd)


def test_unreduced_values_and_unknown_words_are_refused():
    with pytest.raises(UsageError, match=re.escape("reduction is 'none'")):
        losscli.check("mse", [1.0], [0.0], max=1, reduction="none")
    with pytest.raises(UsageError, match="mse has no 'maxi'") as refused:
        losscli.check("mse", [1.0], [0.0], maxi=1)
    assert refused.value.hint == "did you mean max?"


def test_gravest_verdict_counts():
    assert [gravest(x) for x in ([], [PASS], [PASS, FAIL], [FAIL, ERROR, PASS])] == [PASS, PASS, FAIL, ERROR]
    broken = Checked("a", "mse", error=DataError("gone."))
    verdicts = Verdicts((broken, Checked("b", "mse")))
    assert (broken.verdict, verdicts.exit_code, bool(verdicts)) == (ERROR, 2, False)

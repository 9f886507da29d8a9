"""Intervals of every loss: those of its samples, of its groups and of its clusters, by laws that need no list."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import SUMS, WHOLE, counts_of, drawn, picked, rows_of, run

from losscli.errors import UsageError

NAMES = st.sampled_from(["a", "b", "c", "d"])


def close(found, wanted, value):
    """Require the same interval, but for roundings of the value."""
    assert (found.units, found.unit, found.method) == (wanted.units, wanted.unit, wanted.method)
    nothing = {"no spread", "values past what can be squared"}
    if {found.why_not, wanted.why_not} & nothing:
        return
    assert found.why_not == wanted.why_not
    for name in ("low", "high"):
        a, b = getattr(found, name), getattr(wanted, name)
        assert (a is None) == (b is None)
        if a is not None:
            spread = 0.0 if found.se is None or math.isnan(found.se) else found.se
            assert a == pytest.approx(b, rel=1e-6, abs=1e-6 * (abs(value) + spread))


@pytest.mark.parametrize("one", SUMS)
@given(data=st.data())
def test_an_interval_holds_the_value_and_changes_nothing_else(one, data):
    case = drawn(data, one)
    found, plain = run(case, ci=0.9), run(case)
    np.testing.assert_equal((found.value, found.signature), (plain.value, plain.signature))
    assert plain.ci is None
    assert found.ci.units <= rows_of(case)
    if found.ci.why_not is None:
        slack = 1e-9 * (1 + abs(found.value))
        assert found.ci.low - slack <= found.value <= found.ci.high + slack
    else:
        assert (found.ci.low, found.ci.high) == (None, None)


@pytest.mark.parametrize("one", SUMS)
@settings(max_examples=8)
@given(data=st.data())
def test_groups_have_the_intervals_of_their_rows(one, data, tmp_path_factory):
    case = drawn(data, one)
    names = data.draw(st.lists(NAMES, min_size=rows_of(case), max_size=rows_of(case)))
    path = tmp_path_factory.mktemp("g") / "g.csv"
    path.write_text("g,h\n" + "".join(f"{name},0\n" for name in names))
    for group in run(case, ci=0.9, by=[f"{path}::g"]).groups:
        mine = np.flatnonzero([name == group.names[0] for name in names])
        close(group.ci, run(picked(case, mine), ci=0.9).ci, group.value)


@pytest.mark.parametrize("one", SUMS)
@settings(max_examples=8)
@given(data=st.data())
def test_clusters_of_one_sample_each_are_samples(one, data):
    case = drawn(data, one)
    found, plain = run(case, ci=0.9, cluster=np.arange(rows_of(case))), run(case, ci=0.9)
    close(found.ci._replace(unit="samples"), plain.ci, found.value)


@pytest.mark.parametrize("one", SUMS)
@settings(max_examples=8)
@given(data=st.data())
def test_a_weight_of_zero_takes_a_sample_out(one, data):
    case = drawn(data, one)
    weights = np.array(data.draw(counts_of(rows_of(case)))) > 0
    left = np.flatnonzero(weights)
    if len(left):
        found = run(case, ci=0.9, sample_weight=weights.astype(float))
        close(found.ci, run(picked(case, left), ci=0.9).ci, found.value)


@pytest.mark.parametrize("one", WHOLE)
@settings(max_examples=5)
@given(data=st.data())
def test_a_loss_of_the_whole_set_has_one_or_says_why_not(one, data):
    case = drawn(data, one, whole=True)
    try:
        found = run(case, ci=0.9).ci
    except UsageError as error:
        assert "compares every sample with all others" in error.message
        assert case.loss.quantile is None
        return
    assert found.method in ("order", "order-of-units", "jackknife")
    assert (found.low is None) == (found.why_not is not None)

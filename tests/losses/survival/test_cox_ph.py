"""Cox's partial likelihood, time by time as it is defined, with ties and without."""

import math

import numpy as np
import pytest
from blocks import blocks_of
from hypothesis import given
from hypothesis import strategies as st

import losscli

BACKENDS = ["numpy", "torch"]
ROWS = st.lists(
    st.tuples(st.floats(-5, 5), st.sampled_from([0.0, 1.0, 2.0, 2.5, 7.0]), st.booleans()), min_size=1, max_size=12
)


def naive(score, time, event, ties):
    """The sum over event times, one by one."""
    total = 0.0
    for t in {t for t, e in zip(time, event, strict=True) if e}:
        risk = sum(math.exp(h) for h, s in zip(score, time, strict=True) if s >= t)
        dying = [h for h, s, e in zip(score, time, event, strict=True) if e and s == t]
        tied = sum(map(math.exp, dying)) if ties == "efron" else 0.0
        total += sum(math.log(risk - r / len(dying) * tied) for r in range(len(dying))) - sum(dying)
    return total


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("ties", ["efron", "breslow"])
@given(ROWS, st.integers(1, 6))
def test_it_is_the_definition_in_any_blocks(backend, ties, rows, elements):
    score, time, event = (np.array(column) for column in zip(*rows, strict=True))
    with blocks_of(elements):
        found, by_event = (
            losscli.compute("cox_ph", score, time, event, ties=ties, norm=norm, backend=backend)
            for norm in ("times", "events")
        )
    expected = naive(score, time, event, ties)
    assert found.numerator == pytest.approx(expected, rel=1e-11, abs=1e-12)
    assert by_event.numerator == found.numerator
    assert (found.denominator, found.denominator_is) == (len(set(time[event])), "event times")
    assert (by_event.denominator, by_event.denominator_is) == (event.sum(), "events")
    if event.any():
        assert found.value == found.numerator / found.denominator
    else:
        assert math.isnan(found.value)
        assert [w.code for w in found.warnings] == ["L301"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_score_far_above_the_rest_hides_no_later_risk_set(backend):
    score, time = np.array([2000.0, -2000.0, -2001.0]), np.array([1.0, 2.0, 3.0])
    found = losscli.compute("cox_ph", score, time, np.ones(3), reduction="sum", backend=backend)
    assert found.value == pytest.approx(math.log1p(math.exp(-1)), rel=1e-12)


def test_a_constant_added_to_all_scores_changes_nothing():
    rng = np.random.default_rng(5)
    score, time, event = rng.integers(-9, 9, 200) / 8, rng.integers(0, 40, 200), rng.integers(0, 2, 200)
    found, moved = (losscli.compute("cox_ph", score + by, time, event).value for by in (0.0, 512.0))
    assert moved == pytest.approx(found, rel=1e-12)


@pytest.mark.parametrize(("role", "value"), [("time", -1.0), ("event", 0.5), ("event", 2.0)])
def test_what_is_no_time_or_event_is_refused(role, value):
    rows = {"pred": np.zeros(3), "time": np.ones(3), "event": np.ones(3)}
    rows[role][1] = value
    with pytest.raises(losscli.LossCLIError) as found:
        losscli.compute("cox_ph", **rows)
    assert found.value.message.startswith(f"{role}: 1 of 3 values are outside")


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_time_that_is_unknown_leaves_the_loss_unknown(backend):
    found = losscli.compute("cox_ph", [0.1, 0.2, 0.3], [1.0, np.nan, 3.0], [1, 0, 1], nan="propagate", backend=backend)
    assert np.isnan(found.value)

"""Which numbers an axis tells, and how much of a curve is shown."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from losscli.report.plot.scale import Scale, limits, text

ends = st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-9)


@given(ends, ends, st.integers(2, 20))
def test_ticks_are_few_round_and_inside(a, b, most):
    low, high = min(a, b), max(a, b)
    if not high - low > 1e-6 * max(abs(low), abs(high)):
        return
    ticks = Scale(low, high).ticks(most)
    assert 2 <= len(ticks) <= most + 3
    slack = (high - low) * 1e-6
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    steps = [y - x for x, y in itertools.pairwise(ticks)]
    for step in steps:
        digit = step / 10 ** math.floor(math.log10(step * (1 + 1e-9)))
        assert any(math.isclose(digit, round_one, rel_tol=1e-3) for round_one in (1, 2, 5))


@pytest.mark.parametrize(
    ("scale", "most", "told"),
    [
        (Scale(0, 1), 6, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (Scale(0.05, 0.95), 3, ["0.2", "0.4", "0.6", "0.8"]),
        (Scale(-4, 4), 5, ["-4", "-2", "0", "2", "4"]),
        (Scale(1, 200, log=True), 4, ["1", "10", "100"]),
        (Scale(0.1, 10, log=True), 9, ["0.1", "0.2", "0.5", "1", "2", "5", "10"]),
        (Scale(1e-9, 1e9, log=True), 4, ["1e-09", "0.0001", "10", "1e+06"]),
        (Scale(3, 4, log=True), 4, ["3", "3.5", "4"]),
    ],
    ids=str,
)
def test_ticks(scale, most, told):
    assert [text(tick) for tick in scale.ticks(most)] == told


floats = st.floats(allow_nan=False, allow_infinity=False)


@given(floats, floats, st.booleans(), st.integers(2, 20))
def test_any_two_floats_are_ends(a, b, log, most):
    low, high = min(a, b), max(a, b)
    if not low < high or (log and low <= 0):
        return
    scale = Scale(low, high, log)
    ticks = scale.ticks(most)
    assert len(ticks) >= 2
    assert all(map(math.isfinite, ticks))
    assert all(-1e-6 <= scale.at(tick) <= 1 + 1e-6 for tick in ticks)
    assert (scale.at(low), scale.at(high)) == (0, 1)
    assert limits([low, high])[0].high <= 1.7976931348623157e308


def test_a_log_scale_gives_equal_lengths_to_equal_factors():
    scale = Scale(1, 100, log=True)
    assert scale.at(10) == pytest.approx(0.5)
    assert scale.at(0) == -math.inf


@given(st.lists(st.floats(-1e300, 1e300) | st.sampled_from([math.inf, math.nan]), max_size=30), st.booleans())
def test_limits_are_a_range(values, from_zero):
    scale, cut = limits(values, from_zero)
    assert math.isfinite(scale.low)
    assert scale.low < scale.high
    finite = [v for v in values if math.isfinite(v)]
    if finite and not cut:
        assert scale.low <= min(finite) <= max(finite) <= scale.high
    if from_zero:
        assert scale.low <= 0 <= scale.high


def test_a_spike_is_cut_and_told():
    x = [k / 802 for k in range(1, 802)]
    scale, cut = limits([-1 / at for at in x])
    assert cut == -802
    assert -40 < scale.low < -20
    assert limits([at * at for at in x])[1] == 0

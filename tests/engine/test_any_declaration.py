"""Losses that no one of the catalogue is like, as a plug-in may declare them: what holds of them follows too."""

from __future__ import annotations

import pickle
from typing import Annotated, Any

import numpy as np
import pytest
from blocks import blocks_of
from drawing import cases
from hypothesis import given
from hypothesis import strategies as st

from losscli.api import run
from losscli.engine.request import Wanted
from losscli.errors import DataError, ShapeError
from losscli.knobs.options import Options
from losscli.spec.kinds import (
    UNIT,
    Along,
    Array,
    Flag,
    Interval,
    Kind,
    KindBy,
    Label,
    PositiveInt,
    Prepared,
    Real,
    Rule,
    Sign,
    lengths,
)
from losscli.spec.loss import loss
from losscli.spec.several import spread
from losscli.spec.units import Counts, Odd, Statistic, Units, moments

ORDERED = Rule(
    "have the smaller value first",
    broken=lambda rows: rows[:, 0] > rows[:, 1],
    mend=lambda rows: np.sort(rows, axis=1),
    hint="change places of the columns.",
)
Span = Annotated[Array, Kind("span", rules=(ORDERED,))]
Padded = Annotated[Array, Kind("class index", dtype="label", padding=-1)]


def _of(power: int) -> Kind:
    return Kind("share", UNIT) if power == 1 else Kind("number")


@loss(shapes="(N,2),(N,2)->(N)")
def spans(xp: Any, pred: Span, target: Span) -> Any:
    """Axes of a length, and a rule about a sample."""
    return xp.max(xp.abs(pred - target), axis=1)


@loss(shapes="(T,N,C),(N)->(N)", mean_over="sequences")
def time_first(xp: Any, scores: Real, lengths: Flag) -> Units:
    """Samples along axis 1, and a mean that weighs each value."""
    value = xp.sum(xp.sum(scores, axis=2), axis=0)
    return Units(value, Counts(factor=1.0 / (1.0 + lengths), of="sequences"))


@loss(shapes="(N,Q),(N)->(N,Q)", mean_over="values")
def levels(
    xp: Any, pred: Real, target: Real, *, level: Annotated[Array, Along("Q", Interval(0.0, 1.0))] = (0.1, 0.5, 0.9)
) -> Any:
    """An array along an axis that is not of classes, with a default."""
    return xp.abs(pred - target[:, None]) * level


@loss(shapes="(N),(N)->(N)")
def powers(xp: Any, pred: Annotated[Array, KindBy(_of)], target: Sign, *, power: PositiveInt = 1) -> Any:
    """A domain that a parameter chooses, and a set of two numbers."""
    return (pred - target) ** 2 * power


@loss(shapes="(N,C),(N,S)->(N)")
def padded(xp: Any, pred: Real, target: Padded) -> Any:
    """Labels with a padding that is no class."""
    return xp.sum(xp.abs(pred), axis=1) + xp.astype(xp.count_nonzero(target >= 0, axis=1), pred.dtype)


@loss(shapes="(N),(M)->(N)")
def beside(xp: Any, pred: Real, others: Real, *, centre: Prepared, samples: Prepared) -> Any:
    """An input that is read whole, what is made of it once, and the numbers of the samples."""
    return xp.abs(pred - centre) + xp.astype(samples, pred.dtype)


@beside.prepare
def centre(xp: Any, others: Any) -> Any:
    return xp.mean(others)


@loss(shapes="(N),(N)->()", reductions=("mean",), mean_over="set", lowest=-np.inf)
def covariance(xp: Any, pred: Real, target: Real) -> Statistic:
    """Moments."""
    return Statistic(moments={"both": moments(xp, xp.stack([pred, target], axis=1))})


@covariance.finish
def _covariance(xp: Any, statistic: Statistic) -> Units:
    both = statistic.moments["both"]
    return Units(both.products[0, 1:], Counts(share=xp.asarray([float(both.size)]), of="pairs"))


@loss(shapes="(N),(N)->(N,2)", mean_over="views")
def both_ways(xp: Any, pred: Real, target: Label) -> Statistic:
    """Units of each sample that are there only after the last block."""
    return Statistic(gathered={"pred": pred, "target": target})


@both_ways.finish_samples
def _from_the_mean(xp: Any, statistic: Statistic) -> Any:
    pred = statistic.gathered["pred"]
    return xp.stack([pred - xp.mean(pred), xp.astype(statistic.gathered["target"], pred.dtype)], axis=1)


@loss(shapes="(T,N),(N,S),(N),(N)->(N) | (T,N),(ΣS),(N),(N)->(N) | (T),(S),(),()->()")
def counted(
    xp: Any,
    series: Real,
    marks: Annotated[Array, Kind("mark", dtype="label", reserved="none")],
    steps: Annotated[Array, lengths("series", along="T")],
    many: Annotated[Array, lengths("marks", along="S")],
    *,
    none: PositiveInt = 1,
) -> Any:
    """Two inputs of which each sample has so many values, of which one may lie sample after sample."""
    if series.ndim == 1:
        return counted.kernel(xp, series[:, None], marks[None, :], steps[None], many[None], none=none)[0]
    before = xp.arange(series.shape[0], device=series.device)[:, None] < steps
    inside = xp.arange(marks.shape[1], device=series.device) < many[:, None]
    each = xp.sum(xp.where(inside, marks, 0), axis=1)
    return xp.sum(xp.where(before, series, 0.0), axis=0) + xp.astype(each, series.dtype)


@loss(shapes="(N,D),(d,D)+,(d)+->(N)")
def stacked(xp: Any, pred: Real, maps: Real, shifts: Real) -> Any:
    """Several inputs of two roles, each pair of a length of its own."""
    value = xp.sum(pred, axis=1)
    for one, shift in zip(maps, shifts, strict=True):
        value = value + xp.sum(xp.matmul(pred, xp.matrix_transpose(one)) + shift, axis=1)
    return value


@counted.odd
def _more_marks_than_steps(steps: Any, many: Any) -> Odd:
    facts = {"steps": steps, "many": many}
    return Odd(many > steps, facts, "have more marks than steps", "{many} marks, {steps} steps", "fewer marks.")


DECLARED = [counted, stacked, spans, time_first, levels, powers, padded, beside, covariance, both_ways]
LOSSES = [pytest.param(one, id=one.name) for one in DECLARED]


def computed(one, case, reduction="mean", backend="numpy", **options):
    results, _ = run([one], [], case.given, Options(reduction=reduction, backend=backend, **options), Wanted())
    return results[0]


@pytest.mark.parametrize("one", LOSSES)
@given(data=st.data())
def test_the_units_computed_are_those_of_the_plain_function(one, data):
    case = data.draw(cases(one))
    units = np.asarray(one(*(case.inputs.get(role.name) for role in one.inputs), **case.parameters))
    reduction = "sum" if "sum" in one.reductions else "mean"
    for backend in ("numpy", "torch"):
        np.testing.assert_allclose(computed(one, case, reduction, backend).numerator, units.sum(), rtol=1e-9, atol=1e-9)
    if not one.whole:
        result = computed(one, case, "none")
        assert np.shape(result.value) == case.result_shape
        np.testing.assert_allclose(result.value, units.reshape(case.result_shape), rtol=1e-12)


@pytest.mark.parametrize("one", LOSSES)
@given(data=st.data())
def test_blocks_do_not_change_the_value(one, data):
    case = data.draw(cases(one))
    whole = computed(one, case)
    with blocks_of(4):
        found = computed(one, case)
    assert (found.samples, found.ignored) == (whole.samples, whole.ignored)
    np.testing.assert_allclose(
        [found.value, found.numerator, found.denominator],
        [whole.value, whole.numerator, whole.denominator],
        rtol=1e-9,
        atol=1e-9,
    )


def test_the_mean_weighs_values_and_the_sum_does_not():
    scores, lengths = np.ones((3, 2, 4)), [0.0, 1.0]
    mean, total = (
        run([time_first], [scores, lengths], {}, Options(reduction=r), Wanted())[0][0] for r in ("mean", "sum")
    )
    assert (mean.numerator, mean.denominator, mean.value) == (18.0, 2, 9.0)
    assert total.value == 24.0


@pytest.mark.parametrize("count", [1, 2, 3])
def test_several_inputs_of_a_role_are_as_many_as_are_given(count, tmp_path):
    rng = np.random.default_rng(0)
    pred = rng.standard_normal((5, 3))
    maps, shifts = ([rng.standard_normal(s) for s in shapes] for shapes in ([(2, 3), (4, 3), (1, 3)], [2, 4, 1]))
    maps, shifts = maps[:count], shifts[:count]
    for k, (one, shift) in enumerate(zip(maps, shifts, strict=True)):
        np.save(tmp_path / f"map{k}.npy", one)
        np.save(tmp_path / f"shift{k}.npy", shift)
    expected = pred.sum(axis=1) + sum((pred @ a.T + b).sum(axis=1) for a, b in zip(maps, shifts, strict=True))
    files = {f"{name}s": [f"{tmp_path}/{name}{k}.npy" for k in range(count)] for name in ("map", "shift")}
    numbered = {f"maps.{k}": one for k, one in enumerate(maps)} | {f"shifts.{k}": one for k, one in enumerate(shifts)}
    for several in ({"maps": maps, "shifts": shifts}, files, numbered):
        for elements in (1, 1000):
            with blocks_of(elements):
                found = run([stacked], [pred], several, Options(reduction="none"), Wanted())[0][0]
            np.testing.assert_allclose(found.value, expected, rtol=1e-13)
    roles = [one.role for one in found.inputs]
    assert roles[1] == ("maps" if count == 1 else "maps.0")
    np.testing.assert_allclose(stacked(pred, maps, shifts), expected, rtol=1e-13)


def test_a_loss_with_several_inputs_of_a_role_travels():
    many = spread(stacked, {"maps": 2, "shifts": 2})
    again = pickle.loads(pickle.dumps(many))
    assert [role.name for role in again.inputs] == ["pred", "maps.0", "maps.1", "shifts.0", "shifts.1"]


SERIES = np.arange(12.0).reshape(4, 3)
MARKS, STEPS, MANY = np.array([[2, 3], [4, 9], [-7, 9]]), np.array([4, 0, 1]), np.array([2, 1, 0])


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("elements", [1, 1000])
def test_what_lies_beyond_a_length_is_not_looked_at(backend, elements, tmp_path):
    series = np.where(np.arange(4)[:, None] < STEPS, SERIES, np.nan)
    joined = np.array([2, 3, 4])
    np.save(tmp_path / "series.npy", series)
    np.savetxt(tmp_path / "joined.csv", joined, fmt="%d")
    for pred in (series, np.asfortranarray(series), str(tmp_path / "series.npy")):
        for marks in (MARKS, MARKS.astype(np.int8), MARKS.astype(np.float32), joined, str(tmp_path / "joined.csv")):
            options = Options(backend=backend, reduction="none")
            with blocks_of(elements):
                found = run([counted], [pred, marks, STEPS, MANY], {"none": 9}, options, Wanted())[0][0]
            np.testing.assert_array_equal(found.value, [18.0 + 5.0, 0.0 + 4.0, 2.0])


def test_samples_that_do_not_go_together_are_told(tmp_path):
    for elements in (1, 1000):
        with blocks_of(elements):
            found = run([counted], [SERIES, MARKS, STEPS, MANY], {"none": 9}, Options(), Wanted())[0][0]
        (told,) = found.warnings
        assert (told.code, told.hint) == ("L216", "fewer marks.")
        assert told.message == (
            "counted: 1 of 3 samples have more marks than steps; the first is row 1: 1 marks, 0 steps."
        )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("steps", [4, 5, 1], r"^steps: 1 of 3 values are outside \[0, 4\], the first at row 1: 5 \(length expected\)"),
        ("steps", [4, -1, 1], r"^steps: 1 of 3 values are outside \[0, 4\], the first at row 1: -1"),
        ("steps", [4, 0.5, 1], r"^steps: 0\.5 at row 1 is not a length"),
        ("many", [2, 3, 0], r"^many: 1 of 3 values are outside \[0, 2\]"),
        ("marks", [2, 3], r"^marks holds 2 values, and the lengths in many add up to 3"),
        ("marks", [[2, 9], [4, 9], [9, 9]], r"^marks: 1 of 6 labels are 9, which is the none here and no label, "),
        ("marks", [2, 9, 4], r"^marks: 1 of 6 labels are 9, .*the first at row 1"),
    ],
)
def test_lengths_and_what_they_count_are_checked(name, value, words):
    given = {"series": SERIES, "marks": MARKS, "steps": STEPS, "many": MANY} | {name: value}
    with pytest.raises((DataError, ShapeError), match=words):
        run([counted], [], {**given, "none": 9}, Options(), Wanted())


def test_samples_first_where_they_come_second_are_told():
    with pytest.raises(ShapeError) as caught:
        run([counted], [SERIES.T, MARKS, STEPS, MANY], {}, Options(), Wanted())
    assert "samples first" in caught.value.hint


def test_a_broken_rule_names_its_row():
    with pytest.raises(
        DataError, match="pred: every sample must have the smaller value first; row 1 does not"
    ) as caught:
        run([spans], [[[0.0, 1.0], [3.0, 2.0]], [[0.0, 1.0], [0.0, 1.0]]], {}, Options(), Wanted())
    assert caught.value.hint == "change places of the columns."


def test_a_parameter_chooses_the_domain():
    assert run([powers], [[2.0], [1.0]], {"power": 2}, Options(), Wanted())[0][0].value == 2.0
    with pytest.raises(DataError, match=r"outside \[0, 1\]"):
        run([powers], [[2.0], [1.0]], {}, Options(), Wanted())


def test_a_number_between_those_of_a_set_is_refused():
    with pytest.raises(DataError, match=r"target: 1 of 2 values are outside \{-1, 1\}, the first at row 1: 0.5"):
        run([powers], [[0.5, 0.5], [1.0, 0.5]], {}, Options(), Wanted())


def test_an_array_has_the_length_of_its_axis():
    with pytest.raises(ShapeError, match=r"--level has shape \(3,\), the prediction 2 values along Q"):
        run([levels], [[[1.0, 2.0]], [1.0]], {}, Options(), Wanted())


def test_moments_of_data_far_from_0_are_those_of_data_near_it():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 5000))
    with blocks_of(128):
        near, far = (
            run([covariance], [x + offset, y + offset], {}, Options(), Wanted())[0][0].value for offset in (0.0, 1e8)
        )
    exact = np.cov((x + 1e8) - 1e8, (y + 1e8) - 1e8, bias=True)[0, 1]
    np.testing.assert_allclose(far, exact, rtol=1e-9)
    np.testing.assert_allclose(near, np.cov(x, y, bias=True)[0, 1], rtol=1e-12)


@pytest.mark.parametrize("shapes", ["(N),(N)->(2N)", "(N),(N)->(M)", "(N,0),(N)->(N)", "(NN),(N)->(N)", "(N)->(N)"])
def test_axes_that_are_none_are_refused_when_declared(shapes):
    with pytest.raises(ValueError, match=r"axis|inputs"):

        @loss(shapes=shapes)
        def wrong(xp: Any, pred: Real, target: Real) -> Any:
            return pred

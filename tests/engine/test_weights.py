"""Sample weights are repetitions, for every loss, and other things than weights of classes and of elements."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from samples import SUMS, WHOLE, close, counts_of, drawn, figures, picked, rows_of, run
from shell import cli, refused

import losscli
from losscli.errors import DataError, LossCLIError, ShapeError, SourceError, UsageError

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder that drawn examples write to again and again."""
    return tmp_path_factory.mktemp("drawn")


# Weights


@pytest.mark.parametrize("one", SUMS)
@given(data=st.data())
def test_whole_weights_are_repetitions(one, data):
    case = drawn(data, one)
    weights = data.draw(counts_of(rows_of(case)))
    assume(any(weights))
    weighted = run(case, sample_weight=weights)
    close(weighted, run(picked(case, np.repeat(np.arange(len(weights)), weights))))
    assert (weighted.samples, weighted.omitted) == (len(weights), 0)


@pytest.mark.parametrize("one", SUMS)
@given(data=st.data())
def test_weights_of_1_change_no_bit(one, data):
    case = drawn(data, one)
    plain, weighted = run(case, per_sample=True), run(case, per_sample=True, sample_weight=np.ones(rows_of(case)))
    np.testing.assert_equal(figures(weighted), figures(plain))
    np.testing.assert_array_equal(weighted.per_sample, plain.per_sample)
    assert (weighted.samples, weighted.ignored, weighted.clamped) == (plain.samples, plain.ignored, plain.clamped)


@pytest.mark.parametrize("one", [p for p in SUMS if p.values[0].made_of != "total"])
@given(data=st.data())
def test_only_the_ratio_of_weights_matters_to_the_mean(one, data):
    case = drawn(data, one)
    weights = np.array(data.draw(counts_of(rows_of(case), least=1)), float)
    found, wanted = run(case, sample_weight=8 * weights), run(case, sample_weight=weights)
    assume(math.isfinite(found.numerator) == math.isfinite(wanted.numerator))  # 8 times as much may be too much
    np.testing.assert_equal(found.value, wanted.value)  # a power of two rounds nothing
    np.testing.assert_equal(found.denominator, 8 * wanted.denominator)


@pytest.mark.parametrize("one", SUMS)
@settings(max_examples=10)
@given(data=st.data())
def test_weights_in_torch_are_those_in_numpy(one, data):
    case = drawn(data, one, smooth=True)
    weights = data.draw(counts_of(rows_of(case)))
    assume(any(weights))
    close(run(case, sample_weight=weights, backend="torch"), run(case, sample_weight=weights), atol=1e-14)


@pytest.mark.parametrize("one", SUMS)
@settings(max_examples=10)
@given(data=st.data())
def test_a_sample_of_weight_0_is_still_seen_one_by_one(one, data):
    case = drawn(data, one)
    weights = [0, *data.draw(counts_of(rows_of(case) - 1, least=1))]
    found = run(case, per_sample=True, sample_weight=weights)
    np.testing.assert_array_equal(found.per_sample, run(case, per_sample=True).per_sample)
    assert found.samples == len(weights)


def test_a_sample_of_weight_0_may_be_infinitely_wrong():
    pred = np.array([[0.0, -np.inf], [-1.0, -0.5]])
    found = losscli.compute("nll", pred, [1, 0], sample_weight=[0.0, 2.0])
    assert figures(found) == (1.0, 2.0, 2.0)
    assert losscli.compute("nll", pred, [1, 0], sample_weight=[1.0, 2.0]).value == math.inf


def test_weights_of_nothing_but_0_leave_no_mean_and_say_so():
    found = losscli.compute("mse", [1.0, 2.0], [0.0, 0.0], sample_weight=[0, 0])
    np.testing.assert_equal(figures(found), (math.nan, 0.0, 0.0))
    assert [w.code for w in found.warnings] == ["L301"]


@pytest.mark.parametrize("one", WHOLE)
@settings(max_examples=5)
@given(data=st.data())
def test_a_loss_of_the_whole_set_has_no_weights_and_no_groups(one, data, place):
    case = drawn(data, one, whole=True)
    pl.DataFrame({"g": ["x"] * rows_of(case)}).write_csv(place / "g.csv")
    with pytest.raises(UsageError, match=f"{one.name} is one number for the whole set and has no sample weights"):
        run(case, sample_weight=[1.0] * rows_of(case))
    with pytest.raises(UsageError, match=f"{one.name} is one number for the whole set and has no groups"):
        run(case, by=f"{place}/g.csv::g")


@pytest.mark.parametrize("loss", ["median_absolute_error", "median_absolute_error,nt_xent"])
def test_losses_of_the_whole_set_alone_refuse(loss):
    given = {"pred": np.eye(2), "target": np.ones((2, 2)), "input1": np.eye(2), "input2": np.ones((2, 2))}
    given = {k: v for k, v in given.items() if k in ("pred", "target") or "nt_xent" in loss}
    with pytest.raises(UsageError, match=r"median_absolute_error is one number .* has no sample weights"):
        losscli.compute(loss, **given, sample_weight=[1, 2])


def test_a_loss_of_the_whole_set_is_computed_without_them_in_company():
    mse, median = losscli.compute("mse,median_absolute_error", [1.0, 2.0], [0.0, 0.0], sample_weight=[1, 2])
    alone = losscli.compute("median_absolute_error", [1.0, 2.0], [0.0, 0.0])
    assert (mse.value, mse.warnings) == (3.0, ())
    assert (median.value, median.signature) == (alone.value, alone.signature)
    assert [w.code for w in median.warnings] == ["L304"]


BAD = [-1.0, -1e-300, math.nan, math.inf, -math.inf]


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_weight_is_refused_with_its_place(bad):
    pl.DataFrame({"p": [1.0, 2.0, 3.0], "w": [1.0, 0.5, bad]}).write_csv("w.csv")
    pl.read_csv("w.csv").write_parquet("w.parquet")
    np.save("w.npy", [1.0, 0.5, bad])
    for weights, place in (
        ([1.0, 0.5, bad], "sample_weight: the weight at row 2"),
        ("w.npy", "w.npy: the weight at row 2"),
        ("w.csv::w", "w.csv::w: the weight at line 4, column 'w'"),
        ("w.parquet::w", "w.parquet::w: the weight at row 2, column 'w'"),
    ):
        with pytest.raises(DataError) as caught:
            losscli.compute("mse", [1.0, 2.0, 3.0], [0.0, 0.0, 0.0], sample_weight=weights)
        assert caught.value.message == f"{place} is {bad:g}."
        assert caught.value.hint == "a sample's weight is 0 or more."


def test_the_place_of_a_weight_counts_from_the_start_of_the_file():
    values = np.ones(300_000)
    weights = np.ones(300_000)
    weights[280_001] = -1  # in the second block
    for threads in (1, 2):
        with pytest.raises(DataError, match=r"the weight at row 280001 is -1\."):
            losscli.compute("mse", values, values, sample_weight=weights, threads=threads)


@pytest.mark.parametrize(
    ("weights", "kind"),
    [([1.0], ShapeError), ([[1.0, 1.0, 1.0]], UsageError), ([[1.0]] * 3, UsageError), (1.0, UsageError),
     (["a", "b", "c"], LossCLIError), ([1 + 1j] * 3, LossCLIError), ("no.csv", SourceError)],
)  # fmt: skip
def test_weights_that_are_not_one_number_a_sample(weights, kind):
    with pytest.raises(kind):
        losscli.compute("mse", [1.0, 2.0, 3.0], [0.0, 0.0, 0.0], sample_weight=weights)


def test_unreduced_values_have_no_weights_and_no_groups():
    pl.DataFrame({"p": [1.0, 2.0], "w": [1, 2]}).write_csv("t.csv")
    for option in ("--sample-weight", "--by"):
        refused(cli("compute", "mse", "t.csv::p", "t.csv::p", "-r", "none", option, "w"))


RNG = np.random.default_rng(20240611)
PRED, TARGET = RNG.standard_normal((2, 501))
PROBABILITIES = RNG.dirichlet(np.ones(4), 501)
WEIGHTS = RNG.choice([0.0, 0.25, 1.0, 3.5], 501)


# Weights of samples, of classes and of elements are three things


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_a_sample_weight_is_no_class_weight(backend):
    logits, labels, weights = np.log(PROBABILITIES[:4]), np.array([3, 3, 0, 1]), np.array([1.0, 0.0, 2.0, 5.0])
    surprise = -logits[np.arange(4), labels] + np.log(PROBABILITIES[:4].sum(axis=1))
    classes = np.array([0.5, 3.0, 7.0, 2.0])
    found = losscli.compute("cross_entropy", logits, labels, sample_weight=weights, backend=backend)
    assert found.value == pytest.approx((weights * surprise).sum() / 8, rel=1e-14)
    both = losscli.compute("ce", logits, labels, sample_weight=weights, weight=classes, backend=backend)
    share = weights * classes[labels]
    assert both.numerator == pytest.approx((share * surprise).sum(), rel=1e-14)
    assert both.denominator == pytest.approx(share.sum(), rel=1e-14)
    assert both.denominator_is == "sum of target weights, weighted"


@pytest.mark.parametrize(("name", "counts"), [("mse", True), ("l1", True), ("huber", False), ("bce", False)])
def test_a_sample_weight_is_no_weight_of_elements(name, counts):
    pred, target = RNG.uniform(0.1, 0.9, (2, 6, 2))
    elements, weights = RNG.uniform(0.5, 2.0, (6, 2)), np.arange(6.0)
    plain = losscli.compute(name, pred, target, reduction="none").value
    found = losscli.compute(name, pred, target, weight=elements, sample_weight=weights)
    share = weights[:, None] * (elements if counts else np.ones_like(elements))
    assert found.numerator == pytest.approx((weights[:, None] * elements * plain).sum(), rel=1e-13)
    assert found.denominator == pytest.approx(share.sum(), rel=1e-13)


def test_ignored_targets_weigh_nothing():
    logits = np.log(PROBABILITIES[:3])
    found = losscli.compute("ce", logits, [0, -100, 2], sample_weight=[1.0, 50.0, 3.0])
    rest = losscli.compute("ce", logits[[0, 2]], [0, 2], sample_weight=[1.0, 3.0])
    close(found, rest)
    assert (found.ignored, found.samples, found.denominator) == (1, 3, 4.0)


# Where weights come from


def test_weights_go_with_every_loss_of_a_pass():
    together = losscli.compute("mse,l1,rmse,huber", PRED, TARGET, sample_weight=WEIGHTS)
    for one in together:
        np.testing.assert_equal(figures(one), figures(losscli.compute(one.loss, PRED, TARGET, sample_weight=WEIGHTS)))


@pytest.mark.parametrize(
    ("weight", "words"),
    [([1.0, -1.0], "weights of 2 samples add up to 0: the mean is -3/0"), ([0.0, 0.0], "nothing counts in any of 2")],
)
def test_a_mean_over_nothing_says_why(weight, words):
    found = losscli.compute("mse", [1.0, 2.0], [0.0, 0.0], weight=weight)
    (told,) = (one for one in found.warnings if one.code == "L301")
    assert words in told.message
    assert math.isnan(found.value)

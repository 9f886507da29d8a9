"""Sample weights are repetitions, and groups are runs of their own: for every loss, from every kind of source."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
import torch
from drawing import cases
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shell import cli, compute, refused
from sklearn import metrics

import losscli
from losscli import losses
from losscli.data import files as data_files
from losscli.errors import DataError, LossCLIError, ShapeError, SourceError, UsageError

ALL = losses.built_in()
SUMS = [pytest.param(one, id=one.name) for one in ALL if one.finish_hook is None or one.name == "dice"]
WHOLE = [pytest.param(one, id=one.name) for one in ALL if one.finish_hook is not None]
ORDERS = ("name", "loss", "count", "sum")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder that drawn examples write to again and again."""
    return tmp_path_factory.mktemp("drawn")


def in_order(groups):
    """What is empty first, then numbers by value, then words."""

    def place(name):
        try:
            number = float(name)
        except ValueError:
            number = math.nan
        return (1, number, name) if math.isfinite(number) else (2 if name else 0, 0.0, name)

    return sorted(groups, key=lambda names: [place(name) for name in names])


def drawn(data, one, **more):
    """A case of two samples or more that is a sum over samples: dice not over the batch."""
    case = data.draw(cases(one, least=2, **more))
    if "aggregate" in case.parameters:
        case.parameters["aggregate"] = "sample"
    return case


def rows_of(case):
    return len(case.inputs[case.loss.inputs[0].name])


def picked(case, index):
    """The case of some of its samples, or of some of them several times."""
    first = case.inputs[case.loss.inputs[0].name]
    inputs = dict(case.inputs)
    for role in case.loss.inputs:
        x = inputs.get(role.name)
        # What is repeated along the samples, or read whole, has no row for each of them.
        per_sample = x is not None and role.streamed and x.shape[:1] == first.shape[:1]
        if per_sample and (not role.kind.broadcast or x.ndim == first.ndim):
            inputs[role.name] = x[index]
    return replace(case, inputs=inputs)


def run(case, **more):
    return losscli.compute(case.loss.name, **case.given, **more)


def figures(one):
    return one.value, one.numerator, one.denominator


def close(found, wanted, rtol=1e-12, atol=0.0):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(figures(found), figures(wanted), rtol=rtol, atol=atol)


def counts_of(rows, least=0):
    return st.lists(st.integers(least, 3), min_size=rows, max_size=rows)


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


@pytest.mark.parametrize("one", SUMS)
@given(data=st.data())
def test_only_the_ratio_of_weights_matters_to_the_mean(one, data):
    case = drawn(data, one)
    weights = np.array(data.draw(counts_of(rows_of(case), least=1)), float)
    found, wanted = run(case, sample_weight=8 * weights), run(case, sample_weight=weights)
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
    case = data.draw(cases(one, least=2))
    if "aggregate" in case.parameters:
        case.parameters["aggregate"] = "batch"
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


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown"])
def test_groups_of_the_others_are_shown_in_its_company(format, sortable):
    command = ("l1,median_absolute_error", "s.csv::a", "s.csv::b", "--by", "g", "-f", format)
    ran = compute(*command, "--no-per-sample")
    assert ran.err.startswith("Warning L304: median_absolute_error is one number for the whole set and has no groups")
    assert all(name in ran.out for name in ("few", "lost", "many", "more"))
    if format == "csv":
        assert [row[:2] for row in rows(ran.out)[-2:]] == [["l1", "total"], ["median_absolute_error", "total"]]


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


# Weights as others take them

RNG = np.random.default_rng(20240611)
PRED, TARGET = RNG.standard_normal((2, 501))
TABLE, TRUTH = RNG.standard_normal((2, 501, 3))
PROBABILITIES = RNG.dirichlet(np.ones(4), 501)
LABELS = RNG.integers(0, 4, 501)
WEIGHTS = RNG.choice([0.0, 0.25, 1.0, 3.5], 501)


@pytest.mark.parametrize("name", ["mean_squared_error", "mean_absolute_error", "root_mean_squared_error"])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_regression_is_that_of_sklearn(name, backend):
    found = losscli.compute(name, PRED, TARGET, sample_weight=WEIGHTS, backend=backend)
    expected = getattr(metrics, name)(TARGET, PRED, sample_weight=WEIGHTS)
    assert found.value == pytest.approx(expected, rel=1e-13)
    assert found.denominator == WEIGHTS.sum()
    assert found.denominator_is.endswith("weighted")


@pytest.mark.parametrize("name", ["mean_squared_error", "mean_absolute_error"])
def test_regression_of_tables_is_that_of_sklearn(name):
    found = losscli.compute(name, TABLE, TRUTH, sample_weight=WEIGHTS)
    assert found.value == pytest.approx(getattr(metrics, name)(TRUTH, TABLE, sample_weight=WEIGHTS), rel=1e-13)
    assert found.denominator == pytest.approx(3 * WEIGHTS.sum())


@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_classification_is_the_log_loss_of_sklearn(name, backend):
    expected = metrics.log_loss(LABELS, PROBABILITIES, sample_weight=WEIGHTS)
    found = losscli.compute(name, np.log(PROBABILITIES), LABELS, sample_weight=WEIGHTS, backend=backend)
    assert found.value == pytest.approx(expected, rel=1e-13)
    soft = losscli.compute("cross_entropy", np.log(PROBABILITIES), np.eye(4)[LABELS], sample_weight=WEIGHTS)
    assert soft.value == pytest.approx(expected, rel=1e-13)


def test_binary_classification_is_the_log_loss_of_sklearn():
    p, y = PROBABILITIES[:, 0], (LABELS == 0).astype(float)
    expected = metrics.log_loss(y, p, sample_weight=WEIGHTS)
    assert losscli.compute("bce", p, y, sample_weight=WEIGHTS).value == pytest.approx(expected, rel=1e-13)
    logits = np.log(p / (1 - p))
    found = losscli.compute("bce_with_logits", logits, y, sample_weight=WEIGHTS)
    assert found.value == pytest.approx(expected, rel=1e-12)


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


def test_pairs_weigh_as_much_as_their_query():
    scores, grades = RNG.standard_normal((3, 4)), np.array([[0, 1, 2, 2], [1, 1, 1, 1], [3, 0, 0, 1]])
    found = losscli.compute("ranknet", scores, grades, sample_weight=[2, 9, 3])
    assert (found.denominator, found.denominator_is) == (2 * 5 + 9 * 0 + 3 * 5, "pairs, weighted")


# Where weights come from


@pytest.fixture
def weighted_table():
    """One table with all there is, in every format; the weighted mse of p and y is 6.75 (27/4)."""
    frame = pl.DataFrame({"id": ["a", "b", "c"], "p": [1.0, 2.0, 5.0], "y": [0.0, 0.0, 0.0], "w": [2, 0, 1],
                          "g": ["x", "y", "x"]})  # fmt: skip
    frame.write_csv("t.csv")
    frame.write_parquet("t.parquet")
    frame.write_ndjson("t.ndjson")
    frame.write_ipc("t.arrow")
    frame.select("p", "y").write_csv("data.csv")
    frame.select("w").write_csv("w.csv")
    np.save("w.npy", frame["w"].to_numpy())
    np.savez("w.npz", w=frame["w"].to_numpy())
    return frame


@pytest.mark.parametrize(
    "given_as", ["w.csv", "w.npy", "w.npz", "t.csv::w", "t.parquet::w", "t.ndjson::w", "t.arrow::w"]
)
@pytest.mark.parametrize("table", ["data.csv", "t.csv", "t.parquet", "t.ndjson", "t.arrow"])
def test_weights_from_a_file(given_as, table, weighted_table):
    found = compute("mse", f"{table}::p", f"{table}::y", "--sample-weight", given_as, "-q").out
    assert found == "9.0\n"


@pytest.mark.parametrize("table", ["t.csv", "t.parquet", "t.ndjson", "t.arrow"])
def test_weights_from_a_column_of_the_inputs(table, weighted_table):
    assert compute("mse", f"{table}::p", f"{table}::y", "--sample-weight", "w", "-q").out == "9.0\n"
    assert compute("mse", table, "--pred", "p", "--target", "y", "--sample-weight", "w", "-q").out == "9.0\n"
    assert losscli.compute("mse", f"{table}::p", f"{table}::y", sample_weight="w").value == 9.0


def test_weights_of_any_kind_of_array(weighted_table, folder):
    arrays = [[2, 0, 1], (2.0, 0.0, 1.0), np.array([2, 0, 1], np.int8), np.array([2, 0, 1], ">f4"),
              np.array([[2, 9], [0, 9], [1, 9]])[:, 0], torch.tensor([2.0, 0.0, 1.0]), folder / "w.npy"]  # fmt: skip
    assert {losscli.compute("mse", "t.csv::p", "t.csv::y", sample_weight=w).value for w in arrays} == {9.0}
    assert losscli.compute("mse", [1.0, 2.0, 5.0], [0.0] * 3, sample_weight=[True, False, True]).value == 13.0


def test_a_weight_that_no_table_has_lists_the_columns(weighted_table):
    error, hint = refused(cli("compute", "mse", "t.csv::p", "t.csv::y", "--sample-weight", "weight"))
    assert "no input has a column 'weight'" in error
    assert "id, p, y, w, g" in hint


def test_a_column_of_words_is_no_weight(weighted_table):
    for table in ("t.csv", "t.parquet"):
        error, _ = refused(cli("compute", "mse", f"{table}::p", f"{table}::y", "--sample-weight", "g"))
        assert table in error


def test_result_says_that_it_is_weighted(weighted_table):
    (found,) = json.loads(compute("mse", "t.csv::p", "t.csv::y", "--sample-weight", "w", "-f", "json").out)["results"]
    assert (found["numerator"], found["denominator"], found["samples"]) == (27.0, 3.0, 3)
    assert "sample_weight=given" in found["signature"]
    assert found["signature"] != losscli.compute("mse", "t.csv::p", "t.csv::y").signature


def test_weights_go_with_every_loss_of_a_pass():
    together = losscli.compute("mse,l1,rmse,huber", PRED, TARGET, sample_weight=WEIGHTS)
    for one in together:
        np.testing.assert_equal(figures(one), figures(losscli.compute(one.loss, PRED, TARGET, sample_weight=WEIGHTS)))


# Groups

NAMES = st.sampled_from(["", "a", "b", "10", "9", "ü", "total", 'x"y', "p|q", "a,b"])


def grouped(place, columns):
    """A table of group columns, under a path that differs where the content does; how ``by`` asks for them."""
    pl.DataFrame({"row": range(len(columns[0])), **{f"g{i}": c for i, c in enumerate(columns)}}).write_csv(
        place / "g.csv"
    )
    return [f"{place}/g.csv::g{i}" for i in range(len(columns))]


def adds_up(parts, total):
    """Whether figures of groups add up to the total's: exactly, and with infinities as IEEE adds them."""
    if all(map(math.isfinite, parts)):
        return math.fsum(parts) == total
    with np.errstate(all="ignore"):
        return str(float(np.sum(parts))) == str(float(total))


@pytest.mark.parametrize("one", SUMS)
@given(data=st.data())
def test_each_group_is_its_rows_alone_and_all_add_up(one, data, place):
    case = drawn(data, one)
    rows, weights = rows_of(case), None
    columns = [data.draw(st.lists(NAMES, min_size=rows, max_size=rows)) for _ in range(data.draw(st.integers(1, 2)))]
    if data.draw(st.booleans()):
        weights = np.array(data.draw(counts_of(rows)))
    found = run(case, by=grouped(place, columns), sample_weight=weights)
    keys = list(zip(*columns, strict=True))
    assert [g.names for g in found.groups] == in_order(set(keys))
    for group in found.groups:
        mine = np.flatnonzero([key == group.names for key in keys])
        alone = run(picked(case, mine), sample_weight=None if weights is None else weights[mine])
        close(group, alone)
        assert group.samples == alone.samples == len(mine)
    assert adds_up([g.numerator for g in found.groups], found.numerator)
    assert sum(g.denominator for g in found.groups) == found.denominator or weights is None or "weight" in case.given
    assert adds_up([g.denominator for g in found.groups], found.denominator)
    assert type(found.denominator) is type(found.groups[0].denominator)
    close(found, run(case, sample_weight=weights))


@pytest.mark.parametrize("one", SUMS)
@settings(max_examples=15)
@given(data=st.data())
def test_groups_without_the_samples_omitted(one, data, place):
    case = drawn(data, one)
    rows, first = rows_of(case), one.inputs[0].name
    names, holes = data.draw(st.lists(NAMES, min_size=rows, max_size=rows)), data.draw(counts_of(rows))
    assume(not all(hole == 1 for hole in holes))
    weights = np.arange(1.0, rows + 1)
    case.inputs[first] = case.inputs[first].copy()
    case.inputs[first][np.array(holes) == 1] = np.nan
    found = run(case, by=grouped(place, [names]), sample_weight=weights, nan="omit")
    left = [i for i, hole in enumerate(holes) if hole != 1]
    # A group of which nothing is left is no group.
    assert [g.names[0] for g in found.groups] == [n for (n,) in in_order({(names[i],) for i in left})]
    for group in found.groups:
        mine = [i for i in left if names[i] == group.names[0]]
        close(group, run(picked(case, mine), sample_weight=weights[mine]))
        assert group.samples == len(mine)
    assert adds_up([g.numerator for g in found.groups], found.numerator)
    assert adds_up([g.denominator for g in found.groups], found.denominator)
    assert (found.samples, found.omitted) == (len(left), rows - len(left))


@pytest.mark.parametrize("one", SUMS)
@settings(max_examples=10)
@given(data=st.data())
def test_groups_in_torch_are_those_in_numpy(one, data, place):
    case = drawn(data, one, smooth=True)
    by = grouped(place, [data.draw(st.lists(NAMES, min_size=rows_of(case), max_size=rows_of(case)))])
    ours, theirs = run(case, by=by), run(case, by=by, backend="torch")
    assert [(g.names, g.samples) for g in ours.groups] == [(g.names, g.samples) for g in theirs.groups]
    for a, b in zip(ours.groups, theirs.groups, strict=True):
        close(a, b, atol=1e-14)
    assert adds_up([g.numerator for g in theirs.groups], theirs.numerator)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A table of several blocks, as parquet, csv and npy."""
    folder = tmp_path_factory.mktemp("large")
    rng, rows = np.random.default_rng(5), 300_000
    frame = pl.DataFrame({
        "p": rng.standard_normal(rows), "y": rng.standard_normal(rows), "w": rng.choice([0.0, 0.1, 1.0, 3.0], rows),
        "g": rng.choice(["a", "b", "", "rare"], rows, p=[0.5, 0.3, 0.1999, 0.0001]), "h": rng.integers(0, 3, rows),
    })  # fmt: skip
    frame.write_parquet(folder / "t.parquet")
    frame.write_csv(folder / "t.csv")
    for name in "pyw":
        np.save(folder / f"{name}.npy", frame[name].to_numpy())
    return folder, frame


@pytest.mark.parametrize("weight", [None, "w"])
def test_groups_over_many_blocks(weight, large):
    folder, frame = large
    found = losscli.compute(
        "mse,l1", folder / "t.parquet::p", f"{folder}/t.parquet::y", by=["g", "h"], sample_weight=weight
    )
    for one in found:
        assert len(one.groups) == frame.select("g", "h").n_unique()
        for group in one.groups:
            mine = frame.filter((pl.col("g") == group.names[0]) & (pl.col("h") == int(group.names[1])))
            weights = mine["w"].to_numpy() if weight else None
            close(group, losscli.compute(one.loss, mine["p"].to_numpy(), mine["y"].to_numpy(), sample_weight=weights))
            assert group.samples == len(mine)
        assert math.fsum(g.numerator for g in one.groups) == one.numerator
        assert math.fsum(g.denominator for g in one.groups) == one.denominator


@pytest.mark.parametrize(
    ("p", "y", "w", "g"),
    [
        ("p.npy", "y.npy", "w.npy", "t.parquet"),
        ("p.npy", "y.npy", "t.csv::w", "t.csv"),
        ("t.parquet::p", "t.parquet::y", "w.npy", "t.csv"),
        ("t.parquet::p", "y.npy", "t.parquet::w", "t.parquet"),
        ("t.csv::p", "t.csv::y", "t.csv::w", "t.csv"),
        ("t.csv::p", "t.csv::y", "t.parquet::w", "t.parquet"),
        ("t.csv::p", "y.npy", "w.npy", "t.csv"),
    ],
)
def test_every_format_gives_the_same_bits(p, y, w, g, large):
    folder, frame = large
    p, y, w, g = (f"{folder}/{x}" for x in (p, y, w, g))
    one = losscli.compute("mse", p, y, by=f"{g}::g", sample_weight=w)
    other = losscli.compute(
        "mse",
        frame["p"].to_numpy(),
        frame["y"].to_numpy(),
        by=f"{folder}/t.parquet::g",
        sample_weight=frame["w"].to_numpy(),
    )
    assert figures(one) == figures(other)
    assert [(g.names, figures(g), g.samples) for g in one.groups] == [
        (g.names, figures(g), g.samples) for g in other.groups
    ]


def test_several_threads_give_the_same_bits(folder):
    # 18 blocks, so that threads meet groups in an order of their own.
    rng, rows = np.random.default_rng(6), 9_000
    pred, target = rng.standard_normal((2, rows, 512)).astype(np.float32)
    weights = rng.choice([0.0, 0.3, 1.0, 2.0], rows)
    pl.DataFrame({"row": range(rows), "g": [f"g{i * i % 7}" for i in range(rows)]}).write_csv("g.csv")
    seen = set()
    for threads in (1, 2, 3, None):
        for weight in (weights, None):
            one = losscli.compute("mse", pred, target, sample_weight=weight, by="g.csv::g", threads=threads)
            groups = tuple((g.names, figures(g), g.samples) for g in one.groups)
            seen.add((weight is None, figures(one), groups))
    assert len(seen) == 2
    weighted = {losscli.compute("mse", pred, target, sample_weight=weights, threads=n).value for n in (1, 2, 3)}
    assert len(weighted) == 1


# Groups as they are shown


def rows(text):
    return list(csv.reader(io.StringIO(text)))


def shown(order, format, *arguments):
    """The groups' names in the order in which a format shows them."""
    ran = compute("nll", "s.csv::a,b", "s.csv::y", "--by", "g", *(["--sort", order] if order else []), *arguments,
                  "--no-per-sample", *(["-f", format] if format != "table" else []))  # fmt: skip
    if format == "json":
        return [group["names"]["g"] for group in json.loads(ran.out)["results"][0]["groups"]]
    if format == "csv":
        header, *body, total = rows(ran.out)
        assert header == ["loss", "scope", "g", "value", "numerator", "denominator", "samples"]
        assert total[:3] == ["nll", "total", ""]
        assert {row[1] for row in body} == {"group"}
        return [row[2] for row in body]
    lines = ran.out.splitlines()
    if format == "markdown":
        return [line.split("|")[3].strip() for line in lines[2:-1]]
    at = next(i for i, line in enumerate(lines) if line.startswith("g "))
    return [line.split()[0] for line in lines[at + 2 :]]


# value, numerator, samples: few 3/1 1, lost NaN 0/0 2, many 1/3 3, more 2/2 2
ORDERED = {
    None: ["few", "lost", "many", "more"],
    "name": ["few", "lost", "many", "more"],
    "loss": ["few", "more", "many", "lost"],
    "count": ["many", "lost", "more", "few"],
    "sum": ["more", "few", "many", "lost"],
}


@pytest.fixture
def sortable():
    lines = ["a,b,y,g", "-1,-9,0,many", "-2,-9,0,more", "-1,-9,-100,lost", "-3,-9,0,few", "-1,-9,0,many"]
    lines += ["-2,-9,0,more", "-1,-9,-100,lost", "-0.5,-9,0,many"]
    with open("s.csv", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown"])
@pytest.mark.parametrize("order", ORDERED)
def test_groups_are_sorted(order, format, sortable):
    assert shown(order, format) == ORDERED[order]


def test_every_order_is_tested():
    assert set(ORDERED) == {None, *ORDERS}


def test_json_says_what_each_group_is(sortable):
    out = compute("nll", "s.csv::a,b", "s.csv::y", "--by", "g", "--sort", "count", "-f", "json").out
    (one,) = json.loads(out)["results"]
    assert one["groups"][:2] == [
        {"names": {"g": "many"}, "value": 2.5 / 3, "numerator": 2.5, "denominator": 3, "samples": 3},
        {"names": {"g": "lost"}, "value": "NaN", "numerator": 0.0, "denominator": 0, "samples": 2},
    ]
    assert sum(g["numerator"] for g in one["groups"]) == one["numerator"] == 9.5
    assert sum(g["denominator"] for g in one["groups"]) == one["denominator"] == 6


def test_csv_and_markdown_end_in_the_total(sortable):
    command = ("nll,cross_entropy", "s.csv::a,b", "s.csv::y", "--by", "g")
    header, *body = rows(compute(*command, "-f", "csv").out)
    groups = [["group", name] for name in ("few", "lost", "many", "more")]
    assert [row[:3] for row in body] == [
        [name, *part] for name in ("nll", "cross_entropy") for part in (*groups, ["total", ""])
    ]
    for name in ("nll", "cross_entropy"):
        *parts, total = [dict(zip(header, row, strict=True)) for row in body if row[0] == name]
        assert math.fsum(float(part["numerator"]) for part in parts) == float(total["numerator"])
        assert sum(int(part["samples"]) for part in parts) == int(total["samples"]) == 8
        alone = losscli.compute(name, "s.csv::a,b", "s.csv::y")
        assert float(total["value"]) == pytest.approx(alone.value, rel=1e-15)
    lines = compute(*command, "-f", "markdown").out.splitlines()
    assert len(lines) == 2 + len(body)
    assert len({line.count("|") for line in lines}) == 1


@pytest.mark.parametrize("suffix", ["json", "csv", "md"])
def test_groups_in_a_file_are_those_of_stdout(suffix, sortable):
    command = ("nll", "s.csv::a,b", "s.csv::y", "--by", "g", "--sort", "loss")
    compute(*command, "-o", f"out.{suffix}")
    with open(f"out.{suffix}", encoding="utf-8") as file:
        assert file.read() == compute(*command, "-f", "markdown" if suffix == "md" else suffix).out


def test_quiet_is_the_total_alone(sortable):
    command = ("nll", "s.csv::a,b", "s.csv::y", "-q")
    assert float(compute(*command, "--by", "g").out) == float(compute(*command).out)


def test_a_root_is_taken_of_each_group():
    pl.DataFrame({"p": [3.0, 4.0, 1.0], "y": [0.0] * 3, "g": ["a", "a", "b"]}).write_csv("t.csv")
    found = losscli.compute("rmse", "t.csv::p", "t.csv::y", by="g")
    assert [(g.value, g.numerator, g.denominator) for g in found.groups] == [(math.sqrt(12.5), 25.0, 2), (1.0, 1.0, 1)]
    total = losscli.compute("mse", "t.csv::p", "t.csv::y", by="g", reduction="sum")
    assert [g.value for g in total.groups] == [25.0, 1.0]
    assert total.value == 26.0


MIXED = 'p,y,g,h\n1,0,b,2\n2,0,,1\n3,0, a ,2\n4,0,b,\n5,0,"b",2\n'


@pytest.mark.parametrize("lean", [True, False])
@pytest.mark.parametrize("format", ["csv", "parquet", "ndjson", "arrow"])
def test_groups_by_text_numbers_and_empty_cells(format, lean, monkeypatch):
    with open("t.csv", "w", encoding="utf-8") as file:
        file.write(MIXED)
    if format != "csv":
        frame = pl.read_csv("t.csv").with_columns(pl.col("g").str.strip_chars())
        {"parquet": frame.write_parquet, "ndjson": frame.write_ndjson, "arrow": frame.write_ipc}[format](f"t.{format}")
    if not lean:
        monkeypatch.setattr(data_files, "LEAN_BYTES", 0)
    for by, wanted in (
        ("g", {("",): 4.0, ("a",): 9.0, ("b",): 42.0}),
        ("h", {("",): 16.0, ("1",): 4.0, ("2",): 35.0}),
        (("h", "g"), {("", "b"): 16.0, ("1", ""): 4.0, ("2", "a"): 9.0, ("2", "b"): 26.0}),
    ):
        found = losscli.compute("mse", f"t.{format}::p", f"t.{format}::y", by=by)
        assert {g.names: g.numerator for g in found.groups} == wanted
        assert [g.names for g in found.groups] == in_order(wanted)


TYPED = {
    "bool": ([True, False, True], ["false", "true"]),
    "float": ([0.5, 1.25, 0.5], ["0.5", "1.25"]),
    "date": ([date(2024, 5, 1), date(1999, 1, 2), date(2024, 5, 1)], ["1999-01-02", "2024-05-01"]),
    "enum": (pl.Series(["u", "v", "u"], dtype=pl.Categorical), ["u", "v"]),
}


@pytest.mark.parametrize("kind", TYPED)
def test_groups_by_columns_of_any_type(kind):
    values, names = TYPED[kind]
    pl.DataFrame({"p": [1.0, 2.0, 3.0], "g": values}).write_parquet("t.parquet")
    found = losscli.compute("l1", "t.parquet::p", [0.0] * 3, by="g")
    assert [g.names[0] for g in found.groups] == names
    assert sum(g.samples for g in found.groups) == 3


def test_several_columns_each_have_theirs():
    with open("t.csv", "w", encoding="utf-8") as file:
        file.write(MIXED)
    command = ("mse", "t.csv::p", "t.csv::y", "--by", "h, g", "--no-per-sample")
    assert [group["names"] for group in json.loads(compute(*command, "-f", "json").out)["results"][0]["groups"]] == [
        {"h": "", "g": "b"}, {"h": "1", "g": ""}, {"h": "2", "g": "a"}, {"h": "2", "g": "b"},
    ]  # fmt: skip
    header, *_, total = rows(compute(*command, "-f", "csv").out)
    assert header[:4] == ["loss", "scope", "h", "g"]
    assert total == ["mse", "total", "", "", "11.0", "55.0", "5", "5"]
    assert compute(*command).out.splitlines()[4].split() == ["h", "g", "mse", "sum", "/", "count", "samples"]


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_groups_with_weights_and_all_that_leaves_samples_out(format):
    with open("t.csv", "w", encoding="utf-8") as file:
        file.write("x,y,g,w\n1,0,a,2\n,0,a,1\n3,,b,1\nnan,0,b,1\n5,0,b,4\n6,0,,0\n,0,gone,1\n")
    pl.read_csv("t.csv", schema_overrides={"x": pl.Float64}).write_parquet("t.parquet")
    found = losscli.compute(
        "mse", f"t.{format}::x", f"t.{format}::y", by="g", sample_weight="w", nan="omit", missing="omit"
    )
    assert [(g.names, g.numerator, g.denominator, g.samples) for g in found.groups] == [
        (("",), 0.0, 0.0, 1),
        (("a",), 2.0, 2.0, 1),
        (("b",), 100.0, 4.0, 1),
    ]
    assert math.isnan(found.groups[0].value)
    assert (found.value, found.samples, found.omitted) == (17.0, 3, 4)


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_ignored_targets_are_counted_in_no_group(format):
    with open("t.csv", "w", encoding="utf-8") as file:
        file.write("a,b,y,g\n-1,-2,0,u\n-1,-2,1,u\n-1,-2,7,u\n-1,-2,7,v\n-1,-2,1,w\n")
    pl.read_csv("t.csv").write_parquet("t.parquet")
    found = losscli.compute("nll", f"t.{format}::a,b", f"t.{format}::y", by="g", ignore_index=7)
    seen = [(g.names[0], g.numerator, g.denominator, g.samples) for g in found.groups]
    assert seen == [("u", 3.0, 2, 3), ("v", 0.0, 0, 1), ("w", 2.0, 1, 1)]
    assert (found.denominator, found.ignored) == (3, 2)


def test_groups_from_another_table():
    pl.DataFrame({"p": [1.0, 2.0, 3.0]}).write_csv("p.csv")
    pl.DataFrame({"row": [0, 1, 2], "site": ["n", "s", "n"]}).write_csv("about.csv")
    pl.read_csv("about.csv").write_parquet("about.parquet")
    for about in ("about.csv", "about.parquet"):
        found = losscli.compute("l1", "p.csv", [0.0] * 3, by=f"{about}::site")
        assert [(g.names, g.numerator) for g in found.groups] == [(("n",), 4.0), (("s",), 2.0)]


def test_groups_from_both_tables():
    pl.DataFrame({"p": [1.0, 2.0, 3.0], "a": ["x", "x", "z"]}).write_csv("p.csv")
    pl.DataFrame({"y": [0.0, 0.0, 0.0], "b": [1, 2, 1]}).write_parquet("y.parquet")
    found = losscli.compute("l1", "p.csv::p", "y.parquet::y", by=["b", "a"])
    assert [(g.names, g.numerator) for g in found.groups] == [(("1", "x"), 1.0), (("1", "z"), 3.0), (("2", "x"), 2.0)]


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_too_few_names_of_groups_are_refused(format):
    pl.DataFrame({"g": ["a", "b"]}).write_csv("g.csv")
    pl.read_csv("g.csv").write_parquet("g.parquet")
    with pytest.raises(ShapeError, match=f"g.{format}"):
        losscli.compute("l1", [1.0, 2.0, 3.0], [0.0] * 3, by=f"g.{format}::g")


def test_groups_that_cannot_be():
    pl.DataFrame({"p": [1.0, 2.0], "q": [1.0, 2.0]}).write_csv("t.csv")
    error, hint = refused(cli("compute", "mse", "t.csv::p", "t.csv::q", "--by", "site"))
    assert "no input has a column 'site'" in error
    assert "p, q" in hint
    error, _ = refused(cli("compute", "mse", "t.csv::p", "t.csv::q", "--by", "t.csv"))
    assert "2 columns" in error
    refused(cli("compute", "mse", "1,2", "1,2", "--by", "p"))
    refused(cli("compute", "mse", "t.csv::p", "t.csv::q", "--sort", "loss"))
    refused(cli("compute", "mse", "t.csv::p", "t.csv::q", "--by", "p", "--sort", "size"))


def test_losses_of_a_pass_have_the_groups_they_have_alone():
    pl.DataFrame({"p": PRED, "y": TARGET, "w": WEIGHTS, "g": LABELS}).write_csv("t.csv")
    together = losscli.compute("mse,l1,rmse", "t.csv::p", "t.csv::y", by="g", sample_weight="w")
    for one in together:
        assert one.groups == losscli.compute(one.loss, "t.csv::p", "t.csv::y", by="g", sample_weight="w").groups

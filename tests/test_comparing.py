"""Comparisons of models: their statistics against scipy's, and what is the same whichever way they are given."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from blocks import SMALL, blocks_of
from scipy import stats
from shell import ROOT, cli, csv_rows, refused, write

import losscli
from losscli import losses
from losscli.errors import LossCLIError, ShapeError, UsageError
from losscli.knobs.comparing import CompareOutputOptions
from losscli.output.target import SUFFIXES

GOLDEN = ROOT / "tests/losses/golden"
RNG = np.random.default_rng(11)
TARGET = RNG.standard_normal(300)
A, B, C = (TARGET + scale * RNG.standard_normal(300) for scale in (1.0, 1.1, 0.7))
DA, DB = (A - TARGET) ** 2, (B - TARGET) ** 2


def test_plain_t_is_the_paired_t_test():
    found = losscli.compare("mse", A, B, TARGET, method="t").comparisons[0].whole
    oracle = stats.ttest_rel(DB, DA)
    assert found.difference == pytest.approx(np.mean(DB - DA), rel=1e-12)
    assert found.p == pytest.approx(oracle.pvalue, rel=1e-9)
    assert (found.low, found.high) == pytest.approx(tuple(oracle.confidence_interval()), rel=1e-9)
    assert found.df == 299


@pytest.mark.parametrize("method", ["guarded", "t"])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_p_agrees_with_the_interval(method, level):
    for other in (B, C):
        found = losscli.compare("l1", A, other, TARGET, method=method, level=level).comparisons[0].whole
        assert (found.p < 1 - level) == (not found.low <= 0 <= found.high)


def test_counts_are_of_samples():
    found = losscli.compare("mse", A, B, TARGET).comparisons[0].whole
    assert (found.lower, found.equal, found.higher) == (np.sum(DB < DA), np.sum(DB == DA), np.sum(DB > DA))
    assert found.samples == found.units == 300


def test_samples_that_changed_most_are_named_the_largest_first():
    (one,) = losscli.compare("mse", A, B, TARGET, top=4).comparisons
    order = np.argsort(-np.abs(DB - DA), kind="stable")[:4]
    assert [c.sample for c in one.changed] == order.tolist()
    assert [c.difference for c in one.changed] == pytest.approx((DB - DA)[order].tolist())


def test_a_loss_is_the_same_bits_alone_and_compared():
    found = losscli.compare("huber", {"a": A, "c": C}, TARGET, delta=0.5)
    for name, pred in (("a", A), ("c", C)):
        assert found.models[name].value == losscli.compute("huber", pred, TARGET, delta=0.5).value
        assert found.models[name].signature == losscli.compute("huber", pred, TARGET, delta=0.5).signature


@pytest.mark.parametrize("method", ["guarded", "percentile", "sign-flip"])
def test_bits_do_not_depend_on_threads(method, tmp_path):
    for name, x in (("a", A), ("b", B), ("t", TARGET)):
        np.save(tmp_path / f"{name}.npy", np.tile(x, 10))
    paths = [tmp_path / f"{name}.npy" for name in "abt"]
    with blocks_of(SMALL):
        found = [losscli.compare("mse", *paths, threads=n, method=method).comparisons for n in (1, 2, 5)]
    assert found[0] == found[1] == found[2]


def test_equal_predictions_are_said_to_be():
    one = losscli.compare("mse", A, A.copy(), TARGET).comparisons[0].whole
    assert (one.difference, one.p, one.low, one.high, one.identical) == (0, 1, 0, 0, True)


@pytest.mark.parametrize("other", [np.nan, np.inf])
def test_a_loss_that_is_no_number_is_not_taken_for_an_equal_one(other):
    changed = A.copy()
    changed[3] = other
    one = losscli.compare("mse", A, changed, TARGET, nan="propagate").comparisons[0].whole
    assert (one.identical, one.p, one.low) == (False, None, None)
    assert one.why_not == ("NaN values" if np.isnan(other) else "infinite values")


def test_equal_predictions_are_equal_where_a_loss_is_infinite():
    far = A.copy()
    far[3] = np.inf
    one = losscli.compare("mse", far, far.copy(), TARGET).comparisons[0].whole
    assert (one.identical, one.difference, one.p, one.equal) == (True, 0, 1, 300)


def test_a_baseline_next_to_nothing_needs_no_number_of_samples():
    one = losscli.compare("mse", TARGET * 1e-150, A, np.zeros(300)).comparisons[0].whole
    assert one.units_for_1_percent is None
    assert one.low is not None


def test_a_difference_without_spread_has_no_interval():
    one = losscli.compare("l1", [1.0, 2.0, 3.0], [2.0, 3.0, 4.0], [0.0, 0.0, 0.0]).comparisons[0].whole
    assert (one.difference, one.p, one.low) == (1.0, None, None)
    assert one.why_not == "every sample differs by the same"


def test_several_models_are_one_family_of_tests():
    found = losscli.compare("mse", A, B, C, TARGET)
    p = [one.whole.p for one in found.comparisons]
    assert [one.name for one in found.comparisons] == ["b", "c"]
    assert [one.whole.p_adjusted for one in found.comparisons] == pytest.approx(
        [min(1, 2 * x) if x == min(p) else max(2 * min(p), max(p)) for x in p]
    )
    assert [one.whole.p_adjusted for one in losscli.compare("mse", A, B, C, TARGET, correct="none").comparisons] == p


def test_all_pairs_are_every_two():
    found = losscli.compare("mse", A, B, C, TARGET, all_pairs=True)
    assert [(one.baseline, one.name) for one in found.comparisons] == [("a", "b"), ("a", "c"), ("b", "c")]
    third = losscli.compare("mse", B, C, TARGET).comparisons[0].whole
    assert found.comparisons[2].whole.difference == third.difference


def test_clusters_are_the_units():
    cluster = np.repeat(np.arange(30), 10)
    found = losscli.compare("mse", A, B, TARGET, cluster=cluster, method="t").comparisons[0].whole
    sums = (DB - DA).reshape(30, 10).sum(axis=1)
    assert (found.units, found.unit) == (30, "clusters")
    assert found.p == pytest.approx(stats.ttest_1samp(sums, 0).pvalue, rel=1e-9)


def test_ignored_samples_are_in_no_count():
    logits = RNG.standard_normal((2, 40, 3))
    labels = RNG.integers(0, 3, 40)
    labels[:5] = -100
    found = losscli.compare("ce", logits[0], logits[1], labels).comparisons[0].whole
    kept = losscli.compare("ce", logits[0][5:], logits[1][5:], labels[5:]).comparisons[0].whole
    assert (found.lower, found.higher, found.samples) == (kept.lower, kept.higher, 35)
    assert (found.low, found.high, found.p) == pytest.approx((kept.low, kept.high, kept.p), rel=1e-12)


def test_omitted_samples_are_left_out_for_all_models():
    holes = B.copy()
    holes[7] = np.nan
    found = losscli.compare("mse", A, holes, TARGET, nan="omit").comparisons[0].whole
    assert found.samples == 299
    assert found.difference == pytest.approx(np.mean(np.delete(DB - DA, 7)))


def test_a_root_is_compared_by_its_mean():
    root, mean = (losscli.compare(name, A, B, TARGET).comparisons[0].whole for name in ("rmse", "mse"))
    assert root.difference == pytest.approx(np.sqrt(DB.mean()) - np.sqrt(DA.mean()))
    assert root.p == mean.p
    assert root.high == pytest.approx(np.sqrt(DA.mean() + mean.high) - np.sqrt(DA.mean()))


def test_sums_are_as_many_times_their_mean():
    total, mean = (losscli.compare("mse", A, B, TARGET, reduction=r).comparisons[0].whole for r in ("sum", "mean"))
    assert total.difference == pytest.approx(300 * mean.difference)
    assert (total.low, total.high) == pytest.approx((300 * mean.low, 300 * mean.high))
    assert total.p == pytest.approx(mean.p)


def test_unequal_counts_name_both_files(tmp_path):
    a, b, t = write(tmp_path, a="1\n2\n3\n", b="1\n2\n", t="1\n2\n3\n")
    with pytest.raises(ShapeError) as caught:
        losscli.compare("mse", a, b, t)
    assert all(text in str(caught.value) for text in ("b.csv has 2 rows", "3"))


def test_rows_are_paired_by_key(tmp_path):
    ids = np.arange(300)
    order = RNG.permutation(300)
    paths = write(
        tmp_path,
        a="id,p\n" + "".join(f"{i},{float(A[i])!r}\n" for i in ids),
        b="id,p\n" + "".join(f"{i},{float(B[i])!r}\n" for i in order),
        t="id,y\n" + "".join(f"{i},{float(TARGET[i])!r}\n" for i in ids[::-1]),
    )
    with pytest.raises(LossCLIError):
        losscli.compare("mse", *paths)
    joined = losscli.compare("mse", *paths, on="id").comparisons[0].whole
    assert joined == losscli.compare("mse", A, B, TARGET).comparisons[0].whole


WHOLE = [x for x in losses.built_in() if x.whole and (GOLDEN / f"{x.name}.json").exists()]


@pytest.mark.parametrize("one", WHOLE, ids=lambda x: x.name)
def test_losses_of_the_whole_set_are_refused(one):
    case = json.loads((GOLDEN / f"{one.name}.json").read_text())[0]
    inputs = {name: np.asarray(x) for name, x in case["inputs"].items()}
    first = one.inputs[0].name
    given = {role.name: inputs[role.name] for role in one.inputs[1:] if role.name in inputs}
    given |= case["params"]
    alone = losscli.compute(one.name, inputs[first], **given, reduction=one.reductions[0], per_sample=True)
    if alone.per_sample is not None and not one.by_sample:
        pytest.skip("as these parameters have it, it is a mean over samples")
    with pytest.raises(UsageError, match="one number for the whole set"):
        losscli.compare(one.name, inputs[first], inputs[first], **given)


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, x in (("a", A), ("b", B), ("c", C), ("t", TARGET)):
        np.savetxt(tmp_path / f"{name}.csv", x)
    return tmp_path


def test_losses_computed_before_give_the_same(files):
    for name in "ab":
        assert cli("compute", "mse", f"{name}.csv", "t.csv", "-s", "-o", f"{name}.npy").code == 0
    before = json.loads(cli("compare", "--losses", "a.npy", "b.npy", "-f", "json").out)["comparisons"][0]
    now = json.loads(cli("compare", "mse", "a.csv", "b.csv", "t.csv", "-f", "json").out)["comparisons"][0]
    assert before == now


def test_formats_tell_the_same_difference(files):
    command = ["compare", "mse", "a.csv", "b.csv", "t.csv"]
    (row,) = csv_rows(cli(*command, "-f", "csv").out)
    document = json.loads(cli(*command, "-f", "json").out)["comparisons"][0]
    assert float(row["difference"]) == document["difference"] == float(cli(*command, "-q").out)
    assert f"{document['difference']:.6g}" in cli(*command).out
    assert f"{document['difference']:.6g}" in cli(*command, "-f", "markdown").out
    assert cli(*command, "-o", "x.json").err == "wrote x.json\n"
    assert json.loads((files / "x.json").read_text())["comparisons"][0] == document


def test_a_tiny_difference_has_its_sign_and_a_digit(files):
    np.savetxt(files / "b.csv", A + 1e-9 * (B - A), fmt="%.17g")
    np.savetxt(files / "a.csv", A, fmt="%.17g")
    out = cli("compare", "mse", "a.csv", "b.csv", "t.csv").out
    assert "0.00 %" not in out
    assert "(0.0 %)" not in out
    assert re.search(r" [+-][1-9]e-\d\d %\n", out)
    assert "to see 1 %" not in out  # so few samples would show less than that


def test_a_file_has_a_format_of_compare(files):
    command = ["compare", "mse", "a.csv", "b.csv", "t.csv"]
    for form, suffix in SUFFIXES.items():
        ran = cli(*command, "-o", f"x{suffix}")
        if form in CompareOutputOptions.knobs["format"].choices:
            assert ran.err == f"wrote x{suffix}\n"
        else:
            assert refused(ran)[0] == f"Error: x{suffix}: cannot be written as {suffix}."


def test_groups_stand_in_every_format(files):
    write(files, g="g\n" + "".join(f"{'xy'[i % 2]}\n" for i in range(300)))
    command = ["compare", "mse", "a.csv", "b.csv", "t.csv", "--by", "g.csv::g"]
    groups = json.loads(cli(*command, "-f", "json").out)["comparisons"][0]["groups"]
    assert [one["names"] for one in groups] == [{"g": "x"}, {"g": "y"}]
    assert groups[0]["difference"] == pytest.approx(np.mean((DB - DA)[::2]))
    rows = csv_rows(cli(*command, "-f", "csv").out)
    assert [(row["scope"], row["g"]) for row in rows] == [("group", "x"), ("group", "y"), ("total", "")]
    assert max(map(len, cli(*command).out.splitlines())) <= 80


def test_runs_show_their_spread(files):
    ran = cli("compare", "mse", "a.csv", "b.csv", "c.csv", "t.csv", "--runs")
    assert ran.code == 0
    assert "3 runs: mean" in ran.out
    document = json.loads(cli("compare", "mse", "a.csv", "b.csv", "c.csv", "t.csv", "--runs", "-f", "json").out)
    values = [one["value"] for one in document["models"]]
    assert document["runs"]["sd"] == pytest.approx(np.std(values, ddof=1))


def test_a_table_says_what_can_be_told_and_no_more(files):
    write(files, far="1e200\n" * 300, far_2="1e20\n" * 300, g="g\n" + "x\n" * 300)
    assert "no spread can be told" in cli("compare", "mse", "a.csv", "far.csv", "t.csv", "--runs").out
    table = cli("compare", "mse", "a.csv", "far.csv", "t.csv").out
    assert "nan" not in table
    assert "inf %" not in table
    assert re.search(r" \+\S+e\+\d+ %$", cli("compare", "mse", "a.csv", "far_2.csv", "t.csv").out, re.MULTILINE)
    assert "1 group: p is adjusted" in cli("compare", "mse", "a.csv", "b.csv", "t.csv", "--by", "g.csv::g").out


def test_a_model_that_was_not_compared_has_no_comparison():
    found = losscli.compare("mse", {"x": A, "y": B}, TARGET)
    assert found["y"].name == "y"
    with pytest.raises(KeyError, match="x"):
        found["x"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mse", "a.csv", "t.csv"], "two or more predictions"),
        (["mse,l1", "a.csv", "b.csv", "t.csv"], "one loss"),
        (["mse", "a.csv", "b.csv", "t.csv", "--level", "1"], "--level is 1"),
        (["mse", "a.csv", "b.csv", "t.csv", "--level", "0.2"], "--level is 0.2"),
        (["mse", "a.csv", "missing.csv", "t.csv"], "missing.csv"),
        (["--losses", "a.csv"], "two or more predictions"),
        (["mse", "a.csv", "b.csv", "t.csv", "--level", "0.9999999999999999"], "--level is 0.9999999999999999"),
        (["mse", "a.csv", "b.csv", "t.csv", "--method", "percentile", "--resamples", "9"], "9 resamples have no value"),
        (["mse", "a.csv", "b.csv", "t.csv", "--seed", "1"], "--seed is about resamples"),
        (["mse", "a.csv", "b.csv", "t.csv", "-r", "batchmean"], "mse has no reduction 'batchmean'"),
        (["rmse", "a.csv", "b.csv", "t.csv", "-r", "sum"], "rmse is one number for the whole set and has no reduction"),
    ],
)
def test_what_cannot_be_compared_is_refused(files, arguments, said):
    assert said in refused(cli("compare", *arguments))[0]


def test_a_pipe_of_standard_output_has_no_escapes(files):
    assert "\x1b" not in cli("compare", "mse", "a.csv", "b.csv", "t.csv").out


@pytest.mark.parametrize("by", [False, True])
def test_samples_of_weight_0_are_neither_lower_nor_higher_nor_among_the_changed(by, tmp_path):
    weight, other = np.ones(300), A + 0.1
    weight[::3], other[::3] = 0.0, A[::3] + 50
    options = {"sample_weight": weight, "top": 200}
    if by:
        (tmp_path / "g.csv").write_text("g\n" + "a\nb\n" * 150, encoding="utf-8")
        options["by"] = [f"{tmp_path / 'g.csv'}::g"]
    (one,) = losscli.compare("mse", A, other, TARGET, **options).comparisons
    kept, change = weight > 0, (other - TARGET) ** 2 - DA
    assert (one.whole.lower, one.whole.higher) == (np.sum(change[kept] < 0), np.sum(change[kept] > 0))
    assert one.whole.samples == one.whole.units == 200
    assert {c.sample for c in one.changed} == {*np.flatnonzero(kept).tolist()}
    assert sum(group.difference.samples for group in one.groups) == (200 if by else 0)


def test_models_that_differ_where_nothing_counts_give_the_same_loss():
    weight = np.r_[0.0, np.ones(299)]
    found = losscli.compare("mse", A, np.r_[99.0, A[1:]], TARGET, sample_weight=weight).comparisons[0].whole
    assert found.identical


@pytest.mark.parametrize(
    ("format", "shown"), [("table", "< 1e-300"), ("markdown", "| < 1e-300 |"), ("json", '"p": 0.0')]
)
def test_p_that_no_float_holds_is_not_0(format, shown, folder):
    rng = np.random.default_rng(1)
    for name, shift in (("a", 0.0), ("b", 1e6)):
        np.save(f"{name}.npy", rng.standard_normal(2000) + shift)
    np.save("t.npy", np.zeros(2000))
    assert shown in cli("compare", "l1", "a.npy", "b.npy", "t.npy", "-f", format).out

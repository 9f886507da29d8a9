"""The ways from blocks to intervals: what the units are, what is made of them, and the same numbers by other means."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import losscli
from losscli.errors import DataError, UsageError

RNG = np.random.default_rng(12)
X, Y = RNG.standard_normal((2, 400))
LOGITS, LABELS = RNG.standard_normal((400, 4)), RNG.integers(0, 4, 400)
MASKS, HARD = RNG.uniform(0, 1, (30, 2, 6)), (RNG.uniform(0, 1, (30, 2, 6)) > 0.5).astype(float)


def ci(*given, **named):
    return losscli.compute(*given, **{"ci": 0.95, **named}).ci


def plain_t(values, level=0.95):
    found = stats.ttest_1samp(values, 0).confidence_interval(level)
    return pytest.approx((found.low, found.high), rel=1e-9)


def ends(one):
    return one.low, one.high


@pytest.fixture
def files(sample_data):
    return [sample_data / "diabetes_pred.csv", sample_data / "diabetes_target.csv"]


# What was computed beforehand, by other code than this.


@pytest.mark.parametrize(
    ("loss", "more", "wanted"),
    [
        ("mse", {}, (2453.647125, 3590.957690)),
        ("mse", {"ci_method": "t"}, (2453.647125, 3522.456920)),
        ("rmse", {}, (49.534303, 59.924600)),
        ("median_absolute_error", {}, (34.866, 43.755)),
    ],
)
def test_diabetes(loss, more, wanted, files):
    assert ends(ci(loss, *files, **more)) == pytest.approx(wanted, abs=6e-7)


def test_digits(sample_data):
    files = [sample_data / "digits_logits.csv", sample_data / "digits_target.csv"]
    assert ends(ci("ce", *files)) == pytest.approx((0.166443, 0.219963), abs=6e-7)
    found = ci("ce", *files, cluster=f"{files[1]}::label")
    assert (found.units, found.unit) == (10, "clusters")
    assert (found.se, found.df) == pytest.approx((0.0292146437, 8.988784), rel=1e-7)
    assert ends(found) == pytest.approx((0.125553, 0.265285), abs=6e-7)


def test_groups_of_diabetes(sample_data):
    found = losscli.compute("mse", sample_data / "diabetes_results.csv", pred="y_hat", target="y", by="sex", ci=0.95)
    wanted = {("1",): (2673.148, 4424.186), ("2",): (1710.931, 3024.344)}
    assert {g.names: ends(g.ci) for g in found.groups} == {k: pytest.approx(v, abs=6e-4) for k, v in wanted.items()}


# Units


def test_rows_are_units_and_elements_are_not():
    pred, target = np.repeat(X[:, None], 8, axis=1), np.zeros((400, 8))
    found = ci("mse", pred, target, ci_method="t")
    assert (found.units, found.df) == (400, 399)
    assert ends(found) == plain_t(X**2)


def test_samples_that_are_left_out_are_no_units():
    x = X.copy()
    x[::7] = np.nan
    found = ci("mse", x, Y, nan="omit", ci_method="t")
    assert ends(found) == plain_t(((X - Y) ** 2)[~np.isnan(x)])
    labels = np.where(LABELS == 2, -100, LABELS)
    kept = labels != -100
    found, alone = ci("cross_entropy", LOGITS, labels), ci("cross_entropy", LOGITS[kept], LABELS[kept])
    assert found[:6] == pytest.approx(alone[:6], rel=1e-12)


@pytest.mark.parametrize("small", [False, True])
def test_a_sample_larger_than_a_block_is_one_unit(small, request):
    pred, target = X.reshape(4, 100), Y.reshape(4, 100)
    if small:
        request.getfixturevalue("small_blocks")
    found = ci("l1", pred, target, ci_method="t")
    assert (found.units, found.unit) == (4, "samples")
    assert ends(found) == plain_t(np.abs(pred - target).mean(axis=1))


def test_a_sum_is_its_units_times_their_mean():
    mean, total = ci("mse", X, Y), ci("mse", X, Y, reduction="sum")
    assert ends(total) == pytest.approx((400 * mean.low, 400 * mean.high), rel=1e-12)
    assert total.se == pytest.approx(400 * mean.se, rel=1e-12)
    weights = np.arange(400) % 3
    weighted = ci("mse", X, Y, reduction="sum", sample_weight=weights, ci_method="t")
    used = ((X - Y) ** 2 * weights)[weights > 0]
    assert ends(weighted) == pytest.approx(tuple(len(used) * end for end in plain_t(used).expected), rel=1e-9)


def test_the_ends_of_a_root_are_roots_and_none_is_below_0():
    mean, root = ci("mse", X, Y), ci("rmse", X, Y)
    assert ends(root) == pytest.approx((math.sqrt(mean.low), math.sqrt(mean.high)), rel=1e-12)
    assert root.se is None
    far = [0.0, 0.1, 30.0]
    assert ci("mse", far, [0.0, 0.0, 0.0]).low < 0
    assert ci("rmse", far, [0.0, 0.0, 0.0]).low == 0
    assert ends(ci("minkowski", X, Y, p=2.0)) == pytest.approx(
        tuple(math.sqrt(400 * end) for end in ends(mean)), rel=1e-12
    )


def test_clusters_may_be_a_column_words_or_numbers(tmp_path):
    users = np.arange(400) % 23
    (tmp_path / "t.csv").write_text(
        "x,y,user\n" + "".join(f"{x!r},{y!r},u{u}\n" for x, y, u in zip(X.tolist(), Y.tolist(), users, strict=True))
    )
    np.save(tmp_path / "users.npy", users)
    wanted = ci("mse", X, Y, cluster=users)
    assert (wanted.units, wanted.unit) == (23, "clusters")
    assert ci("mse", X, Y, cluster=[f"u{u}" for u in users]) == wanted
    assert ci("mse", X, Y, cluster=tmp_path / "users.npy") == wanted
    assert ci("mse", tmp_path / "t.csv::x", tmp_path / "t.csv::y", cluster="user") == wanted


def test_clusters_within_groups(tmp_path):
    path = tmp_path / "t.csv"
    rows = zip(X.tolist(), Y.tolist(), range(400), strict=True)
    path.write_text("x,y,g,user\n" + "".join(f"{x!r},{y!r},{i % 2},u{i % 30}\n" for x, y, i in rows))
    found = losscli.compute("mse", f"{path}::x", f"{path}::y", by="g", cluster="user", ci=0.95)
    for group in found.groups:
        mine = np.arange(400) % 2 == int(group.names[0])
        assert group.ci == ci("mse", X[mine], Y[mine], cluster=(np.arange(400) % 30)[mine])


def test_a_sample_without_a_cluster_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x,y,user\n1,2,a\n3,2,\n5,1,b\n")
    with pytest.raises(DataError, match="'user' is empty in row 1"):
        ci("mse", f"{path}::x", f"{path}::y", cluster="user")


def test_clusters_of_another_length_are_refused():
    with pytest.raises(losscli.LossCLIError, match=r"400 rows.* 3"):
        ci("mse", X, Y, cluster=["a", "b", "c"])
    with pytest.raises(UsageError, match=r"shape \(2, 2\)"):
        ci("mse", X, Y, cluster=np.zeros((2, 2)))


# Resampling


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_resampling_is_named_and_near_the_default(method):
    found, default = ci("mse", X, Y, ci_method=method, seed=5), ci("mse", X, Y)
    assert found.method == f"{method}(B=1999,seed=5)"
    assert (found.se, found.df) == (default.se, default.df)
    assert ends(found) == pytest.approx(ends(default), abs=0.2 * (default.high - default.low))
    assert found == ci("mse", X, Y, ci_method=method, seed=5)
    assert ends(found) != ends(ci("mse", X, Y, ci_method=method, seed=6))


def test_resampling_sums_clusters_and_weighted_means():
    mean, total = (ci("mse", X, Y, ci_method="percentile", reduction=r) for r in ("mean", "sum"))
    assert ends(total) == pytest.approx((400 * mean.low, 400 * mean.high), rel=1e-9)
    clusters = ci("mse", X, Y, ci_method="percentile", cluster=np.arange(400))
    assert ends(clusters) == ends(mean)
    rows = ci("mse", np.repeat(X[:, None], 4, 1), np.repeat(Y[:, None], 4, 1), ci_method="percentile")
    assert ends(rows) == pytest.approx(ends(mean), rel=1e-12)


def test_many_samples_are_drawn_in_groups():
    x = RNG.standard_exponential(40_000)
    found, default = (ci("l1", x, np.zeros(40_000), ci_method=m) for m in ("percentile", "t"))
    assert found.units == 40_000
    assert found.high - found.low == pytest.approx(default.high - default.low, rel=0.1)
    assert found.low < x.mean() < found.high


def test_too_few_resamples_are_refused():
    with pytest.raises(UsageError, match="30 resamples have no value beyond the ends"):
        ci("mse", X, Y, ci_method="percentile", resamples=30)


# Losses that are no sums


def test_the_interval_of_a_median_is_scipys():
    theirs = stats.quantile_test(np.abs(X - Y), q=1.0, p=0.5).confidence_interval(0.95)
    assert ends(ci("median_absolute_error", X, Y)) == pytest.approx((theirs.low, theirs.high), rel=1e-12)
    assert ci("median_absolute_error", X[:5], Y[:5]).why_not == "too few units"


def test_the_interval_of_a_median_does_not_mind_what_lies_far_beyond_it():
    far = np.where(np.arange(400) < 3, np.inf, np.where(np.abs(X - Y) > 6, 6.0, X - Y))
    assert ends(ci("median_absolute_error", far, 0 * X)) == ends(
        ci("median_absolute_error", np.where(np.isinf(far), 1e9, far), 0 * X)
    )
    for odd, why in ((np.inf, "infinite values"), (np.nan, "NaN values")):
        found = ci("median_absolute_error", np.where(np.arange(400) < 210, odd, X), Y, nan="propagate")
        assert (found.low, found.high, found.why_not) == (None, None, why)


def test_the_median_of_rows_of_equal_errors_rests_on_the_rows():
    errors = np.repeat(np.abs(X)[:, None], 5, axis=1)
    found, rows = ci("median_absolute_error", errors, 0 * errors), ci("median_absolute_error", X, 0 * X)
    assert (found.units, found.method) == (400, "order-of-units")
    assert ends(found) == pytest.approx(ends(rows), abs=0.03)
    clusters = ci("median_absolute_error", errors.reshape(-1), np.zeros(2000), cluster=np.repeat(np.arange(400), 5))
    assert ends(clusters) == ends(found)


def test_a_loss_of_sums_is_left_out_group_by_group():
    found = ci("dice", MASKS, HARD, aggregate="batch")

    def dice(keep):
        return losscli.compute("dice", MASKS[keep], HARD[keep], aggregate="batch").value

    without = np.array([dice(np.arange(30) != i) for i in range(30)])
    se = math.sqrt(29 / 30 * ((without - without.mean()) ** 2).sum())
    value = dice(np.ones(30, bool))
    half = stats.t.ppf(0.975, 29) * se
    assert (found.method, found.units, found.df) == ("jackknife", 30, 29)
    assert (found.se, *ends(found)) == pytest.approx((se, value - half, value + half), rel=1e-9)
    total = ci("dice", MASKS, HARD, aggregate="batch", reduction="sum")
    assert total.se == pytest.approx(2 * se, rel=1e-9)


def test_a_loss_of_moments_is_left_out_in_64_groups(small_blocks):
    found = ci("concordance", X, Y)
    assert (found.units, found.df) == (400, 63)
    # Beside the standard error of the bootstrap.
    rng = np.random.default_rng(1)
    drawn = [losscli.compute("concordance", X[i], Y[i]).value for i in rng.integers(0, 400, (200, 400))]
    assert found.se == pytest.approx(np.std(drawn), rel=0.25)


def test_clusters_are_left_out_whole():
    cluster = np.repeat(np.arange(100), 4)
    assert (
        ci("concordance", np.repeat(X[:100], 4), np.repeat(Y[:100], 4), cluster=cluster).se
        > 1.5 * ci("concordance", np.repeat(X[:100], 4), np.repeat(Y[:100], 4)).se
    )


def test_clusters_that_are_left_out_are_counted():
    found = ci("concordance", X, Y, cluster=np.arange(400) % 7)
    assert (found.unit, found.units, found.df) == ("clusters", 7, 6)


def test_moments_past_the_largest_float_are_no_matter_of_the_console(small_blocks):
    found = losscli.compute("concordance", 1e200 * X, 1e200 * Y, ci=0.95)
    assert math.isnan(found.value)
    assert found.ci.why_not == "NaN values"


@pytest.mark.parametrize(("given", "level"), [("99.9%", 0.999), ("95%", 0.95), (0.999, 0.999), ("50%", 0.5)])
def test_a_level_in_percent_is_the_float_that_it_says(given, level):
    assert ci("mse", X, Y, ci=given).level == level


def test_the_loss_that_is_computed_beside_has_its_own_numbers_still():
    """The kernel runs again on parts of a block, in whose storage another loss's values may lie."""
    both = losscli.compute("concordance,mse", X.astype(np.float32), Y.astype(np.float32), ci=0.95, per_sample=True)
    (alone,) = losscli.compute(["mse"], X.astype(np.float32), Y.astype(np.float32), ci=0.95, per_sample=True)
    np.testing.assert_array_equal(both[1].per_sample, alone.per_sample)
    assert both[1].ci == alone.ci


def test_what_compares_samples_is_refused_alone_and_says_so_in_company():
    with pytest.raises(UsageError, match="supcon compares every sample with all others"):
        ci("supcon", LOGITS, LABELS)
    one, other = losscli.compute("supcon,cross_entropy", LOGITS, LABELS, ci=0.95)
    assert (one.ci.low, one.ci.why_not) == (None, "every sample is compared with all others")
    assert other.ci == ci("cross_entropy", LOGITS, LABELS)


@pytest.mark.parametrize(
    ("pred", "why"),
    [([1.0], "one unit"), ([3.0] * 4, "no spread"), ([1.0, math.inf, 2.0], "infinite values")],
)
def test_why_there_is_none(pred, why):
    found = losscli.compute("mse", pred, [0.0] * len(pred), ci=0.95)
    assert (found.ci.low, found.ci.high, found.ci.why_not) == (None, None, why)


def test_zeros_and_ones_have_the_interval_of_a_share():
    found = ci("l1", [0.0] * 19 + [1.0], [0.0] * 20)
    assert (found.method, *ends(found)) == (
        "wilson",
        pytest.approx(0.0088810, abs=1e-6),
        pytest.approx(0.2361310, abs=1e-6),
    )

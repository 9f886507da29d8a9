"""The bootstrap: the same numbers everywhere, the ends that SciPy finds, and groups that stand for many units."""

import numpy as np
import pytest
from scipy import stats

from losscli.stats.mix import splitmix64
from losscli.stats.resample import GROUPS, bca, groups_of, least, percentile, resampled

A = np.random.default_rng(8).standard_exponential(300)
W = np.random.default_rng(9).integers(1, 6, 300).astype(float)


def test_the_numbers_are_splitmix64s():
    # The first three that the generator of seed 0 gives, of which the state is a multiple of its increment.
    states = np.arange(3, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    wanted = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert splitmix64(states).tolist() == wanted


def test_a_seed_gives_the_same_numbers_for_good():
    found = resampled(np.arange(1.0, 8.0), None, 5, seed=3)
    np.testing.assert_array_equal(found, resampled(np.arange(1.0, 8.0), None, 5, seed=3))
    assert not np.array_equal(found, resampled(np.arange(1.0, 8.0), None, 5, seed=4))
    raw = np.random.Philox(key=3).random_raw(20).astype("<u8").view("<u4").reshape(5, 8)[:, :7].astype(object)
    wanted = sorted(float(np.mean([1 + (int(x) * 7 >> 32) for x in row])) for row in raw)
    assert found.tolist() == pytest.approx(wanted, rel=1e-15)


def test_ends_are_those_that_scipy_finds():
    found = resampled(A, None, 9999)
    for method, ends in (
        ("percentile", percentile(found)),
        ("BCa", bca(found, A.mean(), stats.skew(A) / np.sqrt(300))),
    ):
        theirs = stats.bootstrap(
            (A,), np.mean, n_resamples=9999, method=method, rng=np.random.default_rng(0)
        ).confidence_interval
        assert ends == pytest.approx((theirs.low, theirs.high), abs=0.05 * (theirs.high - theirs.low))


def test_of_1999_the_50th_and_the_1950th():
    assert percentile(np.arange(1.0, 2000.0)) == (50.0, 1950.0)
    assert percentile(np.arange(1.0, 20.0), 0.9) == (1.0, 19.0)
    assert [least(level) for level in (0.5, 0.9, 0.95, 0.999)] == [3, 19, 39, 1999]


def test_a_ratio_is_drawn_with_its_weights():
    found = resampled(A * W, W, 1999)
    se = np.sqrt(((A - (A * W).sum() / W.sum()) ** 2 * W**2).sum()) / W.sum()
    assert found.std() == pytest.approx(se, rel=0.06)
    assert found.mean() == pytest.approx((A * W).sum() / W.sum(), abs=0.1 * se)


def test_groups_of_many_units_have_the_spread_of_the_units():
    many = np.random.default_rng(2).standard_exponential(400_000)
    code = groups_of(np.arange(400_000))
    assert (code.min(), code.max()) == (0, GROUPS - 1)
    found = resampled(np.bincount(code, many), np.bincount(code).astype(float))
    assert found.std() == pytest.approx(stats.sem(many), rel=0.06)

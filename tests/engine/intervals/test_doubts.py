"""What is said of intervals that rest on little."""

from __future__ import annotations

import numpy as np
import pytest
from suspects import codes, the_warning

import losscli

X = np.random.default_rng(0).standard_exponential(200)


def test_few_samples_are_told():
    found = the_warning("l1", X[:19], np.zeros(19), ci=0.95)
    assert (found.code, found.message) == ("L401", "l1: the interval rests on 19 samples: it is rough.")
    assert codes("l1", X[:20], np.zeros(20), ci=0.95) == codes("l1", X[:19], np.zeros(19)) == []


def test_one_sample_that_holds_much_of_the_spread_is_named():
    x = X.copy()
    x[137] = 60.0
    found = the_warning("l1", x, 0 * x, ci=0.95)
    assert found.code == "L401"
    assert found.message.startswith("l1: sample 137 holds 9")
    assert codes("l1", X, 0 * X, ci=0.95) == []
    assert the_warning("l1", np.where(np.arange(200) < 5, np.nan, x), 0 * x, ci=0.95, nan="omit").message == (
        found.message
    )


def test_one_cluster_that_holds_much_of_the_spread_is_named():
    x, users = X.copy(), np.array([f"u{i % 70}" for i in range(200)])
    x[137] = 60.0
    assert the_warning("l1", x, 0 * x, ci=0.95, cluster=users).message.startswith("l1: cluster 'u67' holds 9")


@pytest.mark.parametrize(
    ("sizes", "told"), [([40] * 5, "5 clusters, with 4 degrees"), ([100] + [2] * 50, "51 clusters, with 1 degree")]
)
def test_few_clusters_are_told_and_few_that_count(sizes, told):
    found = losscli.compute("l1", X, 0 * X, ci=0.95, cluster=np.repeat(np.arange(len(sizes)), sizes))
    warning = found.warnings[0]
    assert warning.code == "L402"
    assert told in warning.message
    assert codes("l1", X, 0 * X, ci=0.95, cluster=np.arange(200) % 30) == []


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "user_id,g,x,y\n" + "".join(f"{i % 40},{'ab'[i > 190]},{x!r},0\n" for i, x in enumerate(X.tolist()))
    )
    return path


def test_rows_that_share_an_id_are_told(table):
    found = the_warning("l1", f"{table}::x", f"{table}::y", ci=0.95)
    assert found.code == "L403"
    assert "'user_id' repeats: 200 rows, 40 values" in found.message
    assert found.hint == "--cluster user_id"
    assert codes("l1", f"{table}::x", f"{table}::y") == []
    assert codes("l1", f"{table}::x", f"{table}::y", ci=0.95, cluster="user_id") == []
    assert "L403" not in codes("l1", f"{table}::x", f"{table}::y", ci=0.95, by="user_id")


def test_ids_that_tell_every_row_apart_say_nothing(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("user_id,x,y\n" + "".join(f"{i},{x!r},0\n" for i, x in enumerate(X.tolist())))
    assert codes("l1", f"{path}::x", f"{path}::y", ci=0.95) == []


def test_groups_of_few_samples_are_counted(table):
    found = the_warning("l1", f"{table}::x", f"{table}::y", ci=0.95, by="g", cluster="user_id")
    assert found.code == "L401"
    assert "1 group has fewer than 20 units, 'b' for one" in found.message


def test_strict_makes_errors_of_them():
    with pytest.raises(losscli.LossCLIError, match="L401"):
        losscli.compute("l1", X[:9], np.zeros(9), ci=0.95, strict=True)

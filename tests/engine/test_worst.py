"""The samples of the largest losses are those of a full sort, and the first and last are those of the files."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from frames import put
from shell import compute, document, result

from losscli.engine.collect import Selection
from losscli.engine.observers.per_sample import PerSample

pytestmark = pytest.mark.usefixtures("folder")


ROWS = 40


def ids(kind, rows=ROWS):
    return {"text": [f"img_{i * 7 % rows:03}" for i in range(rows)], "number": [i * 7 % rows for i in range(rows)],
            "long": [f"ü {i},{i}" for i in range(rows)]}[kind]  # fmt: skip


def sorted_fully(losses, k):
    order = np.lexsort((np.arange(len(losses)), -losses))
    return order[: min(k, np.count_nonzero(~np.isnan(losses)))]


@pytest.mark.parametrize("kind", ["csv", "parquet", "npy"])
@pytest.mark.parametrize("k", [1, 100, 5000])
def test_the_worst_are_those_of_a_full_sort(k, kind, many):
    folder, errors, _ = many
    inputs = [f"{folder}/{x}.npy" if kind == "npy" else f"{folder}/t.{kind}::{x}" for x in "py"]
    one = result("l1", *inputs, "--top", k, *(["-j", "2"] if kind == "npy" else []))
    wanted = sorted_fully(np.abs(errors), k)
    assert one["sample_index"] == wanted.tolist()
    assert one["per_sample"] == np.abs(errors)[wanted].tolist()


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
@pytest.mark.parametrize("k", [1, 10, 700])
def test_the_worst_are_the_same_in_whatever_order_blocks_come(k, order):
    # Threads take blocks in turn, and equal losses may come from any of them.
    losses = np.random.default_rng(23).integers(0, 5, 4000).astype(float)
    worst, parts = PerSample(Selection(top=k)), {}
    for block in order:
        mine = slice(1000 * block, 1000 * block + 1000)
        ids = np.array([f"r{i}" for i in range(4000)], object)[mine]
        parts[block] = worst.select(1000 * block, losses[None, mine], np.zeros((1, 1000), np.uint8), [ids])
    index, values, _, (ids,), _ = worst.selected(worst.merge([parts[block] for block in sorted(parts)]))
    wanted = sorted_fully(losses, k)
    assert index.tolist() == wanted.tolist()
    assert values[0].tolist() == losses[wanted].tolist()
    assert ids.tolist() == [f"r{i}" for i in wanted]


def test_the_worst_keep_their_columns(many):
    folder, errors, _ = many
    inputs = (f"{folder}/t.parquet::p", f"{folder}/t.parquet::y")
    results = document("l1,mse", *inputs, "--top", 50, "--keep", "id")["results"]
    wanted = sorted_fully(np.abs(errors), 50)
    for found in results:
        assert found["kept"] == {"id": [f"r{i}" for i in wanted]}
        assert found["sample_index"] == wanted.tolist()


def test_what_is_omitted_is_never_among_the_worst(many):
    folder, _, holes = many
    one = result("l1", f"{folder}/t.parquet::h", f"{folder}/t.parquet::y", "--nan", "omit", "--top", 3000)
    assert one["sample_index"] == sorted_fully(np.abs(holes), 3000).tolist()
    few = put("few.csv", pl.DataFrame({"p": [1.0, math.nan, 3.0], "y": [0.0] * 3}))
    assert result("l1", f"{few}::p", f"{few}::y", "--nan", "omit", "--top", 3)["sample_index"] == [2, 0]


@pytest.mark.parametrize("nan", ["error", "omit"])
@pytest.mark.parametrize("by", [("g",), ("g", "h")])
@pytest.mark.parametrize("k", [1, 3, 1000])
def test_the_worst_of_each_group_are_those_of_a_full_sort(k, by, nan, small_blocks):
    rng = np.random.default_rng(5)
    losses = rng.integers(0, 9, 700).astype(float)  # with many equals
    if nan == "omit":
        losses[::13] = np.nan
    names = {"g": rng.choice(["10", "9", "b", ""], 700), "h": rng.choice(["x", "y"], 700)}
    put("t.csv", pl.DataFrame({"p": losses, "y": np.zeros(700), **names}))
    command = ("l1", "t.csv::p", "t.csv::y", "--by", ",".join(by), "--top", k, "--nan", nan, "-j", 2)
    one = result(*command)
    wanted = []
    for group in one["groups"]:
        mine = np.logical_and.reduce([names[name] == value for name, value in group["names"].items()])
        rows = np.flatnonzero(mine)
        wanted += rows[sorted_fully(losses[rows], k)].tolist()
    assert [group["names"]["g"] for group in one["groups"]][:1] == [""]
    assert one["sample_index"] == wanted
    assert one["per_sample"] == losses[wanted].tolist()
    assert one["kept"] == {name: names[name][wanted].tolist() for name in by}
    assert one["told"]["pred"] == losses[wanted].tolist()


@pytest.mark.parametrize(("sort", "key"), [("loss", "value"), ("count", "samples"), ("sum", "numerator")])
def test_the_worst_come_in_the_order_of_their_groups(sort, key):
    rng = np.random.default_rng(6)
    put("t.csv", pl.DataFrame({"p": rng.exponential(size=99), "y": np.zeros(99), "g": rng.choice([*"abcde"], 99)}))
    for one in document("l1,mse", "t.csv::p", "t.csv::y", "--by", "g", "--top", 2, "--sort", sort)["results"]:
        values = [group[key] for group in one["groups"]]
        assert values == sorted(values, reverse=True)
    first, second = document("l1,mse", "t.csv::p", "t.csv::y", "--by", "g", "--top", 2, "--sort", sort)["results"]
    assert first["kept"]["g"][::2] == first["kept"]["g"][1::2] == [group["names"]["g"] for group in first["groups"]]
    for one in (first, second):
        assert one["sample_index"] == first["sample_index"]
        assert one["told"] == first["told"]
    np.testing.assert_allclose(np.square(first["per_sample"]), second["per_sample"])


@pytest.mark.parametrize("loss", ["cross_entropy,supcon", "supcon,cross_entropy"])
def test_the_worst_of_groups_beside_losses_that_are_known_late(loss):
    rng = np.random.default_rng(21)
    table = {"g": ["u", "v", "u", "v", "w"], "y": [0, 1, 1, 0, 0], "a": rng.normal(size=5), "b": rng.normal(size=5)}
    put("t.csv", pl.DataFrame(table))
    first, second = document(loss, "t.csv::a,b", "t.csv::y", "--by", "g", "--top", 1)["results"]
    every = document(loss, "t.csv::a,b", "t.csv::y", "-s")["results"][0]["per_sample"]
    groups = np.array(table["g"])
    wanted = [max(np.flatnonzero(groups == g).tolist(), key=lambda i: every[i]) for g in "uvw"]
    assert first["sample_index"] == second["sample_index"] == wanted
    assert first["kept"] == {"g": ["u", "v", "w"]}


def test_the_first_of_a_stream(many):
    folder, errors, _ = many
    one = result("l1", f"{folder}/t.csv::p", f"{folder}/t.csv::y", "--head", 5, "--keep", "id")
    assert one["per_sample"] == np.abs(errors[:5]).tolist()
    assert (one["sample_index"], one["kept"]) == (list(range(5)), {"id": [f"r{i}" for i in range(5)]})


def test_both_ends_of_a_stream(many):
    folder, errors, _ = many
    lines = compute("l1", f"{folder}/t.csv::p", f"{folder}/t.csv::y", "--keep", "id").out.splitlines()
    shown = [line.split() for line in lines[-11:]]
    index = [*range(5), *range(len(errors) - 5, len(errors))]
    assert [row for row in shown if row[0] != "⋮"] == [[str(i), f"r{i}", f"{abs(errors[i]):g}"] for i in index]

"""Groups are runs of their own and add up to the total, for every loss, from every kind of source."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from samples import SUMS, close, counts_of, drawn, figures, in_order, picked, rows_of, run

import losscli

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder that drawn examples write to again and again."""
    return tmp_path_factory.mktemp("drawn")


RNG = np.random.default_rng(20240611)
PRED, TARGET = RNG.standard_normal((2, 501))
LABELS = RNG.integers(0, 4, 501)
WEIGHTS = RNG.choice([0.0, 0.25, 1.0, 3.5], 501)


# Groups


NAMES = st.sampled_from(["", "a", "b", "10", "9", "ü", "total", 'x"y', "p|q", "a,b"])


def grouped(place, columns):
    """A table of group columns, under a path that differs where the content does; how ``by`` asks for them."""
    pl.DataFrame({"row": range(len(columns[0])), **{f"g{i}": c for i, c in enumerate(columns)}}).write_csv(
        place / "g.csv"
    )
    return [f"{place}/g.csv::g{i}" for i in range(len(columns))]


def adds_up(parts, total):
    """Whether figures of groups add up to the total's: but for roundings, and with infinities as IEEE adds them."""
    if all(map(math.isfinite, parts)):
        return abs(math.fsum(parts) - total) <= 1e-13 * math.fsum(map(abs, parts))
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
    assert adds_up([g.denominator for g in found.groups], found.denominator)
    assert type(found.denominator) is type(found.groups[0].denominator)
    without = run(case, sample_weight=weights)
    for name in ("value", "numerator", "denominator"):  # to the bit
        np.testing.assert_equal(getattr(found, name), getattr(without, name))


@pytest.mark.parametrize("one", SUMS)
@settings(max_examples=15)
@given(data=st.data())
def test_groups_without_the_samples_omitted(one, data, place):
    first, axis = one.inputs[0].name, one.inputs[0].axis
    case = drawn(data, one, full=first)
    rows = rows_of(case)
    names, holes = data.draw(st.lists(NAMES, min_size=rows, max_size=rows)), data.draw(counts_of(rows))
    assume(not all(hole == 1 for hole in holes))
    weights = np.arange(1.0, rows + 1)
    case.inputs[first] = case.inputs[first].copy()
    np.moveaxis(case.inputs[first], axis, 0)[np.array(holes) == 1] = np.nan
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
    without = losscli.compute("mse,l1", folder / "t.parquet::p", f"{folder}/t.parquet::y", sample_weight=weight)
    for one, alone in zip(found, without, strict=True):
        assert (one.value, one.numerator, one.denominator) == (alone.value, alone.numerator, alone.denominator)
        assert len(one.groups) == frame.select("g", "h").n_unique()
        for group in one.groups:
            mine = frame.filter((pl.col("g") == group.names[0]) & (pl.col("h") == int(group.names[1])))
            weights = mine["w"].to_numpy() if weight else None
            close(group, losscli.compute(one.loss, mine["p"].to_numpy(), mine["y"].to_numpy(), sample_weight=weights))
            assert group.samples == len(mine)
        assert adds_up([g.numerator for g in one.groups], one.numerator)
        assert adds_up([g.denominator for g in one.groups], one.denominator)


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


def test_a_root_is_taken_of_each_group():
    pl.DataFrame({"p": [3.0, 4.0, 1.0], "y": [0.0] * 3, "g": ["a", "a", "b"]}).write_csv("t.csv")
    found = losscli.compute("rmse", "t.csv::p", "t.csv::y", by="g")
    assert [(g.value, g.numerator, g.denominator) for g in found.groups] == [(math.sqrt(12.5), 25.0, 2), (1.0, 1.0, 1)]
    total = losscli.compute("mse", "t.csv::p", "t.csv::y", by="g", reduction="sum")
    assert [g.value for g in total.groups] == [25.0, 1.0]
    assert total.value == 26.0


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


def test_losses_of_a_pass_have_the_groups_they_have_alone():
    pl.DataFrame({"p": PRED, "y": TARGET, "w": WEIGHTS, "g": LABELS}).write_csv("t.csv")
    together = losscli.compute("mse,l1,rmse", "t.csv::p", "t.csv::y", by="g", sample_weight="w")
    for one in together:
        assert one.groups == losscli.compute(one.loss, "t.csv::p", "t.csv::y", by="g", sample_weight="w").groups

"""``--each-column``: of every column what it would be alone, to the last bit; scikit-learn's raw values."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import cases
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shell import cli, compute, csv_rows, refused
from sklearn import metrics

import losscli
from losscli import losses
from losscli.errors import LossCLIError

ELEMENTS = [one for one in losses.built_in() if all(role.shape == "(*)" for role in one.inputs if not role.optional)]
OTHERS = [one for one in losses.built_in() if one not in ELEMENTS]
RNG = np.random.default_rng(5)


def test_some_losses_have_columns_and_others_do_not():
    assert len(ELEMENTS) > 10
    assert len(OTHERS) > 10


@pytest.mark.parametrize("one", ELEMENTS, ids=lambda one: one.name)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_a_column_is_what_it_is_alone(one, data):
    case = data.draw(cases(one))
    inputs = {name: np.asarray(value) for name, value in case.inputs.items()}
    shapes = {value.shape for value in inputs.values()}
    reduction = data.draw(st.sampled_from([r for r in one.reductions if r != "none"]))
    options = {"reduction": reduction, **case.parameters}
    assume(len(shapes) == 1)  # a variance may be one for all
    if len(next(iter(shapes))) != 2:
        with pytest.raises(LossCLIError):
            losscli.compute(one.name, **inputs, **options, each_column=True)
        return
    (shape,) = shapes
    found = losscli.compute(one.name, **inputs, **options, each_column=True)
    assert found.by == ("column",)
    assert [group.names for group in found.groups] == [(str(i),) for i in range(shape[1])]
    for i, group in enumerate(found.groups):
        alone = losscli.compute(one.name, **{name: value[:, i] for name, value in inputs.items()}, **options)
        assert (group.value, group.numerator, group.denominator) == pytest.approx(
            (alone.value, alone.numerator, alone.denominator), rel=0, abs=0, nan_ok=True
        )


@pytest.mark.parametrize("weights", [None, RNG.random(50)], ids=["plain", "weighted"])
@pytest.mark.parametrize(("name", "theirs"), [("mse", metrics.mean_squared_error), ("l1", metrics.mean_absolute_error)])
def test_scikit_learn_calls_them_raw_values(name, theirs, weights):
    pred, target = RNG.normal(size=(2, 50, 3))
    ours = losscli.compute(name, pred, target, each_column=True, sample_weight=weights)
    raw = theirs(target, pred, multioutput="raw_values", sample_weight=weights)
    np.testing.assert_allclose([group.value for group in ours.groups], raw, rtol=1e-12)
    assert ours.value == pytest.approx(np.mean(raw), rel=1e-12)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "ndjson"])
def test_columns_of_files_have_their_names(tmp_path, suffix):
    import polars

    frame = polars.DataFrame({"width": [1.0, 2.0, 4.0], "height": [1.0, 1.0, 3.0]})
    for name, factor in (("p", 1.0), ("t", 2.0)):
        getattr(frame * factor, f"write_{suffix}")(tmp_path / f"{name}.{suffix}")
    rows = csv_rows(
        compute("mse,l1", tmp_path / f"p.{suffix}", tmp_path / f"t.{suffix}", "--each-column", "-f", "csv").out
    )
    found = {(row["loss"], row["scope"], row["column"]): float(row["value"]) for row in rows}
    assert found[("mse", "group", "width")] == 7.0
    assert found[("l1", "group", "height")] == pytest.approx(5 / 3, rel=1e-15)
    assert found[("mse", "total", "")] == pytest.approx((7 + 11 / 3) / 2, rel=1e-15)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "ndjson"])
@pytest.mark.parametrize(
    "asked", [["--by", "site"], ["--ci", "0.9"], ["--by", "site", "--ci", "0.9", "--sample-weight", "size"]], ids=str
)
def test_a_column_has_the_groups_and_the_intervals_that_it_has_alone(tmp_path, suffix, asked):
    import polars

    frame = polars.DataFrame({
        "a": RNG.normal(size=90), "b": RNG.normal(size=90), "site": ["x", "y", "z"] * 30, "size": [1.0, 2.0] * 45,
        "y_a": RNG.normal(size=90), "y_b": RNG.normal(size=90),
    })  # fmt: skip
    path = tmp_path / f"all.{suffix}"
    getattr(frame, f"write_{suffix}")(path)
    by = ["site"] if "--by" in asked else []
    found = csv_rows(
        compute("mse", path, "--pred", "a,b", "--target", "y_a,y_b", "--each-column", *asked, "-f", "csv").out
    )
    for name in ("a", "b"):
        ours = [row for row in found if row["column"] == name]
        alone = csv_rows(compute("mse", path, "--pred", name, "--target", f"y_{name}", *asked, "-f", "csv").out)
        theirs = [row for row in alone if not by or row["scope"] == "group"]
        told = [
            "value",
            "numerator",
            "denominator",
            "samples",
            *by,
            *(["ci_low", "ci_high"] if "--ci" in asked else []),
        ]
        assert [[row[t] for t in told] for row in ours] == [[row[t] for t in told] for row in theirs]


def test_columns_are_sorted_as_groups_are(tmp_path):
    (tmp_path / "p.csv").write_text("a,b\n1,2\n1,9\n")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n1,2\n")
    arguments = ["mse", tmp_path / "p.csv", tmp_path / "t.csv", "--each-column", "--sort", "loss", "-f", "csv"]
    assert [row["column"] for row in csv_rows(compute(*arguments).out)] == ["b", "a", ""]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mse", "1,2", "1,2"], "no columns to part"),
        (["mse", "1,2", "1,2", "--reference"], "--reference exclude each other"),
        (["mse", "1,2", "1,2", "-r", "none"], "of reduced losses"),
        (["mse", "1,2", "1,2", "--nan", "omit"], "leaves out no samples"),
    ],
)
def test_what_has_no_columns_is_refused(arguments, said):
    assert said in refused(cli("compute", *arguments, "--each-column"))[0]


def test_a_loss_of_classes_is_refused():
    with pytest.raises(LossCLIError, match="cross_entropy has no loss of each column"):
        losscli.compute("cross_entropy", RNG.normal(size=(4, 3)), [0, 1, 2, 0], each_column=True)

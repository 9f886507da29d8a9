"""Predictions against others for the same samples: the rules on real numbers, and on every loss."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import SUMS, WHOLE, drawn
from shell import cli, refused

import losscli
from losscli.errors import LossCLIError
from losscli.stats.interval import estimate, lower_bound, upper_bound
from losscli.stats.moments import spread, sums_of


def awk(path, factor, shift, new):
    """What awk's %.6g makes of numbers times a factor plus a shift."""
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    lines = [",".join(f"{float(cell) * factor + shift:.6g}" for cell in row.split(",")) for row in rows]
    new.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory, sample_data):
    folder = tmp_path_factory.mktemp("against")
    awk(sample_data / "digits_logits.csv", 0.8, 0, folder / "digits_soft.csv")
    awk(sample_data / "diabetes_pred.csv", 0.9, 15.2, folder / "diabetes_b.csv")
    return folder


def check(*arguments, code):
    ran = cli("check", *arguments, "-f", "json")
    assert ran.code == code, (ran.out, ran.err)
    ((condition,),) = [one["conditions"] for one in json.loads(ran.out)["checks"]]
    return condition


@pytest.mark.parametrize(
    ("rule", "allowed", "code", "bound"),
    [("point", 0, 0, None), ("proven", 50, 1, 53.698159), ("proven", 54, 0, 53.698159), ("significant", 0, 0, None)],
)
def test_diabetes(place, sample_data, rule, allowed, code, bound):
    files = [
        place / "diabetes_b.csv",
        sample_data / "diabetes_target.csv",
        "--against",
        sample_data / "diabetes_pred.csv",
    ]
    found = check("mse", *files, "--rule", rule, "--max-increase", allowed, code=code)
    assert found["change"] == pytest.approx(-2.641309, rel=1e-6)
    assert bound is None or found["bound"] == pytest.approx(bound, rel=1e-8)
    assert ("not shown" in found["message"]) == bool(code)


@pytest.mark.parametrize(("allowed", "code"), [("0.0677", 1), ("0.0678", 0)])
def test_digits(place, sample_data, allowed, code):
    files = [
        place / "digits_soft.csv",
        sample_data / "digits_target.csv",
        "--against",
        sample_data / "digits_logits.csv",
    ]
    found = check("ce", *files, "--rule", "significant", "--max-increase", allowed, code=code)
    assert found["bound"] == pytest.approx(0.067765, rel=1e-5)
    assert (found["p"] < 0.05) == bool(code)


@pytest.mark.parametrize("one", SUMS)
@given(data=st.data())
def test_every_sum_over_samples_against_itself_is_the_same(one, data):
    case = drawn(data, one)
    first = one.inputs[0].name
    for rule in ("point", "significant", "proven"):
        try:
            found = losscli.check(
                one.name, **case.inputs, **case.parameters, against=case.inputs[first], max_increase=0, rule=rule
            )
        except LossCLIError as error:
            assert rule != "point" or "NaN" in error.message or "infinite" in error.message, error
            if rule != "point":
                assert any(word in error.message for word in ("one unit", "no units", "no mean", "NaN", "infinite"))
            continue
        (condition,) = found.checks[0].conditions
        assert (found.passed, condition.change) == (True, 0.0)


@pytest.mark.parametrize("one", WHOLE)
@given(data=st.data())
def test_loss_of_the_whole_set_has_the_rule_point_alone(one, data):
    case = drawn(data, one, whole=True)
    with pytest.raises(LossCLIError):
        losscli.check(
            one.name,
            **case.inputs,
            **case.parameters,
            against=case.inputs[one.inputs[0].name],
            max_increase=0,
            rule="significant",
        )


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weighted", [False, True])
def test_bounds_are_those_of_the_samples_whatever_the_blocks(small_blocks, reduction, weighted):
    rng = np.random.default_rng(8)
    rows = 300
    target, old = rng.normal(size=(2, rows, 3))
    new = old + 0.1 * rng.normal(size=old.shape)
    weight = rng.integers(0, 4, rows).astype(float) if weighted else np.ones(rows)
    more = {"sample_weight": weight} if weighted else {}
    a = (((new - target) ** 2 - (old - target) ** 2) * weight[:, None]).sum(axis=1)
    w = 3 * weight if reduction == "mean" else (weight > 0).astype(float)
    known = estimate(spread([sums_of(a, w)]))
    known = known.times(known.units) if reduction == "sum" else known
    for threads in (1, 2):
        verdicts = losscli.check(
            "mse",
            new,
            target,
            against=old,
            max_increase=0,
            rule="significant",
            reduction=reduction,
            threads=threads,
            **more,
        )
        (condition,) = verdicts.checks[0].conditions
        assert condition.change == pytest.approx(known.value, rel=1e-9)
        assert condition.bound == pytest.approx(lower_bound(known, 0.95), rel=1e-9)


def test_samples_larger_than_a_block_are_the_units_all_the_same(small_blocks):
    rng = np.random.default_rng(11)
    target, old = rng.normal(size=(2, 5, 200))
    new = old + 0.1 * rng.normal(size=old.shape)
    known = estimate(spread([sums_of(((new - target) ** 2 - (old - target) ** 2).sum(axis=1), 200.0)]))
    found = losscli.check("mse", new, target, against=old, max_increase=0, rule="proven")
    assert found.checks[0].conditions[0].bound == pytest.approx(upper_bound(known, 0.95), rel=1e-9)
    whole = losscli.compare("mse", old, new, target).comparisons[0].whole
    assert (whole.units, whole.lower + whole.equal + whole.higher) == (5, 5)


def test_ignored_and_omitted_samples_are_no_units():
    rng = np.random.default_rng(9)
    old = rng.normal(size=(50, 4))
    new = old + 0.2 * rng.normal(size=old.shape)
    target = rng.integers(0, 4, 50)
    target[::7] = -100
    new[3] = np.nan
    keep = (target != -100) & ~np.isnan(new).any(axis=1)
    whole, part = (
        losscli.check("ce", n, t, against=o, max_increase=0, rule="proven", nan="omit").checks[0].conditions[0]
        for n, t, o in ((new, target, old), (new[keep], target[keep], old[keep]))
    )
    assert whole.bound == pytest.approx(part.bound, rel=1e-12)


def test_clusters_are_the_units(tmp_path):
    rng = np.random.default_rng(12)
    old = rng.normal(size=60)
    new = old + rng.normal(size=60)
    cluster = np.arange(60) % 12
    found = losscli.check("mse", new, np.zeros(60), against=old, max_increase=0, rule="proven", cluster=cluster)
    apart = (new**2 - old**2).reshape(5, 12).sum(axis=0)
    known = estimate(spread([sums_of(apart, np.full(12, 5.0))]))
    assert found.checks[0].conditions[0].bound == pytest.approx(upper_bound(known, 0.95), rel=1e-9)


def test_doubts_of_a_rule_are_warnings():
    verdicts = losscli.check("mse", [1.0, 2.0, 3.0], [0, 0, 0], against=[1.1, 2, 3], max_increase=1, rule="proven")
    assert [one.code for one in verdicts.warnings] == ["L401"]
    with pytest.raises(LossCLIError, match="L401"):
        losscli.check("mse", [1.0, 2.0], [0, 0], against=[1.1, 2], max_increase=1, rule="proven", strict=True)
    assert losscli.check("mse", [1.0, 2.0], [0, 0], against=[1.1, 2], max_increase=1).warnings == []


def test_groups_are_judged_by_their_own_samples(tmp_path):
    rng = np.random.default_rng(10)
    y, old = rng.normal(size=(2, 80))
    new = old + 0.3 * rng.normal(size=80)
    rows = "".join(f"{a},{b},{c},{'xyz'[i % 3]}\n" for i, (a, b, c) in enumerate(zip(new, old, y, strict=True)))
    (tmp_path / "t.csv").write_text(f"new,old,y,g\n{rows}", encoding="utf-8")
    found = losscli.check(
        "mse", tmp_path / "t.csv", pred="new", target="y", by="g", against=f"{tmp_path / 't.csv'}::old",
        max_increase=0, rule="proven",
    )  # fmt: skip
    for i, group in enumerate(found.checks[0].groups):
        mine = slice(i, None, 3)
        alone = losscli.check("mse", new[mine], y[mine], against=old[mine], max_increase=0, rule="proven")
        assert group.conditions[0].bound == pytest.approx(alone.checks[0].conditions[0].bound, rel=1e-9)


def test_a_hint_is_one_that_check_takes(tmp_path):
    rows = "".join(f"{i % 7},{i % 5},{i % 3},{'x' if i else 'y'}\n" for i in range(12))
    (tmp_path / "t.csv").write_text(f"new,old,y,g\n{rows}", encoding="utf-8")
    table = tmp_path / "t.csv"
    asked = ["mse", table, "--pred", "new", "--target", "y", "--against", f"{table}::old", "--max-increase", 9]
    error, hint = refused(cli("check", *asked, "--rule", "proven", "--by", "g"))
    assert "is proven cannot be told: one unit" in error
    assert hint == "Hint: the rule point takes the change as it is."
    table.write_text(table.read_text(encoding="utf-8").replace(",y\n", ",x\n", 2), encoding="utf-8")
    ran = cli("check", *asked, "--rule", "proven", "--by", "g")
    assert "1 group has fewer than 20 units" in ran.err
    assert "--sort" not in ran.err


def test_against_takes_each_input_that_a_model_makes(tmp_path):
    mean, var = np.array([1.0, 2.0]), np.array([0.5, 0.5])
    one = losscli.check(
        "gaussian_nll", mean, np.zeros(2), var, against={"pred": mean, "var": 4 * var}, max_increase=0, max_decrease=9
    )
    (up, _) = one.checks[0].conditions
    assert up.baseline == losscli.compute("gaussian_nll", mean, np.zeros(2), 4 * var).value
    with pytest.raises(LossCLIError, match="against names vary"):
        losscli.check("gaussian_nll", mean, np.zeros(2), var, against={"vary": var}, max_increase=0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--against", "p.csv"], "--against is there, and no change is limited"),
        (["--rule", "proven"], "--rule proven is about a change, and none is limited"),
        (["--against", "p.csv", "--max", "1"], "--against is there, and no change is limited"),
        (["--max-increase", "1"], "--max-increase compares with nothing"),
        (["--max-decrease", "1"], "--max-decrease compares with nothing"),
        (["--max-increase", "-1", "--against", "p.csv"], "--max-increase is -1"),
        (["--max-increase", "1", "--against", "p.csv", "--baseline", "b.json"], "exclude each other"),
        (["--max-increase", "1", "--rule", "proven"], "--max-increase compares with nothing"),
        (["--max", "1", "--rule", "proven"], "--rule proven is about a change"),
        (["--max-increase", "1", "--against", "short.csv"], "short.csv has 2 rows"),
        (["--max-increase", "1", "--against", "gone.csv"], "gone.csv: no such file"),
        (["--max-increase", "1", "--against", "p.csv", "--significance", "0.7"], "--significance is 0.7"),
        (["--max-increase", "1", "--baseline", "b.json"], "there is no baseline b.json"),
        (["--update-baseline"], "--update-baseline writes a file"),
    ],
)
def test_what_makes_no_sense_is_refused(folder, arguments, says):
    for name, rows in (("p", "1\n2\n3\n"), ("t", "1\n2\n2\n"), ("short", "1\n2\n")):
        (folder / f"{name}.csv").write_text(rows, encoding="utf-8")
    assert says in refused(cli("check", "mse", "p.csv", "t.csv", *arguments))[0]


def test_root_of_a_mean_has_the_rule_point_alone():
    verdicts = losscli.check("rmse", [1.0, 2.0], [0.0, 0.0], against=[1.0, 1.0], max_increase=1)
    assert verdicts.passed
    with pytest.raises(LossCLIError, match="rmse is made of a mean"):
        losscli.check("rmse", [1.0, 2.0], [0.0, 0.0], against=[1.0, 1.0], max_increase=1, rule="proven")


def test_baseline_of_one_check_from_the_command_line(folder):
    (folder / "p.csv").write_text("1\n2\n", encoding="utf-8")
    stored = ["mse", "p.csv", "0,0", "--baseline", "b.json"]
    assert cli("check", *stored, "--update-baseline").out == "mse: 2.5, new\n"
    (folder / "p.csv").write_text("1\n2.1\n", encoding="utf-8")
    assert cli("check", *stored, "--max-increase", "0.1").code == 1
    assert cli("check", *stored, "--max-increase", "10%").code == 0
    assert "target is not what" in cli("check", *stored[:2], "0,1", *stored[3:], "--max-increase", "9").err
    assert (
        "standard input cannot be" in cli("check", "mse", "-", *stored[2:], "--max-increase", "9", stdin=b"1\n2\n").err
    )

"""Samples stored with a baseline: the rules say of them what they say of the predictions that they are of."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import SUMS, drawn
from shell import cli, files_no_larger_than, refused

import losscli
from losscli.errors import LossCLIError

CONFIG = """
[check.a b]
loss = ["mse", "l1"]
pred = "new.csv"
target = "y.csv::y"
by = "y.csv::g"
save-samples = true
max-increase = 0.02
rule = "{rule}"
""".replace("a b", '"a b"')


def write(name, values):
    np.savetxt(name, values, header="p", comments="")


@pytest.fixture
def place(folder):
    rng = np.random.default_rng(21)
    rows = "".join(f"{y},{'uv'[i % 3 == 0]}\n" for i, y in enumerate(rng.normal(size=90)))
    (folder / "y.csv").write_text(f"y,g\n{rows}", encoding="utf-8")
    old = rng.normal(size=90)
    write("old.csv", old)
    write("new.csv", old + 0.2 * rng.normal(size=90))
    (folder / "losscli.toml").write_text(CONFIG.format(rule="significant"), encoding="utf-8")
    return folder


def stored_of_old(place):
    """A baseline of the old predictions."""
    text = (place / "losscli.toml").read_text(encoding="utf-8")
    (place / "losscli.toml").write_text(text.replace("new.csv", "old.csv"), encoding="utf-8")
    assert cli("check", "--update-baseline").code == 0
    (place / "losscli.toml").write_text(text, encoding="utf-8")


def conditions(ran):
    found = json.loads(ran.out)["checks"]
    parts = [part for one in found for part in (one, *one["groups"])]
    return [{k: c.get(k) for k in ("value", "p", "bound", "verdict")} for part in parts for c in part["conditions"]]


@pytest.mark.parametrize("rule", ["significant", "proven"])
def test_rules_are_those_of_the_predictions(place, rule):
    text = CONFIG.format(rule=rule)
    (place / "losscli.toml").write_text(text, encoding="utf-8")
    stored_of_old(place)
    assert sorted(p.name for p in (place / "losscli-baseline").iterdir()) == ["a%20b.l1.npy", "a%20b.mse.npy"]
    stored = cli("check", "-f", "json")
    (place / "losscli.toml").write_text(f'{text}against = "old.csv"\n', encoding="utf-8")
    other = cli("check", "-f", "json")
    assert len(conditions(stored)) == 6
    for mine, theirs in zip(conditions(stored), conditions(other), strict=True):
        assert mine["verdict"] == theirs["verdict"]
        for key in ("value", "p", "bound"):
            assert mine[key] == (None if theirs[key] is None else pytest.approx(theirs[key], rel=1e-9))


def test_baseline_from_elsewhere_finds_its_samples(place):
    stored_of_old(place)
    text = (place / "losscli-baseline.json").read_bytes()
    assert conditions(cli("check", "--baseline", "-", "-f", "json", stdin=text)) == conditions(
        cli("check", "-f", "json")
    )


def test_samples_of_another_baseline_are_refused(place):
    stored_of_old(place)
    np.save(place / "losscli-baseline" / "a%20b.mse.npy", np.ones((90, 2)))
    ran = cli("check")
    assert ran.code == 2
    assert "losscli-baseline/a%20b.mse.npy: is not what was stored with the baseline" in ran.err
    (place / "losscli-baseline" / "a%20b.mse.npy").unlink()
    assert cli("check").code == 2


def test_baseline_without_samples_is_refused_by_a_rule(place):
    text = (place / "losscli.toml").read_text(encoding="utf-8")
    (place / "losscli.toml").write_text(text.replace("save-samples = true\n", ""), encoding="utf-8")
    stored_of_old(place)
    assert not (place / "losscli-baseline").exists()
    ran = cli("check")
    assert ran.code == 2
    assert "its samples are not known" in ran.err
    assert "save-samples" in ran.err


def test_same_predictions_are_the_same_bytes(place):
    stored_of_old(place)
    before = [path.read_bytes() for path in sorted((place / "losscli-baseline").iterdir())]
    stored_of_old(place)
    assert [path.read_bytes() for path in sorted((place / "losscli-baseline").iterdir())] == before


def test_baseline_with_samples_is_written_whole_or_not_at_all(place):
    def there():
        return {path: path.read_bytes() for path in place.rglob("*") if path.is_file() and "." in path.name}

    before = there()
    with files_no_larger_than(1000):  # room for the values, not for the samples
        assert "No space" in (ran := cli("check", "--update-baseline")).err or "too large" in ran.err
    assert (ran.code, there()) == (2, before)
    assert not (place / "losscli-baseline").exists()
    assert cli("check", "--update-baseline").code == 0
    before = there()
    write("new.csv", np.zeros(90))
    before[place / "new.csv"] = (place / "new.csv").read_bytes()
    (place / "losscli-baseline.json").unlink()
    (place / "losscli-baseline.json").mkdir()  # where no file can be written
    assert cli("check", "--update-baseline").code == 2
    del before[place / "losscli-baseline.json"]
    assert there() == before


def test_loss_of_the_whole_set_has_no_samples_to_store(folder):
    write("p.csv", np.arange(5.0))
    arguments = ["p.csv", "0,0,0,0,0", "--baseline", "b.json", "--update-baseline", "--save-samples"]
    assert "one number for the whole set" in refused(cli("check", "median_absolute_error", *arguments))[0]
    assert not (folder / "b.json").exists()


ONE_TABLE = ["check", "mse", "t.csv", "--pred", "p", "--target", "y", "--baseline", "b.json"]


@pytest.mark.parametrize(("options", "what"), [(["--by", "g"], "group column g"), (["--sample-weight", "w"], "w")])
def test_column_beside_the_predictions_is_what_it_was(folder, options, what):
    table = "p,y,g,w\n1,2,a,1\n2,2,b,1\n3,5,a,2\n4,4,b,2\n"
    (folder / "t.csv").write_text(table, encoding="utf-8")
    assert cli(*ONE_TABLE, *options, "--update-baseline").code == 0
    (folder / "t.csv").write_text(table.replace("1,2", "2,2"), encoding="utf-8")  # a prediction
    assert cli(*ONE_TABLE, *options, "--max-increase", "0").code == 0
    swapped = table.replace("a", "-").replace("b", "a").replace("-", "b").replace("5,b,2", "5,b,1")
    (folder / "t.csv").write_text(swapped, encoding="utf-8")
    assert refused(cli(*ONE_TABLE, *options, "--max-increase", "100"))[0].startswith(
        f"Error: {what} is not what the baseline was computed on"
    )


def test_samples_in_another_order_of_keys_are_not_those_stored(folder):
    (folder / "y.csv").write_text("id,y\n1,1.5\n2,2\n3,3\n4,4\n", encoding="utf-8")
    (folder / "p.csv").write_text("id,p\n1,1\n2,2\n3,30\n4,4.5\n", encoding="utf-8")
    arguments = ["check", "mse", "p.csv::p", "y.csv::y", "--on", "id", "--baseline", "b.json", "--save-samples"]
    assert cli(*arguments, "--update-baseline").code == 0
    (folder / "p.csv").write_text("id,p\n3,30\n1,1\n2,2\n4,4.5\n", encoding="utf-8")
    assert cli(*arguments, "--max-increase", "0").code == 0
    assert "the order of id is not what" in refused(cli(*arguments, "--max-increase", "0", "--rule", "significant"))[0]


def test_frame_has_a_baseline(tmp_path):
    frame = pl.DataFrame({"p": [1.0, 2.0], "y": [0.0, 0.0], "g": ["a", "b"]})
    named = {"pred": "p", "target": "y", "by": "g", "baseline": str(tmp_path / "b.json")}
    losscli.check("mse", frame, **named, update_baseline=True)
    assert losscli.check("mse", frame, **named, max_increase=0)
    with pytest.raises(LossCLIError, match="group column g is not what"):
        losscli.check("mse", frame.with_columns(g=pl.Series(["b", "a"])), **named, max_increase=9)


@pytest.mark.parametrize("one", SUMS)
@settings(max_examples=5)
@given(data=st.data())
def test_every_sum_over_samples_is_as_it_was_stored(one, data, tmp_path_factory):
    case = drawn(data, one)
    path = tmp_path_factory.mktemp("stored") / "b.json"
    arguments = {**case.inputs, **case.parameters, "baseline": str(path)}
    try:
        losscli.check(one.name, **arguments, update_baseline=True, save_samples=True)
        found = losscli.check(one.name, **arguments, max_increase=0, rule="significant")
    except LossCLIError as error:
        words = ("one unit", "no units", "no mean", "NaN", "cannot be compared with", "infinite")
        assert any(word in str(error) for word in words), error
        return
    assert found.passed
    assert found.checks[0].conditions[0].p == 1.0

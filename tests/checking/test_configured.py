"""Checks of a config, run as a user runs them."""

from __future__ import annotations

import json
import os
import shutil
from xml.etree import ElementTree as Tree

import numpy as np
import pytest
from shell import cli, refused, write

import losscli

FILES = ["digits_logits.csv", "digits_target.csv", "diabetes_pred.csv", "diabetes_target.csv", "diabetes_results.csv"]

DIGITS = """
[check.digits]
loss = "cross_entropy"
pred = "digits_logits.csv"
target = "digits_target.csv"
"""
DIABETES = """
[check.diabetes]
loss = "mse"
pred = "diabetes_pred.csv"
target = "diabetes_target.csv"
max = 3000
"""


@pytest.fixture
def place(tmp_path, monkeypatch, sample_data):
    """Some of the sample data, and predictions that are worse; no config yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    (tmp_path / ".git").mkdir()
    for name in FILES:
        shutil.copy(sample_data / name, tmp_path / name)
    logits = np.loadtxt("digits_logits.csv", delimiter=",", skiprows=1)
    head = (tmp_path / "digits_logits.csv").read_text(encoding="utf-8").splitlines()[0]
    np.savetxt("digits_soft.csv", logits * 0.8, fmt="%.6g", delimiter=",", header=head, comments="")
    return tmp_path


def configured(folder, *parts, name="losscli.toml"):
    (folder / name).write_text("".join(parts), encoding="utf-8")


def check(*arguments, code=0, **more):
    ran = cli("check", *arguments, **more)
    assert ran.code == code, (ran.out, ran.err)
    return ran


def document(*arguments, code=0):
    return json.loads(check(*arguments, "-f", "json", code=code).out)


def messages(found):
    every = [*found["conditions"], *(c for group in found["groups"] for c in group["conditions"])]
    return [c["message"] for c in every if c["verdict"] == "fail"]


def test_no_config_and_an_empty_one_are_no_pass(place):
    assert "no checks" in refused(cli("check"))[0]
    configured(place, "")
    assert "no checks" in refused(cli("check"))[0]


def test_misspelt_key_names_the_line_and_the_key(place):
    configured(place, DIGITS, 'max_incrase = "2%"\n')
    error, hint = refused(cli("check"))
    assert "losscli.toml:6: check.digits has no key 'max_incrase'" in error
    assert hint == "Hint: did you mean max-increase?"


def test_all_checks_are_made_even_if_one_cannot_be(place):
    gone = DIABETES.replace("diabetes_pred", "gone").replace("check.diabetes", "check.gone")
    configured(place, DIGITS, "max = 0.1\n", gone, DIABETES)
    ran = check(code=2)
    assert [line.split()[0] for line in ran.out.splitlines()[2:5]] == ["digits", "gone", "diabetes"]
    assert ran.out.splitlines()[5].startswith("1 of 3 checks failed, 1 of 3 checks could not be made.")
    assert ran.errors == ["Error: check.gone: gone.csv: no such file."]
    assert check("--only", "digits,diabetes", code=1).err == ""
    assert check("--only", "diabetes").err == ""
    assert check("--only", "gone", "-q", code=2).out == ""
    found = document(code=2)
    assert (found["passed"], found["failed"], found["errors"], found["exit"]) == (1, 1, 1, 2)
    assert [one["where"] for one in found["checks"]] == ["losscli.toml:2", "losscli.toml:8", "losscli.toml:14"]
    assert found["checks"][1]["error"]["message"] == "gone.csv: no such file."
    assert found["checks"][1]["value"] is None
    suite = Tree.fromstring(check("-f", "junit", code=2).out)[0]
    assert [suite.get(k) for k in ("name", "tests", "failures", "errors")] == ["losscli.toml", "3", "1", "1"]
    assert suite[1].find("error").text == "gone.csv: no such file."


def test_error_of_one_check_is_not_that_of_another_on_the_same_files(place):
    shared = DIABETES.replace("check.diabetes", "check.other").replace('"mse"', '"bce"')
    configured(place, DIABETES, shared)
    mse, bce = document(code=2)["checks"]
    assert (mse["verdict"], bce["verdict"]) == ("pass", "error")
    assert "outside [0, 1]" in bce["error"]["message"]


def test_checks_on_the_same_files_are_one_pass(place, monkeypatch):
    from losscli.inputs import files

    opened = []
    real = files.open_location
    monkeypatch.setattr(files, "open_location", lambda at, *more, **m: opened.append(at.text) or real(at, *more, **m))
    other = DIABETES.replace("check.diabetes", "check.other").replace('"mse"', '["l1", "huber"]')
    third = other.replace("check.other", "check.third").replace('["l1", "huber"]', '"huber"\nparams = { delta = 2 }')
    configured(place, DIABETES, other, third, DIGITS, "max = 1\n")
    found = document()["checks"]
    assert opened == [*FILES[2:4], *FILES[:2]]
    assert [one["loss"] for one in found] == ["mse", "l1", "huber", "huber", "cross_entropy"]
    alone = losscli.compute("huber", *FILES[2:4], delta=2).value
    assert (found[3]["value"], found[2]["value"]) == (alone, losscli.compute("huber", *FILES[2:4]).value)


def test_baseline_is_written_once_and_compared_with(place):
    configured(place, DIGITS, 'max-increase = "2%"\n')
    assert "there is no baseline losscli-baseline.json" in check(code=2).err
    assert check("--update-baseline").out == "digits cross_entropy: 0.191654, new\n"
    before = (place / "losscli-baseline.json").read_bytes()
    assert check("--update-baseline").out == "digits cross_entropy: 0.191654, as before\n"
    assert (place / "losscli-baseline.json").read_bytes() == before
    assert "the same predictions" in check().out
    os.utime("digits_target.csv", (0, 0))
    check()
    check("--baseline", "-", stdin=before)


@pytest.mark.parametrize(("allowed", "code"), [("2%", 1), ("40%", 0), ("0.08", 0), ("0.07", 1)])
def test_change_is_more_than_allowed_or_not(place, allowed, code):
    configured(place, DIGITS, f'max-increase = "{allowed}"\n')
    check("--update-baseline")
    configured(place, DIGITS.replace("logits", "soft"), f'max-increase = "{allowed}"\n')
    ran = check(code=code)
    assert ("+37.2 % over 0.1917" if "%" in allowed else " over 0.1917") in ran.out
    assert check("-q", code=code).out == ""


def test_better_than_allowed_is_a_stale_baseline(place):
    configured(place, DIGITS.replace("logits", "soft"), 'max-decrease = "5%"\n')
    check("--update-baseline")
    configured(place, DIGITS, 'max-decrease = "5%"\n')
    assert "-27.1 % under 0.263" in check(code=1).out
    assert "baseline is stale" in check(code=1).out


def test_only_better_values_are_written(place):
    configured(place, DIGITS, "max = 1\n")
    check("--update-baseline")
    before = (place / "losscli-baseline.json").read_bytes()
    configured(place, DIGITS.replace("logits", "soft"), "max = 1\n")
    assert "not lower: left as it is" in check("--update-baseline", "--only-better").out
    assert (place / "losscli-baseline.json").read_bytes() == before
    assert "0.191654 → 0.263032 (+37.2 %)" in check("--update-baseline").out


def test_update_of_some_checks_leaves_the_others(place):
    configured(place, DIGITS, "max = 1\n", DIABETES)
    check("--update-baseline")
    before = json.loads((place / "losscli-baseline.json").read_text(encoding="utf-8"))
    configured(place, DIGITS.replace("logits", "soft"), "max = 1\n", DIABETES)
    check("--update-baseline", "--only", "diabetes")
    assert json.loads((place / "losscli-baseline.json").read_text(encoding="utf-8")) == before


def test_changed_label_is_no_pass(place):
    configured(place, DIGITS, 'max-increase = "2%"\n')
    check("--update-baseline")
    rows = (place / "digits_target.csv").read_text(encoding="utf-8").splitlines()
    rows[5] = str((int(rows[5]) + 1) % 10)
    write(place, digits_target="\n".join(rows) + "\n")
    (error,) = [line for line in check(code=2).errors if line.startswith("Error")]
    assert error.startswith("Error: check.digits: digits_target.csv is not what the baseline was computed on (sha256 ")
    assert error.count("…") == 2


def test_target_in_the_file_of_the_prediction_is_told_by_its_column(place):
    pair = DIABETES.replace("diabetes_pred.csv", "both.csv::p").replace("diabetes_target.csv", "both.csv::y")
    write(place, both="p,y,z\n1,0,1\n2,0,1\n")
    configured(place, pair, "max-increase = 1\n")
    check("--update-baseline")
    write(place, both="p,y,z\n1,0,5\n2.1,0,5\n")
    assert " over 2.5, allowed 1" in check().out
    write(place, both="p,y,z\n1,0,1\n2,1,1\n")
    assert "both.csv::y is not what the baseline was computed on" in check(code=2).err


def test_nothing_is_written_where_a_check_cannot_be_made(place):
    configured(place, DIGITS, "max = 1\n", DIABETES.replace("diabetes_pred", "gone"))
    assert "gone.csv: no such file" in refused(cli("check", "--update-baseline"))[0]
    assert not (place / "losscli-baseline.json").exists()


def test_groups_have_limits_of_their_own(place):
    both = DIABETES.replace("diabetes_pred.csv", "diabetes_results.csv::y_hat").replace("max = 3000\n", 'by = "sex"\n')
    both = both.replace("diabetes_target.csv", "diabetes_results.csv::y")
    configured(place, both, "group.max = 3000\n")
    (found,) = document(code=1)["checks"]
    assert messages(found) == ["mse of sex=1 is 3485.12, above max 3000"]
    assert [group["names"] for group in found["groups"]] == [{"sex": "1"}, {"sex": "2"}]
    configured(place, both, 'group.max = 3000\ngroup.limits = { "sex=1" = { max = 3500 } }\n')
    check()
    configured(place, both, "group.max = 3000\ngroup.min-samples = 120\n")
    check(code=1)
    configured(place, both, "group.max = 3000\ngroup.min-samples = 150\n")
    assert document()["checks"][0]["groups"][0]["note"] == "128 samples, 150 asked for: not judged"
    configured(place, both, 'max = 3000\ngroup.limits = { "sex=3" = { max = 3500 } }\n')
    assert "there is no group sex=3" in check(code=2).err


def test_change_of_each_group_is_judged(place):
    both = """
[check.groups]
loss = "mse"
pred = "t.csv::p"
target = "y.csv::y"
by = "y.csv::g"
max-increase = 100
group.max-increase = 1
"""
    write(place, t="p\n1\n1\n2\n", y="y,g\n0,a\n0,a\n0,b\n")
    configured(place, both)
    check("--update-baseline")
    write(place, t="p\n1\n1\n3\n")
    (found,) = document(code=1)["checks"]
    assert messages(found) == ["mse of g=b is 9, 5 over 4, allowed 1"]
    write(place, y="y,g\n0,a\n0,a\n0,c\n")
    assert "y.csv" in check(code=2).err


def test_too_few_samples_fail(place):
    configured(place, DIGITS, "max = 1\nmin-samples = 1000\n")
    (found,) = document(code=1)["checks"]
    assert messages(found) == ["cross_entropy: 899 samples, 1000 asked for"]


def test_significant_changes_of_a_run_are_one_family(place):
    parts = [
        f'[check.c{i}]\nloss = "mse"\npred = "n{i}.csv"\ntarget = "y.csv"\nagainst = "b.csv"\n'
        'max-increase = 0\nrule = "significant"\n'
        for i in range(3)
    ]
    rng = np.random.default_rng(5)
    base = rng.normal(size=60)
    np.savetxt("y.csv", np.zeros(60))
    np.savetxt("b.csv", base)
    for i in range(3):
        np.savetxt(f"n{i}.csv", base * (1 + 0.02 * rng.random(60) * (i == 0)) + 0.002 * rng.normal(size=60))
    configured(place, *parts)
    found = document(code=1)["checks"]
    p = [one["conditions"][0]["p"] for one in found]
    assert found[0]["conditions"][0]["p_adjusted"] == pytest.approx(3 * min(p))
    configured(place, parts[0])
    (alone,) = document(code=1)["checks"]
    assert alone["conditions"][0]["p"] == alone["conditions"][0]["p_adjusted"] == p[0]


def test_files_are_relative_to_the_config(place, monkeypatch):
    configured(place, DIGITS, 'max-increase = "1%"\nsample-weight = "w.csv"\n')
    np.savetxt("w.csv", np.ones(899))
    check("--update-baseline")
    (place / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(place / "deep" / "er")
    assert document()["checks"][0]["where"] == "../../losscli.toml:2"
    monkeypatch.chdir("/")
    check("--config", str(place / "losscli.toml"))
    assert losscli.check(config=str(place / "losscli.toml")).passed


def test_many_failing_groups_are_cut_in_annotations_and_not_in_the_summary(place, monkeypatch):
    rows = "".join(f"{n},0,g{n}\n" for n in range(1, 41))
    write(place, many=f"p,y,g\n{rows}")
    configured(
        place, '[check.many]\nloss = "l1"\npred = "many.csv::p"\ntarget = "many.csv::y"\nby = "g"\ngroup.max = 0\n'
    )
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "s.md")
    lines = [line for line in check("-f", "github", code=1).out.splitlines() if line.startswith("::")]
    assert len(lines) == 10
    assert all(line.startswith("::error file=losscli.toml,line=1,title=losscli many::l1 of g=g") for line in lines[:9])
    assert lines[0].endswith("::l1 of g=g40 is 40, above max 0")
    assert lines[9] == "::error title=losscli::and 31 more"
    assert (place / "s.md").read_text(encoding="utf-8").count("| many | l1 |") == 40


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--only", "digit"], "there is no check 'digit'"),
        (["--config", "gone.toml"], "gone.toml: no such file"),
        (["--only-better"], "--only-better is about what is written"),
        (["--update-baseline", "-f", "json"], "--update-baseline shows what changed"),
        (["--update-baseline", "--baseline", "-"], "not written to standard output"),
        (["-f", "json", "mse", "digits_logits.csv"], "--format stands before the loss"),
        (["--only", "digits", "--only", "digits"], "--only is given twice"),
        (["losscli.toml"], "losscli.toml is a file"),
        (["--max", "3"], "No such option"),
    ],
)
def test_what_makes_no_sense_is_refused(place, arguments, says):
    configured(place, DIGITS, "max = 1\n")
    assert says in refused(cli("check", *arguments))[0]


def test_python_and_shell_say_the_same(place):
    configured(place, DIGITS, "max = 0.1\n", DIABETES)
    verdicts, found = losscli.check(), document(code=1)
    assert [one.verdict for one in verdicts.checks] == [one["verdict"] for one in found["checks"]]
    assert verdicts.exit_code == found["exit"] == 1
    assert [c.message for one in verdicts.checks for c in one.failures] == messages(found["checks"][0])
    assert losscli.check(only="diabetes").passed
    losscli.check(update_baseline=True)
    assert (place / "losscli-baseline.json").exists()
    with pytest.raises(losscli.LossCLIError, match="max is given, and no loss"):
        losscli.check(max=3)


def test_groups_in_the_file_of_the_predictions_are_told_wherever_the_check_runs(place, monkeypatch):
    table = "p,y,g,w\n1,2,a,1\n2,2,b,1\n3,5,a,2\n4,4,b,2\n"
    (place / "t.csv").write_text(table, encoding="utf-8")
    given = '[check.t]\nloss = "mse"\npred = "t.csv::p"\ntarget = "t.csv::y"\nby = "t.csv::g"\nmax-increase = 9\n'
    (place / "losscli.toml").write_text(given, encoding="utf-8")
    assert cli("check", "--update-baseline").code == 0
    (place / "t.csv").write_text(table.replace("a", "-").replace("b", "a").replace("-", "b"), encoding="utf-8")
    (place / "deep").mkdir()
    for folder in (place, place / "deep"):
        monkeypatch.chdir(folder)
        ran = cli("check")
        assert (ran.code, "group column g is not what" in ran.err) == (2, True)


def test_pattern_of_weights_is_relative_to_the_config(place, monkeypatch):
    np.save(place / "w1.npy", np.ones(2))
    np.save(place / "w2.npy", np.ones(1))
    np.save(place / "p.npy", np.arange(3.0))
    given = '[check.t]\nloss = "l1"\npred = "p.npy"\ntarget = "0,0,0"\nsample-weight = "w*.npy"\nmax = 1\n'
    (place / "losscli.toml").write_text(given, encoding="utf-8")
    (place / "deep").mkdir()
    monkeypatch.chdir(place / "deep")
    assert cli("check").code == 0


def test_a_folder_that_is_gone_is_named(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    error, hint = refused(cli("check"))
    assert error == "Error: the folder that this is run in is no longer there."
    assert hint == "Hint: cd to one that is."

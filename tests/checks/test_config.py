"""Configs: what is written becomes checks, and what makes no sense names its line and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from losscli.checks import config
from losscli.checks.config import KEYS, dashed, undashed
from losscli.checks.limits import Allowed
from losscli.errors import LossCLIError
from losscli.knobs.checking import CheckOptions
from losscli.knobs.options import OF_INTERVALS, OF_REFERENCES

WHOLE = """\
baseline = "stored.json"
significance = 0.01

[defaults]
on = "id"
target = "labels.csv"

[check.first]
loss = ["huber", "l1"]
pred = "p.csv"
params = { delta = 2 }
max = 3
max_increase = "2%"
nan = "omit"
by = ["a", "b"]
group.max = 4
group.max-decrease = 0.5
group.min-samples = 10
group.limits = { "a=1, b=x" = { min = 1 } }

[check."second one"]
loss = "ce"
pred = [1, 2]
target = "other.csv"
min = -1
significance = 0.2
"""


def read(folder: Path, text: str, name: str = "losscli.toml") -> config.Config:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return config.read(path, name)


def test_all_that_is_written_is_there(tmp_path):
    found = read(tmp_path, WHOLE)
    first, second = found.checks
    assert (found.baseline, [one.name for one in found.checks]) == ("stored.json", ["first", "second one"])
    assert [one.name for one in first.losses] == ["huber", "l1"]
    assert first.named == {"pred": "p.csv", "target": "labels.csv", "delta": 2}
    assert (first.options.on, first.options.nan, first.options.by) == (("id",), "omit", ("a", "b"))
    assert (first.options.significance, second.options.significance) == (0.01, 0.2)
    assert (first.limits.max, first.limits.max_increase) == (3, Allowed(2, True))
    assert (first.where, second.where) == ("losscli.toml:8", "losscli.toml:21")
    assert second.named == {"pred": [1, 2], "target": "other.csv"}
    groups = first.groups
    assert (groups.every, groups.min_samples) == ({"max": 4.0, "max_decrease": Allowed(0.5)}, 10)
    own = groups.of("a=1,b=x", first.limits)
    assert (own.max, own.min, own.max_increase, own.max_decrease) == (4, 1, Allowed(2, True), Allowed(0.5))
    assert groups.of("a=2, b=x", first.limits).min is None


def test_tool_table_of_pyproject_is_the_same(tmp_path):
    text = WHOLE.replace("[defaults]", "[tool.losscli.defaults]").replace("[check.", "[tool.losscli.check.")
    text = f'[project]\nname = "x"\n\n[tool.losscli]\n{text}'
    found = read(tmp_path, text, "pyproject.toml")
    assert [one.name for one in found.checks] == ["first", "second one"]
    assert found.checks[0].where == "pyproject.toml:12"
    with pytest.raises(LossCLIError, match=r"pyproject\.toml:15: check.first has no key 'maxi'"):
        read(tmp_path, text.replace("params =", "maxi ="), "pyproject.toml")


def test_nearest_config_is_found_up_to_the_repository(tmp_path):
    inner = tmp_path / "repo" / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "losscli.toml").write_text("", encoding="utf-8")
    (tmp_path / "repo" / ".git").mkdir()
    with pytest.raises(LossCLIError, match=r"no checks: there is no losscli\.toml here or above"):
        config.find(inner)
    (tmp_path / "repo" / "pyproject.toml").write_text("[tool.other]\nx = 1\n", encoding="utf-8")
    with pytest.raises(LossCLIError, match="no checks"):
        config.find(inner)
    (tmp_path / "repo" / "pyproject.toml").write_text("[tool.losscli]\n", encoding="utf-8")
    assert config.find(inner) == tmp_path / "repo" / "pyproject.toml"
    (tmp_path / "repo" / "losscli.toml").write_text("", encoding="utf-8")
    assert config.find(inner) == tmp_path / "repo" / "losscli.toml"
    (tmp_path / "repo" / "a" / "pyproject.toml").write_text("[tool.losscli]\n", encoding="utf-8")
    assert config.find(inner) == tmp_path / "repo" / "a" / "pyproject.toml"


ODD = [
    ("", "losscli.toml: no checks", "a check is a table"),
    ("[check]\n", "losscli.toml: no checks", ""),
    ('[check.a]\nmax_incrase = "2%"\nloss = "mse"\n', ":2: check.a has no key 'max_incrase'", "mean max-increase?"),
    ("checks = 1\n", ":1: there is no key 'checks'", "mean check?"),
    ("[defaults]\nnann = 'omit'\n[check.a]\nloss='mse'\nmax=1\n", ":2: there is no key 'nann'", "mean nan?"),
    ("[check.a]\nmax = 1\n", ":1: check.a names no loss", 'loss = "mse"'),
    ("[check.a]\nloss = 'mze'\nmax = 1\n", ":2: check.a: no loss is called 'mze'", "mse"),
    ("[check.a]\nloss = 3\nmax = 1\n", ":2: check.a: loss is 3", ""),
    ("[check.a]\nloss = 'mse'\n", ":1: check.a: no limit is set, and the check would always pass", "max, min"),
    ("[check.a]\nloss = 'mse'\nmin-samples = 3\n", ":1: check.a: no limit is set", ""),
    ("[check.a]\nloss = 'mse'\n\nmax = nan\n", ":4: check.a: max is nan", "finite number"),
    ("[check.a]\nloss = 'mse'\nmax = inf\n", ":3: check.a: max is inf", "finite number"),
    ("[check.a]\nloss = 'mse'\nmax-increase = -1\n", ":3: check.a: max-increase is -1", "0 or more"),
    ("[check.a]\nloss = 'mse'\nmax-increase = '-1%'\n", ":3: check.a: max-increase is -1%", "0 or more"),
    ("[check.a]\nloss = 'mse'\nmax-decrease = 'nan'\n", ":3: check.a: max-decrease is nan", "0 or more"),
    ("[check.a]\nloss = 'mse'\nmax = 1\nsignificance = 0\n", ":1: check.a: significance is 0", "above 0"),
    ("[check.a]\nloss = 'mse'\nmax = 1\nnan = 'drop'\n", ":4: check.a: nan is 'drop'", "omit"),
    ("[check.a]\nloss = 'mse'\nmax = 1\nrule = 'proven'\n", ":1: check.a: rule proven is about a change", "increase"),
    ("[check.a]\nloss = 'mse'\nmax = 1\nagainst = 'x'\n", ":1: check.a: against is there", "max-increase"),
    ("[check.a]\nloss = 'mse'\nmax = 1\npred = 3\n", ":4: check.a: pred is 3", "name of a file"),
    ("[check.a]\nloss = 'huber'\nmax = 1\ndelta = 3\n", ":4: check.a has no key 'delta'", "params = { delta = 3 }"),
    ("[check.a]\nloss = 'huber'\nmax = 1\nparams = {delt = 3}\n", ":4: check.a: the loss has no key 'delt'", "delta"),
    ("[check.a]\nloss = 'mse'\nmax = 1\nparams = 3\n", ":4: check.a.params is 3", "table"),
    ("[check.a]\nloss = 'mse'\nmax = 1\ngroup.max = 1\n", ":4: check.a has limits of groups, and no groups", "by ="),
    ("[check.a]\nloss = 'mse'\nby = 'g'\ngroup.max = nan\n", ":4: check.a: group: max is nan", ""),
    ("[check.a]\nloss = 'mse'\nby = 'g'\ngroup.maxi = 1\n", ":4: check.a: group has no key 'maxi'", "mean max?"),
    ("[check.a]\nloss = 'mse'\nby = 'g'\ngroup.limits = {'g=1' = {mx = 2}}\n", ":4: check.a: a group has no key", ""),
    ("[check.a]\nloss = 'mse'\nby = 'g'\ngroup.limits = {'g=1' = 2}\n", ":4: check.a.group.limits.g=1 is 2", "table"),
    ("check = 3\n", ":1: check is 3", "table"),
    ("[check]\na = 3\n", ":2: check.a is 3", "table"),
    ("baseline = 3\n[check.a]\nloss = 'mse'\nmax = 1\n", ":1: baseline is the name of a file", ""),
    ("a = 1\nx = [\n", ":2: is no TOML (Invalid value).", ""),
    ("a = 1\nx = 3 4\n", ":2: is no TOML", ""),
    ("[check.a]\nloss = []\nmax = 1\n", ":2: check.a: loss is []", "a name, or a list of names"),
    ("[check.a]\nloss = {mse = 1}\nmax = 1\n", ":2: check.a: loss is {'mse': 1}", "a name, or a list of names"),
    ("[check.a]\nloss = 'mse'\nmax = true\n", ":3: check.a: max is True", "finite number"),
    ("[check.a]\nloss = 'mse'\nmax = 1\nmin-samples = true\n", ":4: check.a: min-samples is True", "whole number"),
    ("[check.a]\nloss = 'mse'\nmax = 1\nparams = {b = 3}\n", ":4: check.a: the loss has no key 'b'", "it takes none."),
    ("[check.a]\nloss='triplet_margin'\nmax=1\nswap=true\n", ":4: check.a has no key 'swap'", "{ swap = true }"),
]


@pytest.mark.parametrize(("text", "error", "hint"), ODD, ids=range(len(ODD)))
def test_what_makes_no_sense_names_its_line_and_what_was_meant(tmp_path, text, error, hint):
    with pytest.raises(LossCLIError) as refused:
        read(tmp_path, text)
    assert error in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize("text", ["[tool]\nlosscli = 5\n", "[tool]\nlosscli = 'x'\n"])
def test_a_tool_that_is_no_table_is_told(tmp_path, text):
    with pytest.raises(LossCLIError, match=r"pyproject\.toml:2: tool\.losscli is ") as refused:
        read(tmp_path, text, "pyproject.toml")
    assert refused.value.hint == "it is a table of keys."
    assert config.find(tmp_path) == tmp_path / "pyproject.toml"


@pytest.mark.parametrize("text", ["tool = 5\n", "[[tool]]\nlosscli = 1\n", ""])
def test_a_project_without_tools_has_no_checks(tmp_path, text):
    with pytest.raises(LossCLIError, match=r"pyproject\.toml: no checks"):
        read(tmp_path, text, "pyproject.toml")
    (tmp_path / ".git").mkdir()
    with pytest.raises(LossCLIError, match="no checks: there is no"):
        config.find(tmp_path)


@pytest.mark.parametrize("name", [dashed(name) for name in CheckOptions.knobs])
def test_every_option_is_a_key_or_is_left_out_on_purpose(tmp_path, name):
    text = f"[check.a]\nloss = 'mse'\n{name} = {{}}\n"
    with pytest.raises(LossCLIError) as refused:
        read(tmp_path, text)
    known = name.replace("-", "_") in KEYS
    assert ("has no key" in refused.value.message) != known
    assert (
        known
        or undashed(name) in {*OF_INTERVALS, *OF_REFERENCES}
        or name in {"per-sample", "keep", "record", "threads"}
    )


def test_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(LossCLIError, match=r"x\.toml: no such file"):
        config.read(tmp_path / "x.toml", "x.toml")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(LossCLIError, match="is not UTF-8 text"):
        config.read(tmp_path / "x.toml", "x.toml")


def test_file_of_an_editor_that_marks_it_is_read(tmp_path):
    (tmp_path / "losscli.toml").write_text(f"\ufeff{WHOLE}".replace("\n", "\r\n"), encoding="utf-8", newline="")
    found = config.read(tmp_path / "losscli.toml", "losscli.toml").checks
    assert [(one.name, one.where) for one in found] == [(x.name, x.where) for x in read(tmp_path, WHOLE).checks]


def test_checks_are_chosen_by_name(tmp_path):
    found = read(tmp_path, WHOLE)
    assert [one.name for one in found.only(["second one"]).checks] == ["second one"]
    assert found.only([]) == found
    with pytest.raises(LossCLIError, match="there is no check 'frist'") as refused:
        found.only(["frist"])
    assert refused.value.hint == "did you mean first?"

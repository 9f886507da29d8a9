"""Hints that name the next command: each is a line that can be typed, and goes further than what was typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from shell import cli, refused

from losscli import losses
from losscli.cli.help import EXPLORE
from losscli.cli.program import Commands
from losscli.errors import WARNINGS

ON_FILES = [name for name, one in Commands().items() if hasattr(one, "of") and one.rich_help_panel == EXPLORE]


@pytest.fixture(autouse=True)
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("f.csv").write_text("id,rf,y\n1,1.5,2\n2,3.5,4\n3,4.5,4\n")


@pytest.mark.parametrize("command", ON_FILES)
@pytest.mark.parametrize("one", losses.built_in()[::7], ids=lambda one: one.name)
def test_what_is_missing_is_told_under_the_command_that_was_typed(command, one):
    required = [role.name for role in one.inputs if not role.optional]
    error, hint = refused(cli(command, one.name, f"--{required[0].replace('_', '-')}", "1,2"))
    if "needs a file" in error:
        assert hint == f"Hint: losscli {command} {one.name} {' '.join(name.upper() for name in required)}"
    else:
        assert len(required) == 1 or error  # sweep and grad refuse more than a missing file


@pytest.mark.parametrize(
    ("command", "options"),
    [("compute", []), ("grad", []), ("dist", []), ("check", ["--max", "9"]), ("compute", ["-q"])],
)
def test_the_columns_of_the_one_file_given_can_be_named_as_the_hint_says(command, options):
    _, hint = refused(cli(command, "mse", "f.csv", *options))
    template = hint.rpartition(": ")[2]
    assert template.startswith(f"losscli {command} mse f.csv ")
    assert template.endswith(" ".join(options))
    typed = template.replace("COLUMN", "rf", 1).replace("COLUMN", "y")
    assert cli(*shlex.split(typed)[1:]).code == 0


def _command(hint):
    """The command that a hint names, as words."""
    found = re.search(r"losscli .*?(?=$| tells | is the page)", hint.removeprefix("Hint: "))
    assert found, hint
    return shlex.split(found[0])[1:]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("f.csv", "doctor f.csv"),
        ("f.csv mse rf y", "compute mse f.csv rf y"),
        ("show f.csv", "doctor f.csv"),
        ("list mse", "show mse"),
        ("guide mse,l1", "show mse,l1"),
        ("help", "--help"),
        ("help mse", "show mse"),
        ("help compute", "compute --help"),
        ("shwo mse", "show mse"),
        ("compute --top 2 mse f.csv --pred rf --target y", "compute mse f.csv --pred rf --target y --top 2"),
        ("compute mse f.csv::rf f.csv::y --max 3", "check mse f.csv::rf f.csv::y --max 3"),
        ("compute ce 1,2 0 --wrt pred", "grad ce 1,2 0 --wrt pred"),
        ("compute huber --pred rf --target y", "compute huber FILE --pred rf --target y"),
        ("doctor mse f.csv", "doctor f.csv"),
        (
            "compare mse f.csv --pred rf --pred id --target y",
            "compare mse f.csv::rf f.csv::id --target f.csv::y",
        ),
        ("compare mse --pred 1,2 --pred 2,2 --target 3,2 -q", "compare mse 1,2 2,2 --target 3,2 -q"),
        ("reconcile f.csv 0.25", "reconcile 0.25 f.csv"),
        ("reconcile 0,25 f.csv::rf f.csv::y", "reconcile 0.25 f.csv::rf f.csv::y"),
        ("compute f.csv f.csv mse -q", "compute mse f.csv f.csv -q"),
        ("check f.csv f.csv --loss mse --max 1", "check mse f.csv f.csv --max 1"),
        ("compute --loss mse 1,2 3,2", "compute mse 1,2 3,2"),
        ("compute mse f.csv -pred rf -target y", "compute mse f.csv --pred rf --target y"),
        ("compute mse -1,2 1,2 -q", "compute mse -q -- -1,2 1,2"),
        ("compute mse 1,2 -1,2", "compute mse -- 1,2 -1,2"),
        ("compute mse -q 1,2 -.5e3,2", "compute mse -q 1,2 -- -.5e3,2"),
        ("--strict compute mse 1,2 1,3", "compute mse 1,2 1,3 --strict"),
        ("--format json compute mse 1,2 1,3", "compute mse 1,2 1,3 --format json"),
        ("version", "--version"),
        ("list regression", "list --family regression"),
        ("compute mse f.csv rf y", ""),
    ],
)
def test_what_was_meant_can_be_typed(typed, meant):
    hint = refused(cli(*typed.split()))[1]
    if not meant:
        assert "f.csv --pred rf --target y" in hint
        return
    words = _command(hint)
    assert words == meant.split()
    if "FILE" in words:
        words[words.index("FILE")] = "f.csv"
    again = cli(*words)
    assert again.code in (0, 1) or "such" not in again.errors[0]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("compute huber 1,2 1,3 --beta 2", "did you mean --delta? smooth_l1 has --beta."),
        ("compute mse 1,2 1,3 --delta 2", "huber has --delta."),
        ("compute mse 1,2 1,3 --margin 2", " more have --margin."),
        ("compute mse 1,2 1,3 --wieght 2", "did you mean --weight?"),
        ("compute mse 1,2 1,3 --out x.csv", "did you mean --output"),
        ("compute mse 1,2 1,3 --threshold 2", "`losscli compute mse --help` shows what there is"),
        ("list --famly x", "did you mean --family?"),
        ("--verion", "did you mean --version?"),
        ("--nosuch mse 1,2", "`losscli --help`"),
        ("reconcile 1 f.csv::rf f.csv::y --loss mse --quite", "did you mean --quiet?"),
        ("reconcile 1 f.csv::rf f.csv::y --loss mse --nosuch", "`losscli reconcile --help`"),
    ],
)
def test_an_option_that_is_not_there_is_told_with_what_there_is(typed, says):
    error, hint = refused(cli(*typed.split()))
    flag = [word for word in typed.split() if word.startswith("--")][-1]
    assert error == f"Error: No such option: {flag}."
    assert says in hint


@pytest.mark.parametrize("code", list(WARNINGS))
def test_a_code_in_place_of_a_loss_leads_to_the_guide(code):
    assert _command(refused(cli("show", code.lower()))[1]) == ["guide", code]


def test_columns_of_one_file_that_is_compared_are_typed_with_it():
    hint = refused(cli("compare", "mse", "f.csv", "rf", "y"))[1]
    assert "f.csv::rf" in hint


def test_what_is_nowhere_has_the_hint_of_its_command():
    assert "`losscli --help`" in refused(cli("nosuch"))[1]
    assert "`losscli compute mse --help`" in refused(cli("compute", "mse", "1", "2", "--nosuch"))[1]


@pytest.mark.parametrize("command", ["compute", "grad"])
def test_one_table_given_whole_is_told_how_its_columns_are_typed(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("f.csv").write_text("site,rf,y\nA,1,2\nB,3,4\n")
    error, hint = refused(cli(command, "mse", "f.csv"))
    assert "mse needs a file for target" in error
    assert "f.csv --pred" in hint

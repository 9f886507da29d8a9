"""The demo: its files are written whole, and what it says to type works on them."""

from __future__ import annotations

import re
import shlex

import pytest
from shell import ROOT, cli, files_no_larger_than, refused

from losscli import demo


def test_demo_says_what_it_wrote(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = cli("demo")
    assert ran.code == 0
    written = sorted(path.name for path in (tmp_path / demo.FOLDER).iterdir())
    assert written == sorted(path.name for path in demo.files())
    assert all(name in ran.out for name in written)
    assert cli("demo").code == 0  # the same again is no harm


def test_what_it_says_fits_a_terminal_and_a_shell_takes_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = cli("demo", "a folder").out.splitlines()
    assert "cd 'a folder'" in lines
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", [command for _, command in demo.COMMANDS])
def test_command_of_the_demo_works(command, tmp_path, monkeypatch):
    assert cli("demo", tmp_path).code == 0
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(command)
    assert program == "losscli"
    ran = cli(*arguments)
    assert ran.code == 0, ran.err
    assert ran.out


def test_every_file_of_the_commands_is_there():
    words = {word for _, command in demo.COMMANDS for word in shlex.split(command) if word.endswith((".csv", ".npy"))}
    assert words == {path.name for path in demo.files()}


def test_the_wheel_carries_every_file():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    carried = re.findall(r'^"sample_data/(\S+)" = "losscli/sample_data/\1"$', project, re.MULTILINE)
    assert sorted(carried) == sorted(path.name for path in demo.files())


def test_a_file_of_ones_own_is_not_overwritten(tmp_path):
    (tmp_path / "diabetes_pred.csv").write_text("mine\n")
    error, _ = refused(cli("demo", tmp_path))
    assert "diabetes_pred.csv" in error
    assert (tmp_path / "diabetes_pred.csv").read_text() == "mine\n"


def test_what_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "taken").write_text("a file")
    assert "taken" in refused(cli("demo", tmp_path / "taken"))[0]


def test_the_first_words_fit_a_terminal():
    assert max(map(len, cli().err.splitlines())) <= 80


@pytest.mark.parametrize("command", re.findall(r"^  losscli (.+?)  ", cli().err, re.MULTILINE))
def test_command_of_the_first_words_works(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = cli(*shlex.split(command))
    assert (ran.code, ran.err) == (0, "")


def test_demo_is_written_whole_or_not_at_all(tmp_path):
    mine = tmp_path / demo.files()[-1].name
    mine.write_text("mine\n")
    refused(cli("demo", tmp_path))
    assert [*tmp_path.iterdir()] == [mine]
    with files_no_larger_than(100):
        assert "cannot be written" in refused(cli("demo", tmp_path / "new" / "er"))[0]
    assert not (tmp_path / "new").exists()

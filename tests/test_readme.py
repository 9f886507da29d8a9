"""README and guide say what the program does: their outputs are current, their commands run, their names exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import cogapp
import pytest
from shell import ROOT, cli

PAGES = [ROOT / "README.md", *sorted((ROOT / "losscli/guide").glob("*.md"))]
PAGE = PAGES[0].read_text(encoding="utf-8")
EVERY = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
SET_UP = re.findall(r"^```sh\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
SESSIONS = [
    (shlex.split(command), int(code or 0))
    for command, code in re.findall(
        r"^\$ losscli (.*)\n(?:(?![$`]).*\n)*(?:\$ echo \$\?\n(\d+)\n)?", EVERY, re.MULTILINE
    )
]
SCRIPTS = re.findall(r"^```bash\n(.*?)^```$", EVERY, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_page_is_what_cog_writes(page, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    name = str(page.relative_to(ROOT))
    try:
        cogapp.Cog().callable_main(["cog", "--check", "--diff", "-I", "tests", "-p", "import readme", name])
    except cogapp.cogapp.CogCheckFailed:
        pytest.fail(f'{capsys.readouterr().out}\nStale: run cog -r -I tests -p "import readme" {name}', pytrace=False)


def test_there_are_sessions_to_check():
    assert len(SESSIONS) == EVERY.count("\n$ losscli ")
    assert {code for _, code in SESSIONS} >= {0, 2}


@pytest.mark.parametrize(("command", "code"), SESSIONS, ids=[" ".join(c) for c, _ in SESSIONS])
def test_command_ends_as_the_page_says(monkeypatch, command, code):
    monkeypatch.chdir(ROOT)
    assert cli(*command).code == code


PICTURES = re.findall(r"^<!-- picture: losscli (.*) -o (\S+) -->$", EVERY, re.MULTILINE)


@pytest.mark.parametrize(("command", "path"), PICTURES)
def test_picture_is_what_its_command_draws(command, path, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    drawn = tmp_path / "drawn.svg"
    assert cli(*shlex.split(command), "-o", drawn).code == 0
    assert drawn.read_bytes() == (ROOT / path).read_bytes()
    assert f"({path})" in EVERY


def test_there_is_a_picture():
    assert PICTURES


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_runs(tmp_path, script):
    program = tmp_path / "losscli"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m losscli "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    python_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PATH": path, "PYTHONPATH": python_path}
    bash = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(bash, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_set_up_is_two_commands_of_one_line():
    assert len(SET_UP) == 2
    assert all("\n" not in command for command in SET_UP)
    assert PAGE.count("<!-- test command -->") == 1
    assert f"<!-- test command -->\n```sh\n{SET_UP[1]}\n```" in PAGE


def test_page_is_short():
    assert PAGE.count("\n") <= 250


def test_set_up_names_only_what_exists():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    steps = [shlex.split(step) for command in SET_UP for step in command.split("&&")]
    programs = {step[0].removeprefix(".venv/bin/") for step in steps}
    # Their packages are the program's own and those of the extra that the second command installs.
    assert programs == {"python3", "pip", "losscli", "pytest"}
    assert re.search(r"^losscli = ", project, re.MULTILINE)
    for extra in re.findall(r"\.\[(\w+)\]", " ".join(SET_UP)):
        assert re.search(rf"^{extra} = \[", project, re.MULTILINE)
    for path in re.findall(r"sample_data/\S+", " ".join(SET_UP)):
        assert (ROOT / path).is_file(), path


def test_paths_on_the_page_exist():
    prose = re.sub(r"^```.*?^```$", "", EVERY, flags=re.MULTILINE | re.DOTALL)
    for path in re.findall(r"`((?:losscli|tests|sample_data|\.ci)/[\w./]*)`", prose):
        assert (ROOT / path).exists(), path

"""What the page on gates shows is run: its config, the commands of its workflow, and its hook."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from xml.etree import ElementTree as Tree

import pytest
import yaml
from shell import ROOT, cli

from losscli import guide

PAGE = guide.page("check")
(CONFIG,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
WORKFLOW, HOOKS = map(yaml.safe_load, re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
STEPS = WORKFLOW["jobs"]["losscli"]["steps"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with the page's config and a baseline on its main branch, as a runner checks it out."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    (tmp_path / "losscli.toml").write_text(CONFIG, encoding="utf-8")
    assert cli("check", "--update-baseline").code == 0
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]
    for step in (
        ["init", "-q"],
        ["add", "."],
        ["commit", "-qm", "a"],
        ["update-ref", "refs/remotes/origin/main", "HEAD"],
    ):
        subprocess.run([*git, *step], check=True)
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "losscli"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m losscli "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def shell(project, command):
    """Run a command as a step of a runner is run."""
    python_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {
        "PATH": f"{project / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": python_path,
        "RUNNER_TEMP": str(project / "bin"),
        "GITHUB_STEP_SUMMARY": str(project / "summary.md"),
    }
    run = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command]
    return subprocess.run(run, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_config_is_one_that_passes(project):
    ran = cli("check")
    assert (ran.code, ran.err) == (0, "")
    assert "All 2 checks passed." in ran.out


def test_workflow_is_whole():
    assert set(WORKFLOW) == {"name", True, "jobs"}  # `on` is a truth value to YAML 1.1, as it is to GitHub
    assert all(("uses" in step) != ("run" in step) for step in STEPS)
    assert STEPS[0]["with"]["fetch-depth"] == 0  # origin/main is there
    assert STEPS[-1]["with"]["path"] in STEPS[-2]["run"]


def test_commands_of_the_workflow_gate(project):
    install, gate = [step["run"] for step in STEPS if "run" in step]
    assert install == "pip install losscli"
    done = shell(project, gate)
    assert (done.returncode, done.stderr) == (0, "wrote losscli.xml\n")
    assert Tree.parse(project / "losscli.xml").getroot()[0].get("failures") == "0"
    assert (project / "summary.md").read_text(encoding="utf-8").endswith("All 2 checks passed.\n")

    header, *rows = (ROOT / "sample_data/digits_logits.csv").read_text(encoding="utf-8").splitlines()
    halved = [",".join(str(float(cell) / 2) for cell in row.split(",")) for row in rows]
    (project / "worse.csv").write_text("\n".join([header, *halved]), encoding="utf-8")
    worse = CONFIG.replace("sample_data/digits_logits.csv", "worse.csv").replace("max = 0.8", "max = 99")
    worse = worse.replace('"20%"', '"90%"')
    (project / "losscli.toml").write_text(worse, encoding="utf-8")  # and a baseline of its own
    assert cli("check", "--update-baseline").code == 0
    done = shell(project, gate)
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("::error ")]
    assert line.startswith("::error file=losscli.toml,line=6,title=losscli digits::cross_entropy is ")


def test_hook_runs_the_checks(project):
    ((hook,),) = [repo["hooks"] for repo in HOOKS["repos"]]
    assert hook["pass_filenames"] is False
    for name in ("losscli.toml", "losscli-baseline.json", "out/logits.npy", "a.csv"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "setup.py")
    assert shlex.split(hook["entry"]) == ["losscli", "check"]
    assert shell(project, hook["entry"]).returncode == 0
    (project / "losscli.toml").write_text(CONFIG.replace("max = 0.8", "max = 0.1"), encoding="utf-8")
    assert shell(project, hook["entry"]).returncode == 1

"""The program in a process of its own, and what shells complete of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import losscli
from losscli import losses

SCRIPT = [sys.executable, "-m", "losscli"]


def test_module_and_console_script_are_the_same_program():
    script = [str(Path(sys.executable).parent / "losscli"), "--version"]
    for command in ([*SCRIPT, "--version"], script):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout == f"losscli {losscli.__version__}\n"


def _completed(line, shell="bash"):
    words = line.split(" ")
    environment = {
        **os.environ,
        "_LOSSCLI_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = subprocess.run(SCRIPT, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.split()


def test_shell_completes_the_names_of_losses():
    wanted = sorted(one.name for one in losses.built_in() if one.name.startswith("m"))
    assert len(wanted) > 1
    assert sorted(_completed("losscli compute m")) == wanted
    assert sorted(_completed("losscli show m")) == wanted


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completes_a_loss_after_a_comma(shell):
    wanted = {f"mse,{one.name}" for one in losses.built_in() if one.name.startswith("m")} - {"mse,mse"}
    found = " ".join(_completed("losscli compute mse,m", shell))
    assert wanted
    assert all(name in found for name in wanted)
    assert "mse,mse" not in found
    assert _completed("losscli compute mse,l1 --to") == _completed("losscli compute mse --to") == ["--top"]


def test_shell_completes_a_losss_own_options():
    assert "--beta" in _completed("losscli compute smooth_l1 --be")

"""What a shell completes of values: for every option what its declaration says, of what is typed before it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shell import cli

from losscli import backends, losses
from losscli.cli.completion import _PLACES
from losscli.cli.program import Commands
from losscli.data.files import FORMATS
from losscli.spec.kinds import Choice

OF_LOSSES = {name: one.of for name, one in Commands().items() if hasattr(one, "of")}
COLUMNS = ["id", "rf", "y"]


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("f.csv").write_text("id,rf,y\n1,1.5,2\n2,3.5,4\n")
    Path("losscli.toml").write_text('[check.first]\nloss = "mse"\nmax = 1\n[check.second]\nloss = "mse"\nmax = 1\n')
    Path("other.toml").write_text('[check.third]\nloss = "mse"\nmax = 1\n')


@pytest.fixture
def completed(monkeypatch):
    def completed(line):
        monkeypatch.setenv("_LOSSCLI_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        ran = cli()
        assert ran.err == ""
        return ran.out.split()

    return completed


def _in_a_process(line):
    """The same for commands whose options are made when they are imported, and not for every loss."""
    environment = os.environ | {"_LOSSCLI_COMPLETE": "complete_bash", "COMP_WORDS": line}
    environment["COMP_CWORD"] = str(len(line.split(" ")) - 1)
    command = [sys.executable, "-m", "losscli"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("command", OF_LOSSES)
def test_every_choice_of_every_option_is_completed(command, completed):
    chosen = [one for one in OF_LOSSES[command].asked.offered() if one.choices]
    assert chosen
    for one in chosen:
        assert completed(f"losscli {command} mse f.csv {one.flag} ") == list(one.choices)
        begun = one.choices[-1][:2]
        wanted = [choice for choice in one.choices if choice.startswith(begun)]
        assert completed(f"losscli {command} mse {one.flag} {begun}") == wanted


CHOICES = [(one, p) for one in losses.built_in() for p in one.parameters if isinstance(p.domain, Choice)]


@pytest.mark.parametrize(("one", "p"), CHOICES, ids=[f"{one.name}-{p.name}" for one, p in CHOICES])
def test_the_choices_of_a_parameter_are_completed(one, p, completed):
    assert completed(f"losscli compute {one.name} --{p.name.replace('_', '-')} ") == list(p.domain.options)


@pytest.mark.parametrize("command", OF_LOSSES)
def test_columns_of_the_files_that_are_typed_are_completed(command, completed):
    offered = OF_LOSSES[command].asked.offered()
    flags = [one.flag for one in offered if "COLUMN" in one.shown.replace(",...", "").split("|")]
    assert "--on" in flags
    for flag in ["--pred", "--target", *flags]:
        assert completed(f"losscli {command} mse f.csv {flag} ") == COLUMNS
        assert completed(f"losscli {command} mse {flag} ") == []
    assert completed(f"losscli {command} mse --pred f.csv::rf --on ") == COLUMNS
    assert completed(f"losscli {command} mse f.csv --on r") == ["rf"]
    assert completed(f"losscli {command} mse f.csv --on id,") == ["id,rf", "id,y"]


def test_columns_of_several_files_of_any_format_are_completed(completed):
    import polars

    polars.DataFrame({"score": [1.0], "y": [2.0]}).write_parquet("p.parquet")
    assert completed("losscli compute mse f.csv p.parquet --by ") == [*COLUMNS, "score"]
    Path("damaged.parquet").write_bytes(b"PAR1")
    assert completed("losscli compute mse damaged.parquet --by ") == []
    assert completed("losscli compute mse nosuch.csv --by ") == []
    assert _in_a_process("losscli doctor f.csv --on ") == COLUMNS


# Behind PATH::


@pytest.fixture
def archives():
    import numpy as np
    from safetensors.numpy import save_file

    arrays = {"labels": np.zeros(3), "logits": np.zeros((3, 2)), "mask": np.zeros(3)}
    np.savez("f.npz", **arrays)
    np.savez("one.npz", only=arrays["mask"])
    save_file(arrays, "f.safetensors")
    return list(arrays)


@pytest.fixture
def in_shell(monkeypatch):
    """What a shell is told of a line: bash with the words as it cuts them, zsh and fish with the line as it is."""

    def in_shell(shell, line):
        monkeypatch.setenv("_LOSSCLI_COMPLETE", f"complete_{shell}")
        pieces = [x for word in line.split(" ") for x in re.split("(:+)", word) if x] + [""] * line.endswith(" ")
        monkeypatch.setenv("COMP_WORDS", "\n".join(pieces))
        monkeypatch.setenv("COMP_CWORD", str(len(pieces) - 1))
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        ran = cli()
        assert ran.err == ""
        return [line for line in ran.out.splitlines() if line]

    return in_shell


@pytest.mark.parametrize("command", OF_LOSSES)
def test_what_a_file_holds_is_completed_behind_its_path(command, in_shell, archives):
    for file, names in (("f.csv", COLUMNS), ("f.npz", archives), ("f.safetensors", archives), ("one.npz", ["only"])):
        for before in ("", "a.csv ", "--target "):
            line = f"losscli {command} mse {before}{file}::"
            assert in_shell("bash", line) == names
        assert in_shell("bash", f"{line}{names[-1][0]}") == [n for n in names if n.startswith(names[-1][0])]
        assert in_shell("fish", line) == [f"{file}::{name}" for name in names]
        assert "".join(in_shell("zsh", line)).count(f"{file}\\\\:\\\\:") == len(names)


def test_of_several_columns_the_last_is_completed(in_shell):
    assert in_shell("bash", "losscli compute ce f.csv::id,") == ["id,rf", "id,y"]
    assert in_shell("fish", "losscli compute ce f.csv::y,r") == ["f.csv::y,rf"]


def test_commands_on_files_complete_what_is_in_them(archives):
    assert _in_a_process("losscli doctor f.csv f.npz::l") == ["f.npz::labels", "f.npz::logits"]


def test_files_come_without_a_loss_where_they_may(in_shell, archives):
    assert in_shell("bash", "losscli explore f.npz::l") == ["labels", "logits"]
    assert in_shell("bash", "losscli explore f.npz::logits f.csv::r") == ["rf"]
    assert in_shell("bash", "losscli compute f.npz::l") == []


def test_words_with_colons_before_the_one_that_is_begun_stay_whole(in_shell, archives):
    assert in_shell("bash", "losscli compute mse f.csv::rf f.csv::y --on ") == COLUMNS
    assert in_shell("bash", "losscli compute mse --pred f.csv::rf f.npz::m") == ["mask"]
    assert in_shell("bash", "losscli compute ce a.csv b.csv --weight f.npz::m") == ["mask"]


def test_a_value_behind_an_equals_sign_is_completed(in_shell):
    assert in_shell("bash", "losscli compute mse f.csv --pred = r") == ["rf"]
    assert in_shell("bash", "losscli compute mse f.csv --pred =") == COLUMNS
    assert in_shell("bash", "losscli compute mse --pred = f.csv::r") == ["rf"]
    assert in_shell("bash", "losscli compute mse f.csv --reduction = me") == ["mean"]
    assert in_shell("bash", "losscli compute mse f.csv --pred = rf --target ") == COLUMNS


def test_names_that_a_shell_would_cut_are_typed_as_it_takes_them(in_shell):
    Path("f.csv").write_text("true y,$x,rf\n1,2,3\n")
    assert in_shell("bash", "losscli compute mse f.csv::") == ["true\\ y", "\\$x", "rf"]
    assert in_shell("fish", "losscli compute mse f.csv::t") == ["f.csv::true y"]


def test_what_holds_nothing_that_has_a_name_completes_as_files_do(in_shell, archives):
    import numpy as np

    np.save("a.npy", np.zeros(3))
    Path("damaged.npz").write_bytes(b"PK")
    Path("folder").mkdir()
    for word in ("a.npy::", "damaged.npz::", "nosuch.csv::", "folder::", "::", "f.npz::x", "f.n", "-::"):
        assert in_shell("bash", f"losscli compute mse {word}") == []
        assert in_shell("zsh", f"losscli compute mse {word}") == ["_files"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_itself_puts_them_in_the_place_of_what_it_cut(archives, tmp_path):
    program = tmp_path / "losscli"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m losscli "$@"\n')
    program.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "_LOSSCLI_COMPLETE"}
    environment |= {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    script = """
eval "$(_LOSSCLI_COMPLETE=source_bash losscli)"
COMP_WORDS=(losscli compute mse f.npz :: la); COMP_CWORD=5; _losscli_completion losscli; echo "${COMPREPLY[*]}"
COMP_WORDS=(losscli compute mse f.csv ::); COMP_CWORD=4; _losscli_completion losscli; echo "${COMPREPLY[*]}"
"""
    ran = subprocess.run(["bash", "--norc", "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["labels", " ".join(COLUMNS)]


def test_names_that_there_are_complete(completed):
    assert completed("losscli compute mse -b ") == [one.name for one in backends.every()]
    assert completed("losscli compute mse --device ") == ["cpu", "cuda", "mps"]
    assert completed("losscli compute mse --input-format ") == list(FORMATS)
    assert completed("losscli grad triplet_margin --wrt a") == ["anchor"]
    assert _in_a_process("losscli list --family ") == list(dict.fromkeys(one.family for one in losses.built_in()))
    assert "mse,huber" in _in_a_process("losscli reconcile 3 f.csv --loss mse,h")
    assert "hinge_embedding" in completed("losscli show mse h")


def test_checks_of_the_config_complete():
    assert _in_a_process("losscli check --only ") == ["first", "second"]
    assert _in_a_process("losscli check --only first,") == ["first,second"]
    assert _in_a_process("losscli check --config other.toml --only ") == ["third"]
    assert _in_a_process("losscli check --config=other.toml --only ") == ["third"]
    assert _in_a_process("losscli check --config = other.toml --only ") == ["third"]
    Path("losscli.toml").write_text("[check")
    assert _in_a_process("losscli check --only ") == []


def test_every_place_that_is_looked_up_is_shown_by_an_option():
    shown = [one.shown for of in OF_LOSSES.values() for one in of.asked.offered()]
    shown += [one.metavar or "" for name in ("check", "list", "reconcile") for one in Commands()[name].params]
    assert _PLACES.keys() <= {word.strip(".,") for text in shown for word in text.split("|")}


def test_an_unknown_loss_completes_nothing(completed):
    assert completed("losscli compute nosuch --b") == []


def test_nothing_is_looked_up_where_no_shell_completes():
    for param in OF_LOSSES["compute"].command(losses.find_all("mse")).params:
        assert param._custom_shell_complete is None

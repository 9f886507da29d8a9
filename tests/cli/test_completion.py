"""What a shell completes of values: for every option what its declaration says, of what is typed before it."""

from __future__ import annotations

import os
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

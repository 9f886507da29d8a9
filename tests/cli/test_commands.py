"""The commands beside compute: what each prints."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from shell import cli, refused

import losscli
from losscli import losses


def test_list_has_every_loss_once():
    ran = cli("list")
    assert ran.code == 0
    assert ran.err == ""
    names = [line.split()[0] for line in ran.out.splitlines()[2:]]
    assert names == [one.name for one in losses.every()]


def test_list_of_one_family():
    families = {one.family for one in losses.built_in()}
    total = 0
    for family in families:
        lines = cli("list", "--family", family).out.splitlines()[2:]
        assert {line.split()[0] for line in lines} == {one.name for one in losses.built_in() if one.family == family}
        total += len(lines)
    assert total == len(losses.built_in())


def test_list_names_the_families_there_are():
    _, hint = refused(cli("list", "--family", "vision"))
    assert all(one.family in hint for one in losses.built_in())


@pytest.mark.parametrize("command", ["list", "backends"])
def test_a_listing_says_the_same_in_every_form(command):
    document = json.loads(cli(command, "-f", "json").out)
    names = cli(command, "-q").out.split()
    assert [one["name"] for one in document[{"list": "losses"}.get(command, command)]] == names
    assert [line.split()[0] for line in cli(command).out.splitlines()[2:]] == names
    assert document["warnings"] == []
    assert document["losscli"] == losscli.__version__


def test_a_listing_tells_of_a_loss_what_the_table_tells():
    found = json.loads(cli("list", "--family", "ranking", "-f", "json").out)["losses"]
    assert found == [one._asdict() for one in losses.entries() if one.family == "ranking"]
    assert found


@pytest.mark.parametrize("one", losses.built_in(), ids=lambda one: one.name)
def test_show_tells_programs_what_the_loss_declares(one):
    (found,) = json.loads(cli("show", one.name, "-f", "json").out)["losses"]
    assert (found["name"], found["title"], found["family"]) == (one.name, one.doc.title, one.family)
    assert [(x["name"], x["shape"], x["optional"]) for x in found["inputs"]] == [
        (x.name, x.shape, x.optional) for x in one.inputs
    ]
    assert [(x["name"], x["type"], x["default"]) for x in found["parameters"]] == [
        (x.name, x.type, list(x.default) if isinstance(x.default, tuple) else x.default) for x in one.parameters
    ]
    page = " ".join(cli("show", one.name).out.split())
    for key in ("use_when", "gradient", "formula"):
        assert " ".join(found[key].split()) in page
    assert all(item in page for item in found["pitfalls"])


def test_show_takes_several_losses_either_way():
    pages = [cli("show", name).out for name in ("mse", "huber")]
    assert cli("show", "mse,huber").out == cli("show", "mse", "huber").out == "\n\n".join(pages)
    found = json.loads(cli("show", "mse", "huber,l1", "-f", "json").out)["losses"]
    assert [one["name"] for one in found] == ["mse", "huber", "l1"]


def test_backends_shows_versions():
    ran = cli("backends")
    assert ran.code == 0
    (numpy_line,) = [line for line in ran.out.splitlines() if line.startswith("numpy")]
    assert np.__version__ in numpy_line
    assert "installed" in numpy_line
    assert any(line.startswith("torch") for line in ran.out.splitlines())


def test_backend_that_is_not_installed_says_how_to(monkeypatch):
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "torch" else real(name, *more))
    (line,) = [line for line in cli("backends").out.splitlines() if line.startswith("torch")]
    assert "pip install 'losscli[torch]'" in line


def test_backend_that_is_not_installed_cannot_compute(files, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # `import torch` then raises ImportError
    error, hint = refused(cli("compute", "mse", "p.csv", "t.csv", "-b", "torch"))
    assert "torch" in error
    assert "pip install 'losscli[torch]'" in hint


def test_version():
    ran = cli("--version")
    assert (ran.code, ran.out, ran.err) == (0, f"losscli {losscli.__version__}\n", "")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_the_commands(flag):
    ran = cli(flag)
    assert ran.code == 0
    assert all(word in ran.out for word in ("compute", "list", "show", "backends"))


def test_help_of_compute_lists_the_losses():
    ran = cli("compute", "--help")
    assert ran.code == 0
    listed = [line.split()[0] for line in ran.out.splitlines() if line.startswith("  ") and line.split()]
    for one in losses.built_in():
        assert one.name in listed


def test_nothing_at_all_shows_commands_that_work_right_there():
    ran = cli()
    assert (ran.code, ran.out) == (2, "")
    commands = [line.strip().split("  ")[0] for line in ran.errors if line.startswith("  losscli ")]
    assert len(commands) == 3
    for command in commands[:2]:
        assert cli(*command.split()[1:]).code == 0


@pytest.mark.parametrize("arguments", [["compute"], ["compute", "mse"]])
def test_nothing_given_shows_the_help(arguments):
    ran = cli(*arguments)
    assert ran.code == 2
    assert "Usage: losscli" in ran.out + ran.err
    assert "Error" not in ran.err

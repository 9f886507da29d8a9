"""Options as they are typed: none twice, none empty; held for every option that there is."""

from __future__ import annotations

import pytest
from shell import cli, compute, refused, write

from losscli import losses
from losscli.cli.commands.compute import command
from losscli.cli.options import Asked, parameter
from losscli.knobs import NAMES

KNOBS = [pytest.param(one, id=one.name) for one in Asked.knobs.values()]
TEXTS = [one for one in KNOBS if "str" in str(parameter(one.values[0]).annotation)]


def _flag(name):
    return f"--{name.replace('_', '-')}"


@pytest.mark.parametrize("knob", [one for one in KNOBS if one.id != "debug"])
def test_an_option_given_twice_is_an_error(knob):
    given = [knob.flag] if knob.kind in (bool, bool | None) else [knob.flag, "1"]
    error, _ = refused(cli("compute", "mse", "1,2", "1,3", *given, *given))
    assert f"{knob.flag} is given twice" in error


@pytest.mark.parametrize("knob", TEXTS)
def test_an_empty_value_is_an_error(knob):
    assert f"{knob.flag} is empty" in refused(cli("compute", "mse", "1,2", "1,3", knob.flag, ""))[0]


@pytest.mark.parametrize("knob", KNOBS)
def test_help_says_what_an_option_does_and_what_it_takes(knob):
    told = " ".join(compute("mse", "--help").out.split())
    assert knob.flag in told
    assert knob.help in told
    assert all(word in told for word in (knob.shown, *knob.choices))


def _typed(knob):
    """Something to type for a knob, and the value that it stands for."""
    if knob.kind in (bool, bool | None):
        return [knob.flag], True
    if knob.kind == NAMES:
        return [knob.flag, "b, a"], ("b", "a")
    if knob.name == "ci":
        return [knob.flag, "95%"], 0.95
    if knob.kind in (int, int | None):
        return [knob.flag, "3"], 3
    if knob.name == "ci":
        return [knob.flag, "90%"], 0.9
    text = knob.choices[-1] if knob.choices else {"delimiter": ";", "decimal": ","}.get(knob.name, "text")
    return [knob.flag, text], text


@pytest.mark.parametrize("knob", KNOBS)
def test_what_is_typed_is_what_is_asked_for(knob, monkeypatch):
    seen = []
    monkeypatch.setattr(command, "work", lambda chosen, files, own, asked: seen.append(asked))
    typed, value = _typed(knob)
    beside = {"sort": ["--by", "g"], "record": ["-f", "json"], "in_order": ["--reference"]}.get(knob.name, [])
    ran = cli("compute", "mse", "1,2", "1,3", *typed, *beside)
    assert ran.err == ""
    (asked,) = seen
    assert getattr(asked, knob.name) == value != knob.default
    beside = (knob.name, "by", "per_sample", "format", "reference")
    others = {one.name: one.default for one in Asked.knobs.values() if one.name not in beside}
    assert {name: getattr(asked, name) for name in others} == others


@pytest.mark.parametrize(("between", "typed"), [("\t", "\t"), ("\t", "\\t"), (" ", " ")])
def test_white_space_is_a_delimiter(tmp_path, between, typed):
    (file,) = write(tmp_path, f=f"1{between}2\n3{between}5\n")
    assert compute("mse", f"{file}::1", f"{file}::2", "--delimiter", typed, "--no-header", "-q").out == "2.5\n"


@pytest.mark.parametrize("one", losses.built_in(), ids=lambda one: one.name)
def test_inputs_of_every_loss_are_given_once_and_not_empty(one):
    for role in one.inputs:
        flag = _flag(role.name)
        assert "empty text" in refused(cli("compute", one.name, flag, ""))[0]
        if not role.several:
            assert f"{flag} is given twice" in refused(cli("compute", one.name, flag, "1", flag, "1"))[0]


@pytest.mark.parametrize("option", ["--by", "--keep", "--on"])
def test_an_empty_name_in_a_list_of_columns_is_an_error(option):
    assert "empty name" in refused(cli("compute", "mse", "1,2", "1,3", option, "a,,b"))[0]


@pytest.mark.parametrize("one", losses.built_in(), ids=lambda one: one.name)
def test_no_loss_takes_an_option_of_all_losses(one):
    assert not set(one.argument_names) & set(Asked.knobs)

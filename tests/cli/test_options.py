"""Options as they are typed: none twice, none empty; held for every option that there is."""

from __future__ import annotations

import pytest
from shell import cli, refused

from losscli import losses
from losscli.cli.options import COMMON

TEXTS = [p.name for p in COMMON if "str" in str(p.annotation)]


def _flag(name):
    return f"--{name.replace('_', '-')}"


@pytest.mark.parametrize("name", [p.name for p in COMMON if p.name != "debug"])
def test_an_option_given_twice_is_an_error(name):
    given = [_flag(name)] if "bool" in str(next(p.annotation for p in COMMON if p.name == name)) else [_flag(name), "1"]
    error, _ = refused(cli("compute", "mse", "1,2", "1,3", *given, *given))
    assert f"{_flag(name)} is given twice" in error


@pytest.mark.parametrize("name", TEXTS)
def test_an_empty_value_is_an_error(name):
    assert f"{_flag(name)} is empty" in refused(cli("compute", "mse", "1,2", "1,3", _flag(name), ""))[0]


@pytest.mark.parametrize("one", losses.built_in(), ids=lambda one: one.name)
def test_inputs_of_every_loss_are_given_once_and_not_empty(one):
    for role in one.inputs:
        for value, said in (("1", "is given twice"), ("", "empty text")):
            assert said in refused(cli("compute", one.name, *[_flag(role.name), value] * (2 if value else 1)))[0]


@pytest.mark.parametrize("option", ["--by", "--keep", "--on"])
def test_an_empty_name_in_a_list_of_columns_is_an_error(option):
    assert "empty name" in refused(cli("compute", "mse", "1,2", "1,3", option, "a,,b"))[0]

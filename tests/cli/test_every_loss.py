"""Every loss is a whole subcommand, with its help and its page."""

from __future__ import annotations

import shlex

import pytest
from shell import ROOT, cli, refused

from losscli import losses
from losscli.spec.docs import SECTIONS

EVERY = [pytest.param(one, id=one.name) for one in losses.built_in()]
ALIASES = [pytest.param(one, alias, id=alias) for one in losses.built_in() for alias in one.aliases]
NUMBERS = [
    pytest.param(one, parameter, id=f"{one.name}-{parameter.name}")
    for one in losses.built_in()
    for parameter in one.parameters
    if parameter.type in ("float", "int") and parameter.default is not None
]


def squeezed(text):
    """Text without white space, so that a wrapped help compares to its source."""
    return "".join(text.split())


@pytest.mark.parametrize("one", EVERY)
def test_the_example_runs_as_typed(one, monkeypatch):
    monkeypatch.chdir(ROOT)
    lines = [line.strip() for line in one.doc.sections["Example"].splitlines() if line.strip()]
    assert lines
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "losscli"
        ran = cli(*arguments)
        assert ran.code == 0, ran.err
        assert ran.err == ""
        assert one.name in ran.out


@pytest.mark.parametrize("one", EVERY)
def test_help_has_formula_inputs_and_parameters(one):
    ran = cli("compute", one.name, "--help")
    assert ran.code == 0
    shown = squeezed(ran.out)
    for line in one.doc.sections["Formula"].splitlines():
        assert line.strip() in ran.out  # formulas are never wrapped
    assert squeezed(one.doc.title) in shown
    for role in one.inputs:
        assert role.optional or role.name.upper() in ran.out
        assert f"--{role.name.replace('_', '-')} " in ran.out
        assert role.meaning
        assert squeezed(role.meaning) in shown
    for parameter in one.parameters:
        assert f"--{parameter.name.replace('_', '-')}" in ran.out
        assert parameter.meaning
        assert squeezed(parameter.meaning) in shown


@pytest.mark.parametrize("one", EVERY)
def test_help_fits_80_columns(one, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert [line for line in cli("compute", one.name, "--help").out.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize(("one", "parameter"), NUMBERS)
def test_help_shows_types_and_defaults(one, parameter):
    shown = squeezed(cli("compute", one.name, "--help").out)
    assert f"--{parameter.name.replace('_', '-')}{parameter.type.upper()}" in shown
    assert f"[default:{parameter.default}]" in shown


@pytest.mark.parametrize("one", EVERY)
def test_show_has_every_section(one):
    ran = cli("show", one.name)
    assert ran.code == 0
    headings = ran.out.splitlines()
    for section in SECTIONS:
        if section == "Parameters" and not one.parameters:
            assert section not in headings
        else:
            assert section in headings
            assert one.doc.sections[section].strip(), section
    shown = squeezed(ran.out)
    for text in (
        one.doc.title,
        one.doc.summary,
        *one.aliases,
        *one.doc.items("Pitfalls"),
        *one.doc.items("References"),
    ):
        assert squeezed(text) in shown
    for line in one.doc.sections["Formula"].splitlines():
        assert line.strip() in ran.out


@pytest.mark.parametrize(("one", "alias"), ALIASES)
def test_show_by_any_alias_is_the_same_page(one, alias):
    page = cli("show", one.name).out
    for spelled in (alias, alias.upper(), alias.replace("_", "-")):
        assert cli("show", spelled).out == page


def test_show_wraps_to_a_narrow_terminal_but_keeps_formulas(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    ran = cli("show", "huber", terminal=True)
    formula = losses.find("huber").doc.sections["Formula"]
    prose = [line for line in ran.out.splitlines() if line.strip() and line.strip() not in formula]
    assert all(len(line) <= 60 for line in prose if " " in line.strip() and "losscli compute" not in line)
    assert all(line.strip() in ran.out for line in formula.splitlines())


def test_pages_of_several_losses_stand_below_each_other():
    each = [cli("show", name).out for name in ("mse", "huber")]
    assert cli("show", "mse,huber").out == "\n\n".join(each)
    refused(cli("show", "mse,nonsense"))

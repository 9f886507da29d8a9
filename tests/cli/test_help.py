"""Help pages: every option once, under the group that its knob declares, in lines that 80 columns hold."""

from __future__ import annotations

import pytest
from shell import cli

from losscli import losses
from losscli.cli.help import EXPLORE, OF_THE_LOSS, THE_REST, TRUST
from losscli.cli.program import Commands
from losscli.knobs.options import GROUPS, SHOWN

COMMANDS = dict(Commands())
OF_LOSSES = [name for name, one in COMMANDS.items() if hasattr(one, "of")]
PAGES = [[], *([name] for name in COMMANDS), *([name, "huber"] for name in OF_LOSSES)]


def _help(*arguments, **more):
    ran = cli(*arguments, "--help", **more)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def _sections(page):
    """The lines of each section by its heading, in the order of the page; what is above them under ""."""
    found, name = {"": []}, ""
    for line in page.splitlines():
        if line.endswith(":") and line[:1].strip():
            name = line[:-1]
            assert name not in found
            found[name] = []
        else:
            found[name].append(line)
    return found


def _terms(lines):
    """The long flags, or the commands, that begin a line of a section."""
    return [next((word for word in line.split() if word.startswith("--")), line.split()[0]) for line in lines
            if line.startswith("  ") and line[2:3].strip()]  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
@pytest.mark.parametrize("terminal", [False, True], ids=["pipe", "terminal"])
def test_a_page_has_no_escapes_and_no_long_lines(page, terminal):
    text = _help(*page, terminal=terminal)
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("command", OF_LOSSES)
@pytest.mark.parametrize("one", losses.built_in()[::9], ids=lambda one: one.name)
def test_an_option_stands_once_in_the_group_of_its_knob(command, one):
    sections = _sections(_help(command, one.name))
    asked = COMMANDS[command].of.asked
    found = {term: name for name, lines in sections.items() for term in _terms(lines) if term.startswith("--")}
    assert sum(len(_terms(lines)) for name, lines in sections.items() if name not in ("", "Arguments")) == len(found)
    mine = {f"--{name.replace('_', '-')}" for name in one.argument_names}
    assert {found[flag] for flag in mine} == {OF_THE_LOSS}
    assert {flag: found[flag] for flag in found.keys() - mine - {"--help"}} == {
        knob.flag: knob.group for knob in asked.offered() if knob.flag not in mine
    }
    assert found["--help"] == SHOWN


@pytest.mark.parametrize("command", OF_LOSSES)
def test_the_loss_comes_first_then_the_command_then_what_it_shares(command):
    names = [name for name in _sections(_help(command, "huber")) if name]
    assert names[:2] == ["Arguments", OF_THE_LOSS]
    shared = [name for name in names if name in GROUPS]
    assert shared == [name for name in GROUPS if name in shared]
    assert names[-len(shared) :] == shared


@pytest.mark.parametrize(("name", "command"), COMMANDS.items(), ids=COMMANDS)
def test_every_knob_of_a_command_has_a_group(name, command):
    for param in command.params:
        if param.param_type_name == "option" and hasattr(command, "forms"):
            assert param.rich_help_panel


@pytest.mark.parametrize("command", OF_LOSSES)
def test_losses_stand_under_their_families(command):
    sections = _sections(_help(command))
    for family in {one.family for one in losses.built_in()}:
        found = _terms(sections[f"{family.capitalize()} losses"])
        assert found == [one.name for one in losses.entries() if one.family == family]


def test_every_command_stands_under_one_of_the_groups_with_what_it_does():
    sections = _sections(_help())
    found = [name for group in (EXPLORE, TRUST, THE_REST) for name in _terms(sections[group])]
    assert sorted(found) == list(COMMANDS)
    assert "…" not in _help()
    assert "..." not in "".join(line for group in (EXPLORE, TRUST, THE_REST) for line in sections[group])
    assert set(OF_LOSSES) <= {*_terms(sections[EXPLORE]), *_terms(sections[TRUST])}


@pytest.mark.parametrize(("columns", "widest"), [("60", 60), ("80", 80), ("300", 100)])
@pytest.mark.parametrize("arguments", [[], ["check"], ["doctor"]], ids=" ".join)
def test_help_is_as_wide_as_the_terminal_within_bounds(columns, widest, arguments, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    longest = max(map(len, _help(*arguments).splitlines()))
    assert widest - 12 <= longest <= widest

"""The man page: every command, option, loss and page of the guide is on it, and man reads it without a complaint."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess

import pytest

from losscli import demo, guide, losses
from losscli.cli import manual
from losscli.cli.program import Commands
from losscli.knobs.options import GROUPS

PAGE = manual.render()
LINES = PAGE.splitlines()
TERMS = {
    re.sub(r"\\f[BR]|\\&", "", line).replace("\\-", "-")
    for before, line in itertools.pairwise(LINES)
    if before == ".TP"
}
OPTIONS = {flag for term in TERMS for flag in re.findall(r"--[\w-]+", term)}


def _section(name):
    found = re.search(rf'^\.SH "{name}"\n(.*?)(?=^\.SH |\Z)', PAGE, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


@pytest.mark.parametrize("name", Commands())
def test_every_command_is_on_the_page_with_what_it_takes(name):
    assert name in TERMS
    command = Commands()[name]
    made = command.of.command([]) if hasattr(command, "of") else command
    for param in made.params:
        if param.param_type_name == "option" and param.name != "help":
            assert {flag for flag in param.opts if flag.startswith("--")} <= OPTIONS


def test_every_loss_topic_and_example_is_on_the_page():
    wanted = {*(one.name for one in losses.built_in()), *(one.topic for one in guide.pages())}
    assert wanted <= TERMS
    assert {command for _, command in demo.COMMANDS} <= TERMS
    assert all(f'.SS "{group}"' in LINES for group in GROUPS)


@pytest.mark.parametrize(("section", "title"), manual.SECTIONS.items())
def test_prose_of_the_guide_is_on_the_page(section, title):
    rows = re.findall(r"^\| (\S.*?) \| (.*?) \|$", guide.page("commands").partition(f"## {title}\n")[2], re.MULTILINE)
    text = re.sub(r"\\f[BR]|\\&", "", _section(section)).replace("\\-", "-")
    assert len(rows) > 3
    for term, meaning in rows[2:4]:
        assert term.replace("`", "") in text
        assert meaning.replace("`", "") in text


def test_no_line_is_a_command_by_accident():
    macros = {".TH", ".nh", ".ad", ".SH", ".SS", ".TP", ".PP", ".br"}
    assert {line.split()[0] for line in LINES if line.startswith((".", "'"))} <= macros
    assert not any(re.search(r"(?<!\\)-", line) for line in LINES if not line.startswith((".TH", ".PP")))


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff sets man pages, and is not installed")
def test_groff_sets_the_page_without_a_complaint():
    command = ["groff", "-man", "-ww", "-K", "utf-8", "-T", "utf8", "-P", "-c"]
    done = subprocess.run(command, input=PAGE, capture_output=True, encoding="utf-8", check=True)
    assert done.stderr == ""
    assert "losscli compute" in done.stdout

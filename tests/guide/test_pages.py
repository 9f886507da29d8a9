"""The guide: every page has a title and is read whole, and every warning code is explained."""

from __future__ import annotations

import pytest
from shell import cli, refused, without_escapes

from losscli import __version__, guide
from losscli.errors import WARNINGS

TOPICS = [one.topic for one in guide.pages()]


def test_topics_are_listed_with_their_titles():
    ran = cli("guide")
    assert ran.code == 0
    listed = {line.split()[0]: line.split(None, 1)[1] for line in ran.out.splitlines()[2 : 2 + len(TOPICS)]}
    assert listed == dict(guide.pages())
    assert all(listed.values())


def test_changelog_begins_with_this_version():
    versions = [line.split()[1] for line in cli("guide", "changelog").out.splitlines() if line.startswith("## ")]
    assert versions[0] == __version__


@pytest.mark.parametrize("topic", TOPICS)
def test_page_is_shown_without_what_generates_it(topic):
    text = cli("guide", topic).out
    assert text == cli("guide", topic.upper()).out
    assert text.startswith(f"# {dict(guide.pages())[topic]}\n")
    assert "[[[" not in text


@pytest.mark.parametrize("topic", TOPICS)
def test_page_fits_a_terminal(topic, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = without_escapes(cli("guide", topic, terminal=True).out).splitlines()
    assert len(lines) > 5
    assert max(map(len, lines)) <= 80
    assert not any(line.startswith(("```", "| ---")) for line in lines)


@pytest.mark.parametrize("code", WARNINGS)
def test_warning_code_is_explained(code):
    for name in (code, code.lower()):
        assert cli("guide", name).out.startswith(f"{code}: {WARNINGS[code]}")


@pytest.mark.parametrize(
    ("name", "close"), [("warning", "warnings"), ("L2O1", "L201"), ("nothing-like-it", "losscli guide")]
)
def test_unknown_topic_is_refused(name, close):
    error, hint = refused(cli("guide", name))
    assert name in error
    assert close in hint

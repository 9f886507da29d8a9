"""The page of ``man losscli``: every command and option from the program itself, the prose from the guide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from losscli import __version__, demo, guide, losses
from losscli.cli.help import grouped
from losscli.cli.program import ABOUT, Commands, in_groups

_EXIT = "Exit codes"
_ENVIRONMENT = "Environment"
SECTIONS = {"EXIT STATUS": _EXIT, "ENVIRONMENT": _ENVIRONMENT}
"""Sections of the page ``commands`` of the guide, by what a man page calls them."""
_LIKE = "compute"
"""The command whose common options are told in full; of others those that differ."""


def render() -> str:
    """The page in the language of man: troff with its man macros."""
    commands = Commands()
    common = _records(commands[_LIKE])
    lines = [
        f'.TH LOSSCLI 1 "" "losscli {__version__}" "User Commands"',
        ".nh",  # a command that is broken by a hyphen cannot be copied
        ".ad l",
        *_section("NAME", [f"losscli \\- {_roff(ABOUT.rstrip('.'))}"]),
        *_section("SYNOPSIS", _synopsis()),
        *_section("DESCRIPTION", _prose(_introduction())),
        *_section("COMMANDS", _commands(commands)),
        *_section(
            "OPTIONS",
            [_sentence("Of `losscli compute`, and of commands like it what fits them: `losscli COMMAND LOSS --help`.")],
        ),
        *_options(common),
        *_section("OPTIONS OF OTHER COMMANDS", [_sentence("What a command takes beside these, or in its own way.")]),
        *(line for name, one in commands.items() if name != _LIKE for line in _own(name, one, common)),
        *_section("LOSSES", _losses()),
        *(line for name, title in SECTIONS.items() for line in _section(name, _prose(_of_guide(title)))),
        *_section("EXAMPLES", _examples()),
        *_section("SEE ALSO", _see_also()),
    ]
    return "\n".join(lines) + "\n"


def _synopsis() -> list[str]:
    return [
        "\\fBlosscli compute\\fR \\fILOSS\\fR \\fIPRED TARGET\\fR [\\fIOPTION\\fR]...",
        ".br",
        "\\fBlosscli\\fR \\fICOMMAND\\fR [\\fIARGUMENT\\fR]...",
        ".br",
        "\\fBlosscli\\fR [\\fICOMMAND\\fR [\\fILOSS\\fR]] \\fB\\-\\-help\\fR",
    ]


def _commands(commands: Mapping[str, Any]) -> Iterator[str]:
    for group, names in in_groups(commands).items():
        yield f".SS {_quoted(group)}"
        for name, _ in names:
            yield from _term(name, (commands[name].help or "").strip())


def _records(command: Any) -> dict[str, list[tuple[str, str]]]:
    """What a command takes of whatever loss, under the names of its groups."""
    made = command.of.command([]) if hasattr(command, "of") else command
    context = made.make_context(made.name, [], resilient_parsing=True)
    own = [one for one in made.get_params(context) if one.name != "files" or made is command]
    return grouped(own, context)


def _own(name: str, command: Any, common: Mapping[str, list[tuple[str, str]]]) -> Iterator[str]:
    known = {record for records in common.values() for record in records}
    found = {group: [one for one in records if one not in known] for group, records in _records(command).items()}
    rows = [row for records in found.values() for row in records]
    if rows:
        yield f".SS {_quoted(f'losscli {name}')}"
        for term, meaning in rows:
            yield from _term(term, meaning)


def _options(groups: Mapping[str, Iterable[tuple[str, str]]]) -> Iterator[str]:
    for group, records in groups.items():
        if records:
            yield f".SS {_quoted(group)}"
        for term, meaning in records:
            yield from _term(term, meaning)


def _losses() -> Iterator[str]:
    yield _sentence("`losscli show LOSS` tells of one what it is, when to use it, and what its own options are.")
    families: dict[str, list[tuple[str, str]]] = {}
    for one in losses.entries():
        families.setdefault(one.family.capitalize(), []).append((one.name, one.title))
    yield from _options(families)


def _examples() -> Iterator[str]:
    yield _sentence("With the files that `losscli demo` writes:")
    for about, command in demo.COMMANDS:
        yield from _term(command, f"{about[:1].upper()}{about[1:]}.")


def _see_also() -> Iterator[str]:
    yield _sentence("The manual is `losscli guide`, with a page for each of these, by `losscli guide TOPIC`:")
    for one in guide.pages():
        yield from _term(one.topic, one.title)


def _introduction() -> str:
    """What stands on the guide's page above its first section and its first example."""
    return guide.page("commands").partition("\n## ")[0].partition("\n```")[0].partition("\n")[2]


def _of_guide(title: str) -> str:
    """The section of the guide's page on commands."""
    return guide.page("commands").partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def _prose(markdown: str) -> Iterator[str]:
    """Paragraphs and tables of two columns."""
    for part in markdown.strip().split("\n\n"):
        lines = part.splitlines()
        if lines[0].startswith("|"):
            for row in lines[2:]:
                term, meaning = (cell.strip() for cell in row.strip("|").split(" | "))
                yield from _term(term, meaning)
        else:
            yield from (".PP", _sentence(" ".join(lines)))


def _section(name: str, lines: Iterable[str]) -> Iterator[str]:
    yield f".SH {_quoted(name)}"
    yield from lines


def _term(term: str, meaning: str) -> Iterator[str]:
    """A term, and what it means indented behind it."""
    plain = term.replace("`", "")
    yield from (".TP", f"\\fB{_roff(plain)}\\fR", _sentence(" ".join(meaning.split())))


def _sentence(text: str) -> str:
    """Text of Markdown on a line: code is bold, as what is typed is on man pages."""
    parts = re.split(r"`([^`]+)`", re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text))
    return "".join(f"\\fB{_roff(part)}\\fR" if i % 2 else _roff(part) for i, part in enumerate(parts))


def _quoted(text: str) -> str:
    return f'"{_roff(text)}"'


def _roff(text: str) -> str:
    """Text as it is, of which troff would take marks for commands and hyphens for ones that cannot be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text[:1] in (".", "'") else text

"""Files as real writers make them, each with its right number: the folders of ``tests/corpus``."""

from __future__ import annotations

import math
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
from shell import ROOT, cli, refused

from losscli.data import files

CORPUS = ROOT / "tests" / "corpus"
FOLDERS = sorted(path.parent for path in CORPUS.glob("*/case.txt"))
ABOUT, CHECK = {"writer", "why", "needs"}, {"run", "value", "refused", "warns"}
TEXTS = (".csv", ".tsv", ".txt")


class Check(NamedTuple):
    """One command on the files of a folder, and what must come of it."""

    folder: Path
    about: dict[str, str]
    wanted: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.folder.name}: {self.wanted.get('run')}"

    @property
    def arguments(self) -> list[str]:
        return ["compute", *shlex.split(self.wanted["run"])]

    @property
    def value(self) -> float:
        """The number, worked out by Python from the arithmetic that stands in the case."""
        return float(eval(self.wanted["value"], {"__builtins__": {}}, vars(math)))

    @property
    def is_text(self) -> bool:
        return any(suffix in self.wanted["run"] for suffix in TEXTS)


def _fields(paragraph: str) -> dict[str, str]:
    whole = re.sub(r"\n\s+", " ", paragraph)  # a line that begins with a blank goes on
    return {name: text.strip() for name, _, text in (line.partition(":") for line in whole.splitlines())}


def _checks(folder: Path) -> list[Check]:
    about, *wanted = map(_fields, (folder / "case.txt").read_text(encoding="utf-8").strip().split("\n\n"))
    return [Check(folder, about, one) for one in wanted]


CHECKS = [check for folder in FOLDERS for check in _checks(folder)]
NAMED = [pytest.param(check, id=check.name) for check in CHECKS]


@pytest.fixture
def folder(monkeypatch, request):
    check = request.getfixturevalue("check")
    for package in check.about.get("needs", "").split():
        pytest.importorskip(package)
    monkeypatch.chdir(check.folder)


@pytest.mark.parametrize("check", NAMED)
def test_case_is_written_as_its_readers_expect(check):
    assert {"writer", "why"} <= check.about.keys() <= ABOUT
    assert "run" in check.wanted
    assert check.wanted.keys() <= CHECK
    assert ("value" in check.wanted) != ("refused" in check.wanted)


READERS = [(p.values[0], reader) for p in NAMED for reader in ("lean", *["streamed"] * p.values[0].is_text)]


@pytest.mark.parametrize(("check", "reader"), READERS, ids=lambda part: part if isinstance(part, str) else part.name)
def test_number_is_the_right_one_or_it_is_refused(check, reader, folder, monkeypatch):
    if reader == "streamed":
        monkeypatch.setattr(files, "LEAN_BYTES", -1)
    ran = cli(*check.arguments, "-q")
    if "refused" in check.wanted:
        assert check.wanted["refused"] in " ".join(refused(ran))
        return
    assert ran.code == 0, ran.err
    assert float(ran.out) == pytest.approx(check.value, rel=1e-9, abs=1e-300)
    assert set(re.findall(r"^Warning (L\d+)", ran.err, re.MULTILINE)) == set(check.wanted.get("warns", "").split())


@pytest.mark.parametrize("check", [p for p in NAMED if "value" in p.values[0].wanted])
def test_strict_refuses_what_warns_and_nothing_else(check, folder):
    ran = cli(*check.arguments, "-q", "--strict")
    if "warns" in check.wanted:
        assert any(code in refused(ran)[0] for code in check.wanted["warns"].split())
    else:
        assert ran.code == 0, ran.err

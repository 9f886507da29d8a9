"""Where things stand: tests mirror the package, and no file is long."""

from __future__ import annotations

import pytest
from benchmarks.run import SECTIONS
from shell import ROOT

PACKAGE, TESTS = ROOT / "losscli", ROOT / "tests"
OF_TESTS_ALONE = {"benchmarks", "broken_plugin", "corpus", "fuzz", "golden", "plugin"}
LONGEST = 400
FILES = sorted(path for folder in (PACKAGE, TESTS) for path in folder.rglob("*.py"))


def test_folders_of_tests_are_rooms_of_the_package():
    holding = {path.parent.relative_to(TESTS) for path in TESTS.rglob("test_*.py")}
    assert len(holding) > 5
    for folder in holding:
        if not set(folder.parts) & OF_TESTS_ALONE:
            assert (PACKAGE / folder).is_dir(), folder


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_no_two_files_of_tests_have_one_name():
    # Without packages pytest imports each by its name alone.
    names = [path.name for path in TESTS.rglob("test_*.py")]
    assert len(names) == len(set(names))


def test_every_benchmark_can_be_run():
    holding = {
        p.stem for p in (TESTS / "benchmarks").glob("*.py") if "\ndef main(scale" in p.read_text(encoding="utf-8")
    }
    assert holding == set(SECTIONS)

"""The wheel: small, with the man page of the program as it is and the demo's files, and all that a registry shows."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import HeaderParser

import pytest
from shell import ROOT

from losscli import __version__, demo
from losscli.cli.manual import render

MOST_BYTES = 1_000_000
_BUILD = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-c", _BUILD, str(folder)], cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.iterdir()
    with zipfile.ZipFile(path) as archive:
        yield path, archive


def test_the_wheel_is_small(wheel):
    path, _ = wheel
    assert path.name == f"losscli-{__version__}-py3-none-any.whl"
    assert path.stat().st_size < MOST_BYTES


def test_the_wheel_brings_the_man_page_of_this_program(wheel):
    _, archive = wheel
    assert archive.read(f"losscli-{__version__}.data/data/share/man/man1/losscli.1").decode() == render()


def test_the_wheel_carries_what_the_program_reads_and_nothing_else(wheel):
    names = set(wheel[1].namelist())
    package = ROOT / "losscli"
    files = {
        f"losscli/{path.relative_to(package)}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    files |= {f"losscli/sample_data/{path.name}" for path in demo.files()}
    assert {name for name in names if name.startswith("losscli/")} == files - {
        "losscli/packaging.py",
        "losscli/guide/curve.svg",
    }
    others = {name.partition("/")[0] for name in names - files}
    assert others == {f"losscli-{__version__}.dist-info", f"losscli-{__version__}.data"}


def test_metadata_is_complete(wheel):
    told = HeaderParser().parsestr(wheel[1].read(f"losscli-{__version__}.dist-info/METADATA").decode())
    assert (told["Name"], told["Version"], told["License-Expression"]) == ("losscli", __version__, "MIT")
    assert told["Summary"]
    assert len(told["Keywords"].split(",")) > 5
    assert told["Description-Content-Type"] == "text/markdown"
    versions = {one.rpartition(" ")[2] for one in told.get_all("Classifier") if one.startswith("Programming Language")}
    assert versions >= {"3.10", "3.11", "3.12", "3.13"}


def test_what_makes_the_man_page_is_what_the_program_runs_on():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert project.count('"typer>=') == project.count('"typer>=0.26,<0.29"') == 2

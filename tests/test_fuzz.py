"""A short share of the fuzz, the same cases each time; ``python -m tests.fuzz`` runs as many as there is time for."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from fuzz import binary
from fuzz.run import AREAS
from profiles import NAME, PROFILES
from shell import ROOT

from losscli.data.files import FORMATS

TEXTS = {"csv", "ndjson", "json"}
# Per hundred examples of a law.
CASES = {"text": 400, "records": 240, "binary": 240, "losses": 240, "commands": 240, "signals": 8}


@pytest.mark.parametrize("area", CASES)
def test_no_case_of_the_short_share_fails(area):
    assert area in {name for names in AREAS.values() for name in names}
    cases = math.ceil(CASES[area] * PROFILES[NAME].examples / 100)
    command = [sys.executable, "-m", "tests.fuzz", area, "--cases", str(cases)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 failed" in ran.stdout


def test_every_format_is_drawn():
    assert set(FORMATS) <= binary.MAKERS.keys() | TEXTS

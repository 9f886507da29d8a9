"""The quick profile runs a fixed sample of each test's cases, the thorough one all of them."""

from __future__ import annotations

import os
import subprocess
import sys

from profiles import PROFILES, sampled
from shell import ROOT

CASES = ["a.py::few[1]", "a.py::few[2]", *(f"a.py::many[{i}]" for i in range(50)), "b.py::plain"]


def test_few_cases_are_all_kept_and_many_are_sampled_in_their_order():
    kept = sampled(CASES, 5)
    assert [case for case in CASES if case in kept] == kept
    assert len(kept) == 2 + 5 + 1
    assert {"a.py::few[1]", "a.py::few[2]", "b.py::plain"} <= set(kept)


def test_the_sample_is_the_same_each_time_and_another_for_another_test():
    assert sampled(CASES, 5) == sampled(CASES, 5)
    others = [case.replace("many", "more") for case in CASES]
    assert [c.replace("more", "many") for c in sampled(others, 5)] != sampled(CASES, 5)


def _collected(profile, path):
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", path]
    environment = {**os.environ, "TEST_PROFILE": profile}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if "::" in line]


def test_the_quick_profile_is_a_sample_of_the_thorough_one():
    quick, thorough = (_collected(profile, "tests/data/test_selection.py") for profile in ("quick", "thorough"))
    assert quick == sampled(thorough, PROFILES["quick"].cases)
    assert len(quick) < len(thorough)


def test_checks_on_a_clean_clone_are_thorough():
    assert "export TEST_PROFILE=thorough\n" in (ROOT / ".ci" / "run").read_text()

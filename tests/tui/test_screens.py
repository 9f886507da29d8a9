"""Screens as text beside this file. ``UPDATE_SCREENS=1 pytest tests/tui`` writes them anew, to be looked at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from shell import cli

pytest.importorskip("textual")

HERE = Path(__file__).parent / "screens"
P, T, L, Y = (
    f"sample_data/{name}.csv" for name in ("diabetes_pred", "diabetes_target", "digits_logits", "digits_target")
)
SCREENS = {
    "moved": f"smooth_l1 {P} {T} --keys tab,right,right",
    "classes": f"{L} {Y}",
    "gradient": f"{L} {Y} --keys g",
    "other_loss": f"smooth_l1 {P} {T} --keys down,down,down,l,l",
    "help": f"huber {P} {T} --keys ?",
    "sample": f"{L} {Y} --keys tab,tab,down,e",
    "temperature": f"{L} {Y} --keys tab,down,left,left,left",
    "marked": f"huber {P} {T} --keys tab,tab,down,down,down",
    "marked_on_gradient": f"{L} {Y} --keys g,g --size 110x40",
    "tall": f"{L} {Y} --size 100x36",
    "of_the_whole": f"median_absolute_error {P} {T} --keys /,1,6,6,enter",
    "without_samples": f"concordance {P} {T}",
    "beyond": f"l1 {P} {T}",
    "long_value": f"rmse {P} {T}",
    "long_value_whole": f"rmse {P} {T} --size 110x24",
    "apart": f"{L} {Y} --keys d --size 90x50",
    "wide": f"huber {P} {T} --delta 50 --size 130x45",
    "no_function_of_one_number": f"{L} {Y} --keys j,j",
    "without_files": "triplet_margin --keys g,g,0",
    "least": f"huber {P} {T} --size 60x20",
}


@pytest.fixture(autouse=True)
def _root(sample_data, monkeypatch):
    monkeypatch.chdir(sample_data.parent)


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_what_it_was(name, tmp_path):
    shot, stored = tmp_path / "screen.txt", HERE / f"{name}.txt"
    ran = cli("explore", *SCREENS[name].split(), "--screenshot", shot)
    assert ran.code == 0, ran.err
    found = shot.read_text(encoding="utf-8")
    _, _, size = SCREENS[name].partition("--size ")
    columns, rows = map(int, (size or "80x24").split("x"))
    assert len(found.splitlines()) == rows
    assert all(len(line) <= columns and line == line.rstrip() for line in found.splitlines())
    if os.environ.get("UPDATE_SCREENS"):
        HERE.mkdir(exist_ok=True)
        stored.write_text(found, encoding="utf-8")
    assert found == stored.read_text(encoding="utf-8")


def test_screens_that_are_stored_are_those_that_are_looked_at():
    assert {path.stem for path in HERE.glob("*.txt")} == set(SCREENS)

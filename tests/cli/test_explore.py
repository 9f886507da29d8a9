"""``losscli explore`` as it is typed: to a file without a terminal, and what it refuses."""

from __future__ import annotations

import importlib.util
from xml.etree import ElementTree as Tree

import pytest
from shell import cli, refused

P, T = (f"sample_data/{name}.csv" for name in ("diabetes_pred", "diabetes_target"))
pytest.importorskip("textual")


@pytest.fixture(autouse=True)
def _root(sample_data, monkeypatch):
    monkeypatch.chdir(sample_data.parent)


def test_a_screenshot_shows_the_parameter_that_was_moved_and_the_mean_there(tmp_path):
    shot = tmp_path / "s.svg"
    ran = cli("explore", "smooth_l1", P, T, "--keys", "tab,right,right,c", "--screenshot", shot)
    assert (ran.code, ran.err) == (0, f"wrote {shot}\n")
    text = "".join(Tree.fromstring(shot.read_text(encoding="utf-8")).itertext()).replace("\xa0", " ")
    assert ran.out == f"losscli compute smooth_l1 {P} {T} --beta 1.78\n"
    assert f"{float(cli(*ran.out.split()[1:], '-q').out):.6g} = " in text
    assert "beta 1.78" in text


@pytest.mark.parametrize(("suffix", "begins"), [(".png", b"\x89PNG"), (".pdf", b"%PDF"), (".txt", b" losscli explore")])
def test_a_screenshot_is_of_the_kind_that_its_name_says(suffix, begins, tmp_path):
    shot = tmp_path / f"s{suffix}"
    assert cli("explore", P, T, "--screenshot", shot).code == 0
    assert shot.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        ([P, T], "needs a terminal", "--screenshot"),
        ([], "needs a terminal", "--screenshot"),
        (["mse", P, "-"], "standard input", "give files"),
        (["mse,l1", P, T], "one loss", "list"),
        (["huber", P, T, "--delta", "0"], "--delta is 0", "> 0"),
        ([P, T, "--keys", "tab,rihgt"], "'rihgt'", "tab"),
        ([P, T, "--size", "120x40"], "--size", "--screenshot"),
        ([P, T, "--size", "9x9", "--screenshot", "{}/s.svg"], "--size is '9x9'", "60x20"),
        ([P, T, "--screenshot", "{}/s.gif"], "cannot be written as .gif", ".svg .png .pdf .txt"),
        ([P, "nowhere.csv", "--screenshot", "{}/s.svg"], "nowhere.csv: no such file", ""),
        (["nowhere.csv", "--screenshot", "{}/s.svg"], "nowhere.csv: no such file", ""),
        (["smoth_l1", P, T], "smoth_l1", "smooth_l1"),
        ([P, T, "--json"], "--json", ""),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, error, hint, tmp_path):
    told, hinted = refused(cli("explore", *(a.replace("{}", str(tmp_path)) for a in arguments)))
    assert error in told
    assert hint in hinted
    assert not list(tmp_path.iterdir())


def test_help_offers_no_standard_input():
    assert "standard input" in cli("compute", "huber", "--help").out
    assert "standard input" not in cli("explore", "huber", "--help").out


def test_without_the_extra_it_says_how_to_get_it(monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "textual" else real(name, *more)
    )
    error, hint = refused(cli("explore", "smooth_l1", P, T))
    assert "Textual" in error
    assert hint == "Hint: pip install 'losscli[explore]'"

"""``losscli check``: its exit codes, its formats, its files."""

from __future__ import annotations

import csv
import io
import json
import math
from xml.etree import ElementTree as Tree

import pytest
from shell import cli, refused, write

from losscli.cli.commands.check import SUFFIXES, Asked
from losscli.knobs.checking import CheckOutputOptions

FORMATS = CheckOutputOptions.knobs["format"].choices


@pytest.fixture
def pair(tmp_path, monkeypatch):
    """Errors of 1, 1 and 4: an mse of 6, an l1 of 2; groups a and b."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    write(tmp_path, p="1\n1\n4\n", t="0\n0\n0\n", both="p,y,g\n1,0,a\n1,0,a\n4,0,b\n", hole="nan\n1\n4\n")
    return tmp_path


def check(*arguments, code=0, **more):
    ran = cli("check", *arguments, **more)
    assert ran.code == code, (ran.out, ran.err)
    return ran


@pytest.mark.parametrize(("limits", "code"), [(["--max", 6], 0), (["--max", 5.9], 1), (["--min", 6.1], 1)])
@pytest.mark.parametrize("way", [["-q"], *(["-f", name] for name in FORMATS)], ids=" ".join)
def test_exit_code_is_the_same_in_every_format(pair, limits, code, way):
    ran = check("mse", "p.csv", "t.csv", *limits, *way, code=code)
    assert ran.err == ""
    assert (ran.out == "") == (way == ["-q"])


def test_table_tells_the_two_numbers_apart(pair):
    assert check("mse", "p.csv", "t.csv", "--max", 5.9999999, code=1).out.splitlines()[2:] == [
        "mse        6   max 5.9999999   FAIL",
        "The check failed.",
    ]
    assert check("mse", "p.csv", "t.csv", "--max", 7).out.splitlines()[2:] == ["mse        6   max 7       pass"]


def test_table_shows_the_groups_that_failed(pair):
    ran = check("mse", "both.csv", "--pred", "p", "--target", "y", "--by", "g", "--max", 7, code=1)
    assert [line.split() for line in ran.out.splitlines()[2:]] == [
        ["mse", "mse", "6", "max", "7", "pass"],
        ["g=b", "mse", "16", "max", "7", "FAIL"],
        ["The", "check", "failed."],
    ]


def test_json_says_all_of_it(pair):
    found = json.loads(check("mse,l1", "p.csv", "t.csv", "--max", 3, "-f", "json", code=1).out)
    assert (found["schema"], found["passed"], found["failed"], found["errors"], found["exit"]) == (1, 1, 1, 0, 1)
    first, second = found["checks"]
    assert (first["name"], first["loss"], first["verdict"], second["verdict"]) == ("mse", "mse", "fail", "pass")
    assert (first["value"], first["numerator"], first["denominator"], first["samples"]) == (6.0, 18.0, 3, 3)
    assert first["signature"].startswith("mse|mean/elements|")
    assert first["conditions"] == [
        {"condition": "max", "limit": 3.0, "value": 6.0, "verdict": "fail", "message": "mse is 6, above max 3"}
    ]
    assert (first["groups"], first["error"], first["where"], found["warnings"]) == ([], None, None, [])


def test_csv_and_markdown_have_a_row_a_condition(pair):
    by = ["both.csv", "--pred", "p", "--target", "y", "--by", "g", "--max", 7, "--min", 2]
    rows = list(csv.DictReader(io.StringIO(check("mse", *by, "-f", "csv", code=1).out)))
    found = [(row["group"], row["condition"], float(row["value"]), row["verdict"]) for row in rows]
    assert found == [
        ("", "max", 6.0, "pass"),
        ("", "min", 6.0, "pass"),
        ("g=a", "max", 1.0, "pass"),
        ("g=a", "min", 1.0, "fail"),
        ("g=b", "max", 16.0, "fail"),
        ("g=b", "min", 16.0, "pass"),
    ]
    lines = check("mse", *by, "-f", "markdown", code=1).out.splitlines()
    assert len([line for line in lines if line.startswith("| mse ")]) == len(rows)
    assert "- mse of g=a is 1, below min 2" in lines
    assert lines[-1] == "The check failed."


def test_a_name_does_not_leave_its_item_in_markdown(pair):
    (pair / "odd.csv").write_text('p,y,g\n3,0,"a\x1b[31m\nb"\n', encoding="utf-8")
    by = ["odd.csv", "--pred", "p", "--target", "y", "--by", "g", "--max", 1]
    lines = check("mse", *by, "-f", "markdown", code=1).out.splitlines()
    assert "- mse of g=a\\x1b[31m<br>b is 9, above max 1" in lines


def test_junit_has_a_case_a_condition(pair):
    ran = check("mse,l1", "p.csv", "t.csv", "--max", 3, "--min", 0, "-f", "junit", code=1)
    root = Tree.fromstring(ran.out)
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "0")
    cases = {(case.get("classname"), case.get("name")): case for case in suite}
    failed = cases["mse", "mse max 3"].find("failure")
    assert failed.text == failed.get("message") == "mse is 6, above max 3"
    assert cases["l1", "l1 max 3"].find("failure") is None
    properties = {p.get("name"): p.get("value") for p in cases["mse", "mse max 3"].iter("property")}
    assert float(properties["value"]) == 6
    assert properties["signature"].startswith("mse|")


def test_github_annotates_what_failed_and_adds_to_the_summary(pair, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "s.md")
    for _ in range(2):
        ran = check("mse", "p.csv", "t.csv", "--max", 3, "-f", "github", code=1)
        assert ran.out.splitlines()[-1] == "::error title=losscli mse::mse is 6, above max 3"
    alone = check("mse", "p.csv", "t.csv", "--max", 3, "-f", "markdown", code=1).out
    assert (pair / "s.md").read_text(encoding="utf-8") == 2 * alone


def test_github_is_for_a_log_even_on_a_terminal(pair):
    command = ("check", "mse", "p.csv", "t.csv", "--max", 3, "-f", "github")
    assert cli(*command, terminal=True).out == cli(*command).out


def test_github_shows_the_worst_of_many(pair):
    rows = "".join(f"{n},0,g:{n}%\n" for n in range(40))
    (pair / "many.csv").write_text(f"p,y,g\n{rows}", encoding="utf-8")
    by = ["many.csv", "--pred", "p", "--target", "y", "--by", "g", "--max", 0.5]
    lines = [line for line in check("l1", *by, "-f", "github", code=1).out.splitlines() if line.startswith("::")]
    assert len(lines) == 10
    assert lines[0] == "::error title=losscli l1::l1 of g=g:39%25 is 39, above max 0.5"
    assert lines[-1] == "::error title=losscli::and 31 more"  # 39 groups and the whole


def test_verdicts_go_to_files_as_well(pair):
    outputs = [x for suffix in SUFFIXES for x in ("-o", f"out{suffix}")]
    ran = check("mse", "p.csv", "t.csv", "--max", 3, *outputs, code=1)
    assert ran.out == check("mse", "p.csv", "t.csv", "--max", 3, code=1).out
    assert ran.errors == [f"wrote out{suffix}" for suffix in SUFFIXES]
    for suffix, name in zip(SUFFIXES, ("json", "csv", "markdown", "junit"), strict=True):
        alone = check("mse", "p.csv", "t.csv", "--max", 3, "-f", name, code=1).out
        assert (pair / f"out{suffix}").read_text(encoding="utf-8") == alone
    assert check("mse", "p.csv", "t.csv", "--max", 3, "-q", "-o", "out.md", code=1).errors == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "no limit is set, and the check would always pass"),
        (["--max", "nan"], "--max is nan"),
        (["--min", "-inf"], "--min is -inf"),
        (["--max", "much"], "'much' is not a valid float"),
        (["--max", "1", "-r", "none"], "'none' is not one of|-r|--reduction"),
        (["--max", "1", "--max", "2"], "--max is given twice"),
        (["--max", "1", "-q", "-f", "json"], "-q and -f exclude each other"),
        (["--max", "1", "-o", "a.json", "-o", "a.json"], "-o a.json is given twice"),
        (["--max", "1", "-o", "a.npy"], "a.npy: cannot be written as .npy"),
        (["--max", "1", "-o", "p.csv"], "p.csv: is one of the inputs"),
        (["--max", "1", "--keep", "g"], "No such option: --keep"),
        (["--max", "1", "--missing", "odd"], "missing"),
    ],
)
def test_what_makes_no_sense_is_refused(pair, arguments, says):
    before = sorted(pair.iterdir())
    error, hint = refused(cli("check", "mse", "p.csv", "t.csv", *arguments))
    assert any(part in error for part in says.split("|"))
    assert hint
    assert sorted(pair.iterdir()) == before


@pytest.mark.parametrize("way", [[], ["-q"], ["-f", "junit"], ["-o", "x.xml"]])
def test_what_cannot_be_compared_is_no_pass_and_no_failure(pair, way):
    for arguments in (["hole.csv", "t.csv", "--nan", "propagate"], ["gone.csv", "t.csv"], ["hole.csv", "t.csv"]):
        refused(cli("check", "mse", *arguments, "--max", 1e300, *way))
    assert not (pair / "x.xml").exists()


def test_strict_makes_a_doubt_a_check_that_was_not_made(pair):
    write(pair, logits="0.2,0.8\n0.6,0.4\n0.5,0.5\n", labels="1\n0\n0\n")
    ran = check("ce", "logits.csv", "labels.csv", "--max", 5)
    assert ran.warnings
    refused(cli("check", "ce", "logits.csv", "labels.csv", "--max", 5, "--strict"))


def test_help_names_what_check_takes_and_not_what_it_does_not():
    page = check("mse", "--help").out
    assert all(one.flag in page for one in Asked.offered())
    assert "--per-sample" not in page
    assert "--max X" in page


def test_infinite_value_is_shown_in_json(pair):
    write(pair, inf="inf\n0\n0\n")
    found = json.loads(check("mse", "inf.csv", "t.csv", "--max", 1, "-f", "json", code=1).out)
    assert found["checks"][0]["conditions"][0]["value"] == "Infinity"
    assert not math.isfinite(float(found["checks"][0]["value"]))

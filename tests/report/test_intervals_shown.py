"""Intervals in every format, and the lines that must not change for them."""

from __future__ import annotations

import json

import pytest
from shell import cli, compute, csv_rows, document, refused

import losscli
from losscli.report.rows import CI
from losscli.stats.confidence import Confidence

KEYS = ["level", "low", "high", "se", "df", "units", "unit", "method", "skew_k", "largest_share", "why_not"]


@pytest.fixture
def files(sample_data):
    return [sample_data / "diabetes_pred.csv", sample_data / "diabetes_target.csv"]


@pytest.fixture
def grouped(sample_data):
    return [sample_data / "diabetes_results.csv", "--pred", "y_hat", "--target", "y", "--by", "sex"]


def test_a_table_has_the_interval_beside_the_value_and_fits_a_terminal(files):
    lines = compute("mse,rmse", *files, "--ci", "0.95", "--no-per-sample").out.splitlines()
    assert "95 % interval" in lines[0]
    assert "2988.05     [2453.65, 3590.96]   660359 / 221" in lines[2]
    assert max(map(len, lines[:4])) <= 80


def test_groups_have_theirs(grouped):
    lines = compute("mse", *grouped, "--ci", "95%", "--no-per-sample").out.splitlines()
    assert any(line.startswith("1     3485.12   [2673.15, 4424.19]") for line in lines)
    found = compute("mse", *grouped, "--ci", "95%", "-f", "csv")
    assert [row["ci_low"][:7] for row in csv_rows(found.out)] == ["2673.14", "1710.93", "2453.64"]


def test_json_has_all_of_it_in_each_result_and_group(grouped):
    (one,) = document("mse", *grouped, "--ci", "0.95")["results"]
    for part in (one, *one["groups"]):
        assert list(part["ci"]) == KEYS == list(Confidence._fields)
    assert "ci" not in document("mse", *grouped)["results"][0]
    assert set(document("mse", *grouped)["results"][0]["groups"][0]) == {
        "names",
        "value",
        "numerator",
        "denominator",
        "samples",
    }


def test_no_interval_is_null_and_why(tmp_path):
    ran = cli("compute", "mse", "1", "2", "--ci", "0.95", "-f", "json")
    found = json.loads(ran.out)["results"][0]["ci"]
    assert (ran.code, found["low"], found["high"], found["why_not"]) == (0, None, None, "one unit")
    assert "none: one unit" in compute("mse", "1", "2", "--ci", "0.95").out
    assert "one unit" in compute("mse", "1", "2", "--ci", "0.95", "-f", "markdown").out


def test_csv_has_a_column_for_each_part(files):
    (row,) = csv_rows(compute("mse", *files, "--ci", "0.9", "-f", "csv").out)
    found = losscli.compute("mse", *files, ci=0.9).ci
    assert [name for name in row if name.startswith("ci_")] == [f"ci_{name}" for name in CI]
    assert set(CI) == set(KEYS)
    assert (float(row["ci_low"]), float(row["ci_high"]), row["ci_method"]) == (found.low, found.high, "guarded-t")
    assert row["ci_why_not"] == ""


def test_markdown_has_what_is_for_reading(files):
    header = compute("mse", *files, "--ci", "0.95", "-f", "markdown").out.splitlines()[0]
    assert "| ci_low | ci_high | ci_level |" in header
    assert "skew" not in header


def test_the_bare_number_and_the_signature_stay(files):
    assert compute("mse", *files, "-q").out == compute("mse", *files, "-q", "--ci", "0.95").out
    plain, found = (document("mse", *files, *more)["results"][0] for more in ((), ("--ci", "0.95")))
    assert found.pop("ci")
    assert found == plain


@pytest.mark.parametrize("level", ["95", "1", "0.49", "100%", "nan", "much", "-0.9"])
def test_what_is_no_level_is_refused(level, files):
    error, hint = refused(cli("compute", "mse", *files, "--ci", level))
    assert error == f"Error: --ci is {level}."
    assert "95%" in hint


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--cluster", "x"], "--cluster is about an interval"),
        (["--ci-method", "t"], "--ci-method is about an interval"),
        (["--seed", "1"], "--seed is about an interval"),
        (["--ci", "0.95", "--resamples", "99"], "--resamples is about resamples"),
        (["--ci", "0.95", "-r", "none"], "unreduced values have no interval"),
    ],
)
def test_what_says_how_and_not_what_is_refused(more, words, files):
    error, hint = refused(cli("compute", "mse", *files, *more))
    assert words in error
    assert hint


def test_a_level_may_be_a_number_or_a_text_but_no_truth():
    for level in (0.95, "0.95", "95%", " 95% "):
        assert losscli.compute("mse", [1.0, 2.0, 4.0], [1.0, 1.0, 1.0], ci=level).ci.level == 0.95
    with pytest.raises(losscli.LossCLIError, match="ci is True"):
        losscli.compute("mse", [1.0, 2.0], [1.0, 1.0], ci=True)
